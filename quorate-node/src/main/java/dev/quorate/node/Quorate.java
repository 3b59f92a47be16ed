package dev.quorate.node;

import dev.quorate.api.StateMachineFactory;
import dev.quorate.node.Founders.Founder;
import dev.quorate.node.Founders.Plan;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.node.directory.NodeDirectory;
import dev.quorate.node.directory.StartRefused;
import dev.quorate.node.identity.ClusterSecurity;
import dev.quorate.node.identity.GroupZero;
import dev.quorate.transport.LinkStats;
import dev.quorate.types.GroupId;
import dev.quorate.wire.FeatureSet;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A running node: bring a [dev.quorate.api.StateMachine], get it sharded, replicated and durable.
///
/// ```java
/// try (Quorate node = Quorate.startSingle(directory, group -> new MyStateMachine())) {
///     byte[] reply = node.shards().write(key, command).get();
///     byte[] value = node.shards().read(key, query, ReadLevel.LINEARIZABLE).get();
/// }
/// ```
///
/// Thread-safe.
public final class Quorate implements Cluster, AutoCloseable {
    private static final Duration SINGLE_READY = Duration.ofSeconds(30);
    private static final int SINGLE_GROUPS = 4;
    private static final String SINGLE_SEGMENT = "16MiB";

    private final NodeParts parts;
    private final Shards shards;

    private Quorate(NodeParts parts) {
        this.parts = parts;
        shards = new LocalShards(parts.door(), this::view);
    }

    /// Starts the node that lives in the configuration's directory: founds its cluster if there is
    /// a ticket, or comes back. Returns before the node is ready: see [#awaitReady].
    ///
    /// @param factory opens the state machine of each group this node hosts
    /// @throws StartRefused if the node must not start, in a sentence that says why
    public static Quorate start(QuorateConfig config, StateMachineFactory factory) {
        return start(config, factory, new BulkTransfer());
    }

    /// The same with another way for snapshots to travel.
    static Quorate start(
            QuorateConfig config, StateMachineFactory factory, SnapshotTransfer transfer) {
        return start(config, factory, transfer, FeatureSet.OURS);
    }

    /// The same as a version that understands less would.
    static Quorate start(
            QuorateConfig config,
            StateMachineFactory factory,
            SnapshotTransfer transfer,
            FeatureSet offered) {
        return new Quorate(NodeParts.start(config, factory, transfer, offered));
    }

    /// Starts a cluster of one, with its data in `directory`; founds it if the directory is empty.
    /// Returns when the node is ready.
    ///
    /// @throws StartRefused if the node must not start or did not become ready
    public static Quorate startSingle(Path directory, StateMachineFactory factory) {
        if (new NodeDirectory(directory).isBlank()) {
            Map<String, String> settings = Map.of("journal.segment", SINGLE_SEGMENT);
            Founder self = new Founder(directory, "", "", "", settings);
            try {
                Founders.prepare(new Plan(List.of(self), SINGLE_GROUPS, 1, directory));
            } catch (IOException failure) {
                throw new StartRefused(directory + " cannot be written: " + failure, failure);
            }
        }
        Quorate node = start(QuorateConfig.load(directory), factory);
        if (!node.awaitReady(SINGLE_READY)) {
            String state = node.lifecycle().describe();
            node.close();
            throw new StartRefused(
                    "the node in " + directory + " did not become ready; it is " + state);
        }
        return node;
    }

    @Override
    public ClusterView view() {
        return parts.view().view();
    }

    @Override
    public Shards shards() {
        return shards;
    }

    /// A group, addressed directly. Whether it exists shows when it is asked.
    public ReplicatedGroup group(GroupId group) {
        return new ReplicatedGroup(parts.door(), group);
    }

    /// Group 0, as this node has applied it.
    GroupZero groupZero() {
        return parts.groupZero();
    }

    /// Where the node is in its life.
    public Lifecycle lifecycle() {
        return parts.health().lifecycle();
    }

    /// What the node can say of itself just now.
    public NodeStatus status() {
        return parts.status();
    }

    /// How the links to the other nodes do just now, by node.
    public List<LinkStats> links() {
        return parts.links().stats();
    }

    /// Where peers reach this node; unresolved on a node without links.
    public InetSocketAddress linksAddress() {
        return parts.links().localAddress();
    }

    /// Certificates, join tokens and revocations; null on a node without links.
    public @Nullable ClusterSecurity security() {
        return parts.security();
    }

    /// Who belongs to the cluster, and how that is changed.
    public Membership membership() {
        return parts.membership();
    }

    /// Waits until the node has been ready once: it knows its cluster, and every group it hosts has
    /// a leader.
    ///
    /// @return false if that did not happen in time, or will not
    public boolean awaitReady(Duration limit) {
        try {
            parts.health().ready().get(limit.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException | ExecutionException _) {
            return false;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Done, with how it ended, when the node has stopped or failed. A node that failed has
    /// released everything it held and must be started anew.
    public CompletableFuture<Lifecycle> ended() {
        return parts.health().ended().copy();
    }

    /// The first step of [#close] for those who have doors of their own to shut in between: hands
    /// over what this node leads (for `limits.drain` at most), and goes on serving. There is no way
    /// back.
    public void drain() {
        parts.drain();
    }

    /// Closes in order: hands over what it leads (for `limits.drain` at most), takes no more
    /// requests, lets those under way finish for half a second, answers the rest, flushes the state
    /// machines and closes the journal.
    @Override
    public void close() {
        parts.close();
    }
}
