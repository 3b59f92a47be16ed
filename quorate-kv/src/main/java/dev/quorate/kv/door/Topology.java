package dev.quorate.kv.door;

import dev.quorate.node.ClusterView;
import dev.quorate.types.GroupId;
import dev.quorate.types.KeySlot;
import dev.quorate.types.NodeId;
import dev.quorate.types.VShardId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A [ClusterView] in Redis Cluster's terms: nodes with addresses, and who serves which slots.
///
/// A leader without a front door is represented by this node, which forwards to it.
///
/// @param nodes all nodes, by id
/// @param ranges served slots, ascending; slots of groups without a leader are missing
record Topology(ClusterView view, List<Node> nodes, List<Range> ranges) {
    /// One node.
    ///
    /// @param redisId 40 hexadecimal digits
    /// @param address null if it has no front door
    record Node(NodeId id, String redisId, @Nullable HostPort address, boolean linkUp) {}

    /// Neighbouring slots with the same leader and replicas.
    ///
    /// @param first first slot
    /// @param last last slot, included
    record Range(int first, int last, Node leader, List<Node> replicas) {
        int slots() {
            return last - first + 1;
        }
    }

    Topology {
        nodes = List.copyOf(nodes);
        ranges = List.copyOf(ranges);
    }

    /// Translates a view.
    ///
    /// @param self this door's own address, for when the view does not know it
    static Topology of(ClusterView view, HostPort self) {
        Map<NodeId, Node> nodes = new TreeMap<>();
        for (ClusterView.Node node : view.nodes()) {
            HostPort address = HostPort.parse(node.client());
            boolean own = node.id().equals(view.self());
            nodes.put(
                    node.id(),
                    new Node(
                            node.id(),
                            redisId(view, node.id()),
                            address == null && own ? self : address,
                            own || node.linkUp()));
        }
        nodes.computeIfAbsent(view.self(), id -> new Node(id, redisId(view, id), self, true));
        return new Topology(view, new ArrayList<>(nodes.values()), ranges(view, nodes));
    }

    /// How a node is called by Redis clients: the cluster's first 24 hexadecimal digits, then the
    /// node's 16.
    static String redisId(ClusterView view, NodeId node) {
        return view.cluster().toString().substring(0, 24) + String.format("%016x", node.value());
    }

    /// This node.
    Node self() {
        return nodes.stream()
                .filter(node -> node.id().equals(view.self()))
                .findFirst()
                .orElseThrow();
    }

    /// The ranges that a node serves.
    List<Range> rangesOf(Node leader) {
        return ranges.stream().filter(range -> range.leader().equals(leader)).toList();
    }

    /// The first leader whose slots this node replicates, or null.
    @Nullable Node leaderFor(Node replica) {
        return ranges.stream()
                .filter(range -> range.replicas().contains(replica))
                .map(Range::leader)
                .findFirst()
                .orElse(null);
    }

    /// How many slots somebody serves.
    int slotsServed() {
        return ranges.stream().mapToInt(Range::slots).sum();
    }

    /// How many nodes serve slots.
    long leaders() {
        return ranges.stream().map(Range::leader).distinct().count();
    }

    private static List<Range> ranges(ClusterView view, Map<NodeId, Node> nodes) {
        List<Range> ranges = new ArrayList<>();
        Map<GroupId, List<Node>> members = new TreeMap<>();
        for (int vshard = 0; vshard < view.groupOfVShard().size(); vshard++) {
            ClusterView.Group group = view.groupOf(new VShardId(vshard));
            if (group == null || group.leader() == null) {
                continue;
            }
            List<Node> served =
                    members.computeIfAbsent(group.id(), _ -> members(view, group, nodes));
            int first = vshard * KeySlot.PER_VSHARD;
            append(
                    ranges,
                    new Range(
                            first,
                            first + KeySlot.PER_VSHARD - 1,
                            served.getFirst(),
                            served.subList(1, served.size())));
        }
        return ranges;
    }

    /// The leader, then the replicas that clients can reach.
    private static List<Node> members(
            ClusterView view, ClusterView.Group group, Map<NodeId, Node> nodes) {
        List<Node> members = new ArrayList<>();
        Node leader = group.leader() == null ? null : nodes.get(group.leader());
        if (leader == null || leader.address() == null) {
            leader = nodes.get(view.self());
        }
        if (leader == null) {
            throw new IllegalStateException("this node is not in its own view");
        }
        members.add(leader);
        for (NodeId id : group.replicas().stream().sorted().toList()) {
            Node node = nodes.get(id);
            if (node != null && node.address() != null && !node.equals(leader)) {
                members.add(node);
            }
        }
        return members;
    }

    private static void append(List<Range> ranges, Range next) {
        if (!ranges.isEmpty()) {
            Range last = ranges.getLast();
            if (last.last() + 1 == next.first()
                    && last.leader().equals(next.leader())
                    && last.replicas().equals(next.replicas())) {
                ranges.set(
                        ranges.size() - 1,
                        new Range(last.first(), next.last(), last.leader(), last.replicas()));
                return;
            }
        }
        ranges.add(next);
    }
}
