package dev.quorate.node;

import dev.quorate.node.config.QuorateConfig;
import dev.quorate.node.directory.ClusterCatalog;
import dev.quorate.node.directory.JoinMark;
import dev.quorate.node.directory.KnownPeer;
import dev.quorate.node.directory.NodeDirectory;
import dev.quorate.node.directory.StartRefused;
import dev.quorate.transport.Enrolment;
import dev.quorate.transport.EnrolmentReply;
import dev.quorate.transport.EnrolmentRequest.Announcement;
import dev.quorate.transport.JoinToken;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Makes a directory the directory of a new node of a cluster that is there, from a join token.
/// What `quorate join` does.
///
/// A saga of steps that may each be the last before a crash; doing all of them again goes on where
/// it was, and only the last one makes a node that may start:
///
/// ```text
/// joining mark → quorate.toml → own key → token presented, certificate kept → catalog
/// ```
public final class Joiner {
    private static final int WIRE = 1;
    private static final String TLS = "tls";

    private Joiner() {}

    /// A node to be.
    ///
    /// @param directory must hold no node, or an unfinished join
    /// @param links `host:port` for peers
    /// @param redis `host:port` for Redis clients; empty for none
    /// @param admin `host:port` for operators; empty for none
    /// @param settings further settings for its `quorate.toml`, by key
    /// @param labels what placement may look at, such as `zone`
    public record Plan(
            Path directory,
            JoinToken token,
            String links,
            String redis,
            String admin,
            Map<String, String> settings,
            Map<String, String> labels) {
        public Plan {
            settings = Collections.unmodifiableMap(new TreeMap<>(settings));
            labels = Collections.unmodifiableMap(new TreeMap<>(labels));
            if (links.isEmpty()) {
                throw new IllegalArgumentException("a node that joins needs an address for links");
            }
        }
    }

    /// Who the node is now.
    public record Joined(ClusterId cluster, NodeId node) {}

    /// Joins, or goes on with a join that was interrupted; a node that has joined stays as it is.
    /// Waits for the cluster for half a minute at most per address.
    ///
    /// @throws StartRefused if the directory is something else's
    /// @throws dev.quorate.transport.EnrolmentRefused if the cluster said no; its retry class says
    ///   whether to ask again
    /// @throws IOException if the cluster could not be reached, or a file cannot be written
    public static Joined join(Plan plan) throws IOException {
        NodeDirectory directory = new NodeDirectory(plan.directory());
        JoinToken token = plan.token();
        ClusterCatalog there = catalogOf(directory, token.cluster());
        if (there != null) {
            return new Joined(there.cluster(), there.self());
        }
        begin(directory, token);
        SettingsFile.write(plan.directory(), settings(plan));
        Enrolment.Joined enrolled = Enrolment.join(token, plan.directory(), announcement(plan));
        NodeId self = enrolled.identity().name().node();
        ClusterCatalog catalog =
                new ClusterCatalog(
                        token.cluster(), self, 1, peers(plan, enrolled, self), Bytes.EMPTY);
        catalog.save(directory.catalog());
        return new Joined(catalog.cluster(), self);
    }

    /// Gives up an unfinished join. The cluster forgets the node by itself when the token's time is
    /// over, or at once when the token is withdrawn there.
    ///
    /// @return whether there was one
    /// @throws StartRefused if the node has joined already: then it must leave
    public static boolean cancel(Path home) throws IOException {
        NodeDirectory directory = new NodeDirectory(home);
        if (Files.exists(directory.catalog())) {
            throw new StartRefused(
                    home + " holds a node that has joined; have it leave instead: `quorate leave`");
        }
        if (!Files.exists(directory.joining())) {
            return false;
        }
        deleteTree(home.resolve(TLS));
        Files.deleteIfExists(home.resolve(QuorateConfig.FILE));
        // last: as long as it is there, cancelling can go on
        directory.endJoining();
        return true;
    }

    private static @Nullable ClusterCatalog catalogOf(NodeDirectory directory, ClusterId wanted) {
        if (Files.exists(directory.left())) {
            throw new StartRefused(directory.whyLeft());
        }
        if (!Files.exists(directory.catalog())) {
            return null;
        }
        ClusterCatalog catalog = ClusterCatalog.load(directory.catalog());
        if (!catalog.cluster().equals(wanted)) {
            throw new StartRefused(
                    directory.root()
                            + " belongs to "
                            + catalog.self()
                            + " of cluster "
                            + catalog.cluster()
                            + "; a node never changes its cluster");
        }
        return catalog;
    }

    private static void begin(NodeDirectory directory, JoinToken token) throws IOException {
        Path root = directory.root();
        if (Files.exists(directory.joining())) {
            JoinMark begun = JoinMark.load(directory.joining());
            if (!begun.cluster().equals(token.cluster())) {
                throw new StartRefused(
                        root
                                + " has begun to join cluster "
                                + begun.cluster()
                                + ", and the token is of cluster "
                                + token.cluster()
                                + "; give that join up first: `quorate join --cancel`");
            }
            if (begun.tokenHash().equals(token.hash())) {
                return;
            }
            // the cluster may know the key as that of a node that never came
            deleteTree(root.resolve(TLS));
        } else if (!directory.isBlank() || Files.exists(root.resolve(TLS))) {
            throw new StartRefused(root + " holds a node already; nothing was changed");
        }
        Files.createDirectories(root);
        new JoinMark(token.cluster(), token.hash()).save(directory.joining());
    }

    private static SortedMap<String, String> settings(Plan plan) {
        SortedMap<String, String> settings = new TreeMap<>(plan.settings());
        SettingsFile.putUnlessEmpty(settings, "links.listen", plan.links());
        SettingsFile.putUnlessEmpty(settings, "redis.listen", plan.redis());
        SettingsFile.putUnlessEmpty(settings, "admin.listen", plan.admin());
        return settings;
    }

    private static Announcement announcement(Plan plan) {
        SortedMap<String, String> addresses = new TreeMap<>();
        SettingsFile.putUnlessEmpty(addresses, "admin", plan.admin());
        SettingsFile.putUnlessEmpty(
                addresses, "enrol", plan.settings().getOrDefault("enrol.listen", ""));
        return new Announcement(
                plan.links(), plan.redis(), addresses, new TreeMap<>(plan.labels()), WIRE, WIRE);
    }

    private static List<KnownPeer> peers(Plan plan, Enrolment.Joined enrolled, NodeId self) {
        SortedMap<NodeId, KnownPeer> peers = new TreeMap<>();
        for (EnrolmentReply.Peer peer : enrolled.peers()) {
            peers.put(peer.id(), new KnownPeer(peer.id(), peer.spkiPin(), peer.links()));
        }
        peers.put(self, new KnownPeer(self, enrolled.identity().spkiSha256(), plan.links()));
        return new ArrayList<>(peers.values());
    }

    private static void deleteTree(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(tree)) {
            all = new ArrayList<>(walk.toList());
        }
        Collections.reverse(all);
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }
}
