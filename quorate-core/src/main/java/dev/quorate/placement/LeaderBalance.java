package dev.quorate.placement;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Spreads the preferred leaders evenly over the nodes that may lead, with as few changes as that
/// takes: only the order of members changes, no replica moves.
final class LeaderBalance {
    /// Most changes of one call; the rest follows in the next.
    private static final int CHANGES_MAX = 256;

    private record Hand(GroupInfo group, NodeId from, Member to) {}

    private final Arrangement arrangement;
    private final Fleet fleet;
    private final TreeMap<NodeId, Integer> leads = new TreeMap<>();

    LeaderBalance(Arrangement arrangement, Fleet fleet) {
        this.arrangement = arrangement;
        this.fleet = fleet;
    }

    void run() {
        for (GroupInfo group : arrangement.groups()) {
            for (Member member : arrangement.members(group)) {
                if (fleet.mayLead(group, member)) {
                    leads.putIfAbsent(member.node(), 0);
                }
            }
        }
        for (GroupInfo group : arrangement.groups()) {
            count(group, arrangement.members(group).getFirst().node(), 1);
        }
        for (GroupInfo group : arrangement.groups()) {
            evacuate(group);
        }
        for (int changes = 0; changes < CHANGES_MAX; changes++) {
            if (!level()) {
                return;
            }
        }
    }

    /// Who may not lead is not preferred either.
    private void evacuate(GroupInfo group) {
        Member first = arrangement.members(group).getFirst();
        if (arrangement.isMoving(group) || fleet.mayLead(group, first)) {
            return;
        }
        Member best = null;
        for (Member member : arrangement.members(group)) {
            if (fleet.mayLead(group, member) && (best == null || isBetter(group, member, best))) {
                best = member;
            }
        }
        if (best != null) {
            hand(group, first.node(), best);
        }
    }

    private boolean isBetter(GroupInfo group, Member member, Member best) {
        int order = Integer.compare(lead(member.node()), lead(best.node()));
        return order == 0
                ? Long.compareUnsigned(
                                Rendezvous.weight(group.id(), member.node()),
                                Rendezvous.weight(group.id(), best.node()))
                        > 0
                : order < 0;
    }

    /// Takes one group from a node that leads most to one that leads at least two less, by way of
    /// others where they share no group.
    private boolean level() {
        int most = leads.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        int least = leads.values().stream().mapToInt(Integer::intValue).min().orElse(0);
        if (most < least + 2) {
            return false;
        }
        for (NodeId start : leads.keySet()) {
            if (lead(start) == most && hand(start)) {
                return true;
            }
        }
        return false;
    }

    /// Searches breadth first, so that the fewest groups change.
    private boolean hand(NodeId start) {
        Map<NodeId, Hand> reachedBy = new HashMap<>();
        Deque<NodeId> open = new ArrayDeque<>();
        open.add(start);
        while (!open.isEmpty()) {
            NodeId node = open.removeFirst();
            for (GroupInfo group : arrangement.groups()) {
                if (!isLedBy(group, node)) {
                    continue;
                }
                for (Member member : arrangement.members(group)) {
                    NodeId next = member.node();
                    if (next.equals(start)
                            || reachedBy.containsKey(next)
                            || !fleet.mayLead(group, member)) {
                        continue;
                    }
                    reachedBy.put(next, new Hand(group, node, member));
                    if (lead(next) <= lead(start) - 2) {
                        handAlong(reachedBy, next, start);
                        return true;
                    }
                    open.add(next);
                }
            }
        }
        return false;
    }

    private void handAlong(Map<NodeId, Hand> reachedBy, NodeId end, NodeId start) {
        @Nullable NodeId at = end;
        while (at != null && !at.equals(start)) {
            Hand step = reachedBy.get(at);
            if (step != null) {
                hand(step.group(), step.from(), step.to());
            }
            at = step == null ? null : step.from();
        }
    }

    private void hand(GroupInfo group, NodeId from, Member to) {
        arrangement.prefer(group, to);
        count(group, from, -1);
        count(group, to.node(), 1);
    }

    private boolean isLedBy(GroupInfo group, NodeId node) {
        return !arrangement.isMoving(group)
                && !group.id().equals(GroupId.METADATA)
                && arrangement.members(group).getFirst().node().equals(node);
    }

    private int lead(NodeId node) {
        return leads.getOrDefault(node, 0);
    }

    private void count(GroupInfo group, NodeId node, int change) {
        if (!group.id().equals(GroupId.METADATA) && leads.containsKey(node)) {
            leads.merge(node, change, Integer::sum);
        }
    }
}
