package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.types.VShardId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Draws up the first entry of a cluster: who founds it, and where its groups are (rule R22).
///
/// Equal founders give equal entries, whatever order they are named in.
public final class Founding {
    /// Most data groups that a cluster can be founded with.
    public static final int GROUPS_MAX = 1024;

    /// Most members of group 0: every other node only listens to it.
    public static final int METADATA_MEMBERS_MAX = 5;

    private Founding() {}

    /// Everything that founds a cluster, as one entry that takes effect whole. Applying a second
    /// one is rejected, also when it is the same.
    ///
    /// @param nodes the founders; each becomes active, whatever state it is given in
    /// @param groups number of data groups, 1..[#GROUPS_MAX]
    /// @param replicationFactor replicas of each data group, at most one on a node
    /// @throws IllegalArgumentException if that makes no cluster
    public static MetadataEntry.Batch batch(
            ClusterId cluster, List<NodeInfo> nodes, int groups, int replicationFactor) {
        List<NodeInfo> founders = founders(nodes, replicationFactor);
        if (groups < 1 || groups > GROUPS_MAX) {
            throw new IllegalArgumentException(
                    "a cluster is founded with 1.." + GROUPS_MAX + " groups, not " + groups);
        }
        List<MetadataEntry> entries = new ArrayList<>();
        // first, so that a second founding meets it before anything else
        entries.add(setting(ClusterSettings.CLUSTER_ID, cluster.toString()));
        entries.add(setting(ClusterSettings.GROUPS, Integer.toString(groups)));
        entries.add(
                setting(ClusterSettings.REPLICATION_FACTOR, Integer.toString(replicationFactor)));
        for (NodeInfo founder : founders) {
            addNode(founder, entries);
        }
        addVersion(founders, entries);
        List<List<Member>> placements = placements(founders, groups, replicationFactor);
        for (int g = 0; g < placements.size(); g++) {
            List<Member> listeners = g == 0 ? metadataListeners(founders) : List.of();
            entries.add(
                    new MetadataEntry.SetPlacement(new GroupId(g), placements.get(g), listeners));
        }
        for (int v = 0; v < VShardId.COUNT; v++) {
            int g = 1 + v % groups;
            NodeId leader = placements.get(g).getFirst().node();
            entries.add(
                    new RoutingChange.ReassignVShard(new VShardId(v), new GroupId(g), leader, 0));
        }
        return new MetadataEntry.Batch(entries);
    }

    /// The same for a cluster whose nodes have certificates: also records who signs them.
    ///
    /// @throws IllegalArgumentException if that makes no cluster
    public static MetadataEntry.Batch batch(
            ClusterId cluster,
            List<NodeInfo> nodes,
            int groups,
            int replicationFactor,
            CaCertificate authority) {
        List<MetadataEntry> entries =
                new ArrayList<>(batch(cluster, nodes, groups, replicationFactor).entries());
        entries.add(new CaTrustChange.Establish(authority));
        return new MetadataEntry.Batch(entries);
    }

    /// The members of group 0 that [#batch] writes down: whoever starts group 0 for the first time
    /// needs them before there is a log to read them from.
    ///
    /// @throws IllegalArgumentException if the founders make no cluster
    public static List<Member> metadataMembers(List<NodeInfo> nodes, int replicationFactor) {
        List<NodeInfo> founders = founders(nodes, replicationFactor);
        int count = metadataMembers(founders.size(), METADATA_MEMBERS_MAX);
        List<Member> members = new ArrayList<>();
        for (NodeInfo founder : founders.subList(0, count)) {
            members.add(new Member(founder.id(), new ReplicaId(members.size() + 1)));
        }
        return List.copyOf(members);
    }

    /// How many members group 0 has on so many nodes: an odd number, since one more than that would
    /// bear no more losses; but two nodes are better than one.
    ///
    /// @param most at least 1
    public static int metadataMembers(int nodes, int most) {
        int count = Math.min(nodes, most);
        return count <= 2 ? count : count - 1 + count % 2;
    }

    /// The founders that only listen to group 0, so that every node knows the directory.
    private static List<Member> metadataListeners(List<NodeInfo> founders) {
        int members = metadataMembers(founders.size(), METADATA_MEMBERS_MAX);
        int most = Math.min(founders.size(), members + GroupInfo.LISTENERS_MAX);
        List<Member> listeners = new ArrayList<>();
        for (int at = members; at < most; at++) {
            listeners.add(new Member(founders.get(at).id(), new ReplicaId(at + 1L)));
        }
        return listeners;
    }

    private static List<NodeInfo> founders(List<NodeInfo> nodes, int replicationFactor) {
        if (replicationFactor < 1 || replicationFactor > GroupInfo.MEMBERS_MAX) {
            throw new IllegalArgumentException(
                    "a replication factor is 1.."
                            + GroupInfo.MEMBERS_MAX
                            + ", not "
                            + replicationFactor);
        }
        if (nodes.size() < replicationFactor || nodes.size() > ClusterTopology.NODES_MAX) {
            throw new IllegalArgumentException(
                    nodes.size()
                            + " nodes cannot hold "
                            + replicationFactor
                            + " replicas of a group on one node each (and at most "
                            + ClusterTopology.NODES_MAX
                            + " nodes make a cluster)");
        }
        List<NodeInfo> sorted = nodes.stream().sorted(Comparator.comparing(NodeInfo::id)).toList();
        requireFitTogether(sorted);
        return sorted;
    }

    /// What applying the batch would reject is better refused before anything is written.
    private static void requireFitTogether(List<NodeInfo> founders) {
        Set<NodeId> ids = new HashSet<>();
        Set<Bytes> pins = new HashSet<>();
        for (NodeInfo founder : founders) {
            if (!ids.add(founder.id())) {
                throw new IllegalArgumentException(founder.id() + " is named twice");
            }
            if (!founder.spkiPin().isEmpty() && !pins.add(founder.spkiPin())) {
                throw new IllegalArgumentException(
                        founder.id() + " has the same key as another founder");
            }
            String refusal = TopologyRules.addressRefusal(founder);
            if (refusal != null) {
                throw new IllegalArgumentException(founder.id() + ": " + refusal);
            }
        }
    }

    private static void addNode(NodeInfo founder, List<MetadataEntry> entries) {
        NodeInfo learner = founder.withState(NodeState.LEARNER);
        entries.add(new TopologyChange.Join(learner.withPin(Bytes.EMPTY)));
        if (!founder.spkiPin().isEmpty()) {
            entries.add(new MetadataEntry.PinNodeIdentity(founder.id(), founder.spkiPin()));
        }
        entries.add(new TopologyChange.PromoteToVoter(founder.id()));
    }

    private static void addVersion(List<NodeInfo> founders, List<MetadataEntry> entries) {
        int newest = founders.stream().mapToInt(node -> node.wire().max()).min().orElse(0);
        for (NodeInfo founder : founders) {
            if (!founder.wire().contains(newest)) {
                throw new IllegalArgumentException(
                        "no version suits all founders: "
                                + founder.id()
                                + " speaks "
                                + founder.wire()
                                + ", another at most "
                                + newest);
            }
        }
        if (newest > 0) {
            entries.add(new MetadataEntry.ClusterVersionBump(0, newest));
        }
    }

    private static List<List<Member>> placements(
            List<NodeInfo> founders, int groups, int replicationFactor) {
        List<List<Member>> placements = new ArrayList<>();
        placements.add(metadataMembers(founders, replicationFactor));
        long replica = placements.getFirst().size();
        replica += metadataListeners(founders).size();
        for (int[] places :
                new FoundingSpread(founders.size(), groups, replicationFactor).places()) {
            List<Member> members = new ArrayList<>();
            for (int place : places) {
                replica++;
                members.add(new Member(founders.get(place).id(), new ReplicaId(replica)));
            }
            placements.add(members);
        }
        return placements;
    }

    private static MetadataEntry setting(String key, String value) {
        return new MetadataEntry.SetClusterSetting(key, value);
    }
}
