package dev.quorate.placement;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataView;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Where replicas would be with all moves planned so far: a scratch pad of one call. Knows nodes
/// only; which replica a node gets is decided when the move is really made.
final class Layout {
    private final Fleet fleet;
    private final List<GroupInfo> groups;
    private final List<NodeId> usable;
    private final TreeMap<NodeId, Integer> loads = new TreeMap<>();
    private final Map<GroupId, Move> moves = new LinkedHashMap<>();

    Layout(MetadataView view, Fleet fleet) {
        this.fleet = fleet;
        groups = view.routing().groups();
        usable = fleet.usable();
        for (NodeId node : usable) {
            loads.put(node, 0);
        }
        for (GroupInfo group : groups) {
            for (Member member : group.members()) {
                count(group, member.node(), 1);
            }
        }
    }

    List<GroupInfo> groups() {
        return groups;
    }

    /// What is planned, in the order in which it was.
    List<Move> moves() {
        return List.copyOf(moves.values());
    }

    /// Whether the group may be planned for: it is where it shall be, and nothing is planned yet.
    boolean isOpen(GroupInfo group) {
        return group.isSettled() && !moves.containsKey(group.id());
    }

    /// The nodes on which the group's replicas shall be, with what is planned.
    List<NodeId> nodes(GroupInfo group) {
        List<NodeId> nodes = new ArrayList<>();
        Move move = moves.get(group.id());
        for (Member member : group.members()) {
            if (move == null || !member.equals(move.leaving())) {
                nodes.add(member.node());
            }
        }
        if (move != null && move.to() != null) {
            nodes.add(move.to());
        }
        return nodes;
    }

    /// Replicas of data groups that shall be on the node.
    int load(NodeId node) {
        return loads.getOrDefault(node, 0);
    }

    int totalLoad() {
        return loads.values().stream().mapToInt(Integer::intValue).sum();
    }

    /// The best node for one more replica: failing together with the fewest others, then with the
    /// least to do, then by its weight for the group.
    ///
    /// @param leaving whose replica goes; its node may get another one
    @Nullable NodeId candidate(GroupInfo group, @Nullable Member leaving) {
        List<NodeId> staying = new ArrayList<>(nodes(group));
        if (leaving != null) {
            staying.remove(leaving.node());
        }
        NodeId best = null;
        for (NodeId node : usable) {
            if (!staying.contains(node) && (best == null || isBetter(group, staying, node, best))) {
                best = node;
            }
        }
        return best;
    }

    /// Plans that `leaving` goes and `to` gets a replica; replaces what was planned for the group.
    void plan(
            GroupInfo group,
            @Nullable Member leaving,
            @Nullable NodeId to,
            PlacementStep.Reason reason) {
        for (NodeId node : nodes(group)) {
            count(group, node, -1);
        }
        moves.put(group.id(), new Move(group, leaving, to, reason));
        for (NodeId node : nodes(group)) {
            count(group, node, 1);
        }
    }

    private boolean isBetter(GroupInfo group, List<NodeId> staying, NodeId node, NodeId best) {
        int order =
                Integer.compare(fleet.neighbours(staying, node), fleet.neighbours(staying, best));
        if (order == 0 && group.id().equals(GroupId.METADATA)) {
            order = Boolean.compare(fleet.isActive(best), fleet.isActive(node));
        }
        if (order == 0 && !group.id().equals(GroupId.METADATA)) {
            order = Integer.compare(load(node), load(best));
        }
        if (order == 0) {
            order =
                    Long.compareUnsigned(
                            Rendezvous.weight(group.id(), best),
                            Rendezvous.weight(group.id(), node));
        }
        return order < 0;
    }

    private void count(GroupInfo group, NodeId node, int change) {
        // group 0 is small and everywhere: it is no load
        if (!group.id().equals(GroupId.METADATA) && loads.containsKey(node)) {
            loads.merge(node, change, Integer::sum);
        }
    }
}
