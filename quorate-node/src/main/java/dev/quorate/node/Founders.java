package dev.quorate.node;

import dev.quorate.metadata.CaCertificate;
import dev.quorate.metadata.Founding;
import dev.quorate.metadata.MetadataCodec;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.metadata.UnknownFields;
import dev.quorate.metadata.WireRange;
import dev.quorate.node.directory.FoundingTicket;
import dev.quorate.node.directory.KnownPeer;
import dev.quorate.node.directory.NodeDirectory;
import dev.quorate.node.directory.StartRefused;
import dev.quorate.transport.ClusterCa;
import dev.quorate.transport.IssuerStore;
import dev.quorate.transport.NodeIdentity;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Prepares the directories of a cluster's founders: certificate authority, identities,
/// configuration and founding tickets. What `quorate init` and `quorate dev` do.
public final class Founders {
    static final WireRange WIRE = new WireRange(1, 1);

    private Founders() {}

    /// One founder. Nodes are numbered in the order of the list.
    ///
    /// @param directory must not hold a node yet
    /// @param links `host:port` for peers (UDP); empty in a cluster of one that never grows
    /// @param redis `host:port` for Redis clients; empty for none
    /// @param admin `host:port` for operators; empty for none
    /// @param settings further settings for its `quorate.toml`, by key
    public record Founder(
            Path directory,
            String links,
            String redis,
            String admin,
            Map<String, String> settings) {}

    /// A cluster to be.
    ///
    /// @param groups data groups, 1 to 1024
    /// @param replicationFactor replicas of each data group
    /// @param authority where the certificate authority and its key are kept (`ca.key`, mode 0600,
    ///   and `ca.pem`); made unless it is there already
    public record Plan(List<Founder> founders, int groups, int replicationFactor, Path authority) {
        public Plan {
            founders = List.copyOf(founders);
        }
    }

    /// Prepares all directories of a plan.
    ///
    /// @return the new cluster's id
    /// @throws IllegalArgumentException if the plan makes no cluster
    /// @throws StartRefused if a directory holds a node already
    /// @throws IOException if a file cannot be written
    public static ClusterId prepare(Plan plan) throws IOException {
        requireBlank(plan.founders());
        ClusterId cluster = newClusterId();
        boolean linked = plan.founders().stream().noneMatch(one -> one.links().isEmpty());
        if (!linked && plan.founders().size() > 1) {
            throw new IllegalArgumentException("founders that are several need link addresses");
        }
        List<NodeInfo> nodes = new ArrayList<>();
        List<NodeIdentity> identities = new ArrayList<>();
        ClusterCa authority = linked ? authority(plan.authority(), cluster) : null;
        if (authority != null) {
            for (int i = 0; i < plan.founders().size(); i++) {
                identities.add(authority.newIdentity(new NodeId(i + 1L), ClusterCa.LEAF_VALIDITY));
            }
        }
        for (int i = 0; i < plan.founders().size(); i++) {
            Bytes pin = linked ? identities.get(i).spkiSha256() : Bytes.EMPTY;
            nodes.add(info(new NodeId(i + 1L), plan.founders().get(i), pin));
        }
        Bytes founding = MetadataCodec.encode(founding(cluster, nodes, plan, authority));
        List<Member> members = metadataMembers(nodes, plan.replicationFactor());
        for (int i = 0; i < nodes.size(); i++) {
            Founder founder = plan.founders().get(i);
            Files.createDirectories(founder.directory());
            if (authority != null) {
                identities.get(i).save(founder.directory());
                // founders hold group 0, and whoever holds group 0 issues certificates
                IssuerStore.open(founder.directory(), cluster).keep(authority);
            }
            writeConfig(founder);
            // last: a directory with a ticket is complete
            new FoundingTicket(
                            cluster,
                            nodes.get(i).id(),
                            nodes.get(i).spkiPin(),
                            members,
                            peers(nodes),
                            founding)
                    .save(new NodeDirectory(founder.directory()).ticket());
        }
        return cluster;
    }

    /// The authority that was brought along, or a new one.
    private static ClusterCa authority(Path home, ClusterId cluster) throws IOException {
        if (Files.exists(home.resolve("ca.key"))) {
            return ClusterCa.load(home, cluster);
        }
        ClusterCa made = ClusterCa.create(cluster);
        Files.createDirectories(home);
        made.save(home);
        return made;
    }

    private static MetadataEntry founding(
            ClusterId cluster, List<NodeInfo> nodes, Plan plan, @Nullable ClusterCa authority) {
        return authority == null
                ? Founding.batch(cluster, nodes, plan.groups(), plan.replicationFactor())
                : Founding.batch(
                        cluster,
                        nodes,
                        plan.groups(),
                        plan.replicationFactor(),
                        CaCertificate.of(ClusterCa.der(authority.root())));
    }

    private static void requireBlank(List<Founder> founders) {
        for (Founder founder : founders) {
            if (!new NodeDirectory(founder.directory()).isBlank()) {
                throw new StartRefused(
                        founder.directory() + " holds a node already; nothing was changed");
            }
        }
    }

    private static ClusterId newClusterId() {
        SecureRandom random = new SecureRandom();
        return new ClusterId(random.nextLong(), random.nextLong());
    }

    private static NodeInfo info(NodeId id, Founder founder, Bytes pin) {
        SortedMap<String, String> addresses = new TreeMap<>();
        if (!founder.admin().isEmpty()) {
            addresses.put("admin", founder.admin());
        }
        String enrol = founder.settings().getOrDefault("enrol.listen", "");
        if (!enrol.isEmpty()) {
            addresses.put("enrol", enrol);
        }
        return new NodeInfo(
                id,
                NodeState.ACTIVE,
                pin,
                founder.links(),
                founder.redis(),
                addresses,
                new TreeMap<>(),
                WIRE,
                0,
                UnknownFields.NONE);
    }

    private static List<Member> metadataMembers(List<NodeInfo> nodes, int replicationFactor) {
        List<Member> members = Founding.metadataMembers(nodes, replicationFactor);
        if (members.size() < nodes.size()) {
            throw new IllegalArgumentException(
                    "a cluster is founded by at most "
                            + members.size()
                            + " nodes, which all hold group 0; not by "
                            + nodes.size());
        }
        return members;
    }

    private static List<KnownPeer> peers(List<NodeInfo> nodes) {
        List<KnownPeer> peers = new ArrayList<>();
        for (NodeInfo node : nodes) {
            peers.add(new KnownPeer(node.id(), node.spkiPin(), node.linksAddress()));
        }
        return peers;
    }

    private static void writeConfig(Founder founder) throws IOException {
        TreeMap<String, String> settings = new TreeMap<>(founder.settings());
        SettingsFile.putUnlessEmpty(settings, "links.listen", founder.links());
        SettingsFile.putUnlessEmpty(settings, "redis.listen", founder.redis());
        SettingsFile.putUnlessEmpty(settings, "admin.listen", founder.admin());
        SettingsFile.write(founder.directory(), settings);
    }
}
