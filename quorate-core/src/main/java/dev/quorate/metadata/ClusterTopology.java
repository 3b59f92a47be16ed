package dev.quorate.metadata;

import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which nodes belong to the cluster, and which once did.
///
/// @param nodes by ascending id
/// @param removed ids that are spent, ascending
/// @param nextNodeId greater than every id that was ever given or reserved
/// @param epoch index, in group 0's log, of the last change
public record ClusterTopology(
        List<NodeInfo> nodes, List<NodeId> removed, long nextNodeId, long epoch) {
    /// A cluster without nodes.
    public static final ClusterTopology EMPTY = new ClusterTopology(List.of(), List.of(), 1, 0);

    /// Most nodes at one time; one more is refused when it would join. Each has a place in group 0,
    /// whose configuration names at most so many learners.
    public static final int NODES_MAX = 160;

    /// Highest node id: one more must still be a number.
    public static final long NODE_ID_MAX = Long.MAX_VALUE - 1;

    /// Most ids that can be spent.
    public static final int REMOVED_MAX = 65_536;

    public ClusterTopology {
        nodes = List.copyOf(nodes);
        removed = List.copyOf(removed);
        for (int i = 1; i < nodes.size(); i++) {
            requireAscending(nodes.get(i - 1).id(), nodes.get(i).id());
        }
        for (int i = 1; i < removed.size(); i++) {
            requireAscending(removed.get(i - 1), removed.get(i));
        }
        if (nextNodeId < leastNextNodeId(nodes, removed)) {
            throw new IllegalArgumentException("the next node id is taken: " + nextNodeId);
        }
        GroupInfo.requireNotNegative("epoch", epoch);
    }

    /// The next node id when none was ever reserved in vain.
    static long leastNextNodeId(List<NodeInfo> nodes, List<NodeId> removed) {
        long highest = nodes.isEmpty() ? 0 : nodes.getLast().id().value();
        long spent = removed.isEmpty() ? 0 : removed.getLast().value();
        if (Math.max(highest, spent) > NODE_ID_MAX) {
            throw new IllegalArgumentException("node ids end at " + NODE_ID_MAX);
        }
        return 1 + Math.max(highest, spent);
    }

    /// The node, or null when it is not, or no longer, part of the cluster.
    public @Nullable NodeInfo node(NodeId id) {
        int at = position(id);
        return at >= 0 ? nodes.get(at) : null;
    }

    /// Where the node is in its life; null when nobody ever heard of it.
    public @Nullable NodeState stateOf(NodeId id) {
        NodeInfo node = node(id);
        if (node != null) {
            return node.state();
        }
        return Collections.binarySearch(removed, id) >= 0 ? NodeState.REMOVED : null;
    }

    /// The same cluster with the node added or replaced.
    ClusterTopology with(NodeInfo node, long index) {
        List<NodeInfo> next = new ArrayList<>(nodes);
        int at = position(node.id());
        if (at >= 0) {
            next.set(at, node);
        } else {
            next.add(-at - 1, node);
        }
        return new ClusterTopology(
                next, removed, Math.max(nextNodeId, node.id().value() + 1), index);
    }

    /// The same cluster without the node, its id spent.
    ClusterTopology without(NodeId id, long index) {
        List<NodeInfo> next = new ArrayList<>(nodes);
        next.remove(position(id));
        List<NodeId> spent = new ArrayList<>(removed);
        spent.add(-Collections.binarySearch(removed, id) - 1, id);
        return new ClusterTopology(next, spent, nextNodeId, index);
    }

    /// The same cluster with the next id given away: nobody else ever gets it.
    ClusterTopology withReserved(NodeId id) {
        return new ClusterTopology(nodes, removed, Math.max(nextNodeId, id.value() + 1), epoch);
    }

    private int position(NodeId id) {
        int low = 0;
        int high = nodes.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = nodes.get(middle).id().compareTo(id);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -low - 1;
    }

    private static void requireAscending(NodeId first, NodeId second) {
        if (first.compareTo(second) >= 0) {
            throw new IllegalArgumentException(
                    "node ids must ascend: " + first + " before " + second);
        }
    }
}
