package dev.quorate.node;

import dev.quorate.api.StateMachineFactory;
import dev.quorate.core.NodeConfig;
import dev.quorate.core.NodeCore;
import dev.quorate.metadata.MetadataCodec;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.node.directory.ClusterCatalog;
import dev.quorate.node.directory.NodeDirectory;
import dev.quorate.node.directory.StartDecision;
import dev.quorate.node.directory.StartRefused;
import dev.quorate.node.identity.ClusterSecurity;
import dev.quorate.storage.Journal;
import dev.quorate.storage.JournalOptions;
import dev.quorate.transport.BulkOptions;
import dev.quorate.transport.IssuerStore;
import dev.quorate.transport.Links;
import dev.quorate.transport.LinksOptions;
import dev.quorate.transport.LiveIdentity;
import dev.quorate.transport.NodeIdentity;
import dev.quorate.transport.QuicLinks;
import dev.quorate.transport.TcpLinks;
import dev.quorate.types.Bytes;
import dev.quorate.wire.FeatureSet;
import dev.quorate.wire.PeerMessage;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// The steps from a directory to the parts of a running node, each undone if a later one fails.
final class NodeStart {
    private static final int ENTRY_BYTES_MAX = 4 << 20;

    private final QuorateConfig config;
    private final NodeDirectory directory;
    private final StartDecision decision;
    private final @Nullable LiveIdentity identity;
    private final @Nullable IssuerStore issuers;
    private final FeatureSet offered;

    /// Reads the directory and decides; nothing is written yet.
    ///
    /// @param offered what the node says that it understands
    /// @throws StartRefused if the node must not start
    NodeStart(QuorateConfig config, FeatureSet offered) {
        this.config = config;
        this.offered = offered;
        directory = new NodeDirectory(config.directory());
        decision = directory.decide();
        boolean linked = !config.links().listen().isEmpty();
        issuers = linked ? issuers(config, decision) : null;
        identity = issuers == null ? null : identity(config, issuers);
        directory.requireKey(
                decision, identity == null ? Bytes.EMPTY : identity.now().spkiSha256());
    }

    NodeDirectory directory() {
        return directory;
    }

    /// How long the node may take to hand over what it leads.
    Duration drain() {
        return config.drain();
    }

    OpenJournal openJournal() {
        return OpenJournal.open(
                directory.journal(), config.journal().quotaBytes(), journalOptions());
    }

    NodeDirectory.Begun begin(Journal journal) {
        return directory.begin(decision, journal);
    }

    NodeCore core(NodeDirectory.Begun begun) {
        Bytes founding = begun.catalog().founding();
        NodeConfig nodeConfig =
                new NodeConfig(
                        decision.self(),
                        config.timing(),
                        config.raftLimits(),
                        config.limits(),
                        founding.isEmpty() ? null : MetadataCodec.decode(founding));
        Random random = new Random(new SecureRandom().nextLong());
        return new NodeCore(
                nodeConfig,
                random,
                Reactor.now(),
                begun.replicas(),
                begun.gone(),
                begun.lost(),
                directory.metadata().load());
    }

    /// Opens the place for snapshots, and clears away what nobody needs any more.
    OpenSnapshots openSnapshots(NodeDirectory.Begun begun) {
        return OpenSnapshots.open(
                directory.snapshots(), config.journal().snapshotBytes(), begun.replicas());
    }

    /// Starts the lanes of the state machines; what replicas that are gone left behind goes first.
    ApplyLanes machines(
            NodeDirectory.Begun begun,
            StateMachineFactory factory,
            SnapshotDesk snapshots,
            Completions completions) {
        factory.keepOnly(
                begun.replicas().stream().map(stored -> stored.replica().group()).toList());
        return ApplyLanes.start(
                factory,
                snapshots,
                config.apply().lanes(),
                config.apply().flushEvery(),
                completions);
    }

    /// Opens the links; a node without an address for them has none.
    Links links(ClusterCatalog catalog, PeerBook peers, LinkAdapter adapter) {
        if (identity == null) {
            return new Unlinked();
        }
        LinksOptions options =
                LinksOptions.of(
                                catalog.cluster(),
                                catalog.self(),
                                catalog.bootEpoch(),
                                build(),
                                Addresses.resolve(config.links().listen()),
                                peers)
                        .withOffered(offered)
                        .withUdpPayloadBytes(config.links().udpPayloadBytes())
                        .withBulk(
                                BulkOptions.DEFAULT
                                        .withPort(config.links().bulkPort())
                                        .withBytesPerSecond(config.links().bulkBytesPerSecond()));
        return config.links().transport().equals("tcp")
                ? TcpLinks.start(options, identity, adapter)
                : QuicLinks.start(options, identity, adapter);
    }

    /// Has peers told where this node is, on each new link.
    void sayWhere(ClusterCatalog catalog, LinkAdapter adapter, PeerBook peers) {
        String links = config.links().listen();
        if (Addresses.canBeCalled(links) && links.length() <= PeerMessage.Here.ADDRESS_LENGTH_MAX) {
            adapter.tell(peers, new PeerMessage.Here(catalog.bootEpoch(), links));
        }
    }

    Whereabouts whereabouts(ClusterCatalog catalog, MetadataPort port) {
        return new Whereabouts(catalog.self(), catalog.bootEpoch(), config, port);
    }

    private JournalOptions journalOptions() {
        return JournalOptions.of(decision.cluster(), decision.self())
                .withSegments(config.journal().segmentBytes(), ENTRY_BYTES_MAX)
                .withBudgetBytes(config.journal().budgetBytes());
    }

    /// Opens the enrolment door and begins to keep the certificates; not on a node without links.
    @Nullable ClusterSecurity security(ClusterCatalog catalog, PeerBook peers, MetadataPort port) {
        if (identity == null || issuers == null) {
            return null;
        }
        String door = config.links().enrol();
        return ClusterSecurity.start(
                new ClusterSecurity.Settings(
                        config.directory(),
                        Addresses.resolve(door),
                        config.links().certificateValidity(),
                        catalog.peers()),
                identity,
                issuers,
                peers,
                port);
    }

    private static IssuerStore issuers(QuorateConfig config, StartDecision decision) {
        try {
            return IssuerStore.open(config.directory(), decision.cluster());
        } catch (IOException failure) {
            throw new StartRefused(String.valueOf(failure.getMessage()), failure);
        }
    }

    /// The identity in the directory. One that expired while the node was down is renewed here if
    /// this node may issue certificates; or else soon, by others.
    private static LiveIdentity identity(QuorateConfig config, IssuerStore issuers) {
        try {
            NodeIdentity found = NodeIdentity.loadOfAnyAge(config.directory());
            if (found.isExpired(Instant.now())) {
                NodeIdentity renewed =
                        ClusterSecurity.renewedAlone(
                                found, issuers, config.links().certificateValidity());
                if (renewed != null) {
                    renewed.save(config.directory());
                    found = renewed;
                }
            }
            return new LiveIdentity(found);
        } catch (IOException failure) {
            throw new StartRefused(String.valueOf(failure.getMessage()), failure);
        }
    }

    private static String build() {
        String version = Quorate.class.getPackage().getImplementationVersion();
        return "quorate " + (version == null ? "dev" : version);
    }
}
