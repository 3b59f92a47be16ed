package dev.quorate.placement;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.placement.PlacementStep.Reason;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Spreads replicas evenly, with as few moves as that takes: first by sending those that move
/// anyway elsewhere, and only then by moving others.
final class LoadBalance {
    private record Turn(Move move, NodeId from) {}

    private final Layout layout;
    private final Fleet fleet;

    LoadBalance(Layout layout, Fleet fleet) {
        this.layout = layout;
        this.fleet = fleet;
    }

    /// Sends replicas that move anyway to where least is, by way of others where they cannot go
    /// there themselves.
    void redirect() {
        boolean turned = true;
        while (turned) {
            turned = false;
            List<NodeId> busiest = busiest();
            int least = layout.load(busiest.getLast());
            for (int i = 0; !turned && i < busiest.size(); i++) {
                turned = layout.load(busiest.get(i)) > least + 1 && turn(busiest.get(i));
            }
        }
    }

    /// Moves replicas from nodes with more than their share to nodes with less, and never so that
    /// another move must follow for the same reason.
    ///
    /// @param movesMax the rest follows in the next call
    void shift(int movesMax) {
        List<NodeId> nodes = fleet.usable();
        int floor = layout.totalLoad() / nodes.size();
        int ceiling = (layout.totalLoad() + nodes.size() - 1) / nodes.size();
        boolean moved = true;
        for (int moves = 0; moved && moves < movesMax; moves++) {
            moved = false;
            List<NodeId> busiest = busiest();
            for (int hi = 0; !moved && hi < busiest.size(); hi++) {
                for (int lo = busiest.size() - 1; !moved && lo > hi; lo--) {
                    NodeId from = busiest.get(hi);
                    NodeId to = busiest.get(lo);
                    moved =
                            layout.load(from) - layout.load(to) > 1
                                    && layout.load(from) > floor
                                    && layout.load(to) < ceiling
                                    && shift(from, to);
                }
            }
        }
    }

    private List<NodeId> busiest() {
        List<NodeId> busiest = new ArrayList<>(fleet.usable());
        busiest.sort((a, b) -> Integer.compare(layout.load(b), layout.load(a)));
        return busiest;
    }

    /// Takes one replica from `start` to a node with at least two less. Breadth first, so that the
    /// fewest moves change.
    private boolean turn(NodeId start) {
        Map<NodeId, Turn> reachedBy = new HashMap<>();
        Deque<NodeId> open = new ArrayDeque<>();
        open.add(start);
        while (!open.isEmpty()) {
            NodeId node = open.removeFirst();
            for (Move move : layout.moves()) {
                if (!move.isFree() || !node.equals(move.to())) {
                    continue;
                }
                for (NodeId next : fleet.usable()) {
                    if (next.equals(start)
                            || reachedBy.containsKey(next)
                            || !mayGoInstead(move, node, next)) {
                        continue;
                    }
                    reachedBy.put(next, new Turn(move, node));
                    if (layout.load(next) <= layout.load(start) - 2) {
                        turnAlong(reachedBy, next, start);
                        return true;
                    }
                    open.add(next);
                }
            }
        }
        return false;
    }

    private void turnAlong(Map<NodeId, Turn> reachedBy, NodeId end, NodeId start) {
        @Nullable NodeId at = end;
        while (at != null && !at.equals(start)) {
            Turn turn = reachedBy.get(at);
            if (turn != null) {
                Move move = turn.move();
                layout.plan(move.group(), move.leaving(), at, move.reason());
            }
            at = turn == null ? null : turn.from();
        }
    }

    private boolean mayGoInstead(Move move, NodeId planned, NodeId other) {
        if (move.group().id().equals(GroupId.METADATA)) {
            return false;
        }
        List<NodeId> staying = new ArrayList<>(layout.nodes(move.group()));
        staying.remove(planned);
        return !staying.contains(other)
                && fleet.neighbours(staying, other) <= fleet.neighbours(staying, planned);
    }

    /// Moves the group that fits best from one node to another.
    private boolean shift(NodeId from, NodeId to) {
        GroupInfo best = null;
        for (GroupInfo group : layout.groups()) {
            if (fits(group, from, to) && (best == null || isHeavier(group, best, to))) {
                best = group;
            }
        }
        Member leaving = best == null ? null : best.memberOn(from);
        if (best == null || leaving == null) {
            return false;
        }
        layout.plan(best, leaving, to, Reason.BALANCE);
        return true;
    }

    private boolean fits(GroupInfo group, NodeId from, NodeId to) {
        if (group.id().equals(GroupId.METADATA) || !layout.isOpen(group)) {
            return false;
        }
        List<NodeId> staying = new ArrayList<>(layout.nodes(group));
        return staying.remove(from)
                && !staying.contains(to)
                && fleet.neighbours(staying, to) <= fleet.neighbours(staying, from);
    }

    private static boolean isHeavier(GroupInfo group, GroupInfo other, NodeId node) {
        return Long.compareUnsigned(
                        Rendezvous.weight(group.id(), node), Rendezvous.weight(other.id(), node))
                > 0;
    }
}
