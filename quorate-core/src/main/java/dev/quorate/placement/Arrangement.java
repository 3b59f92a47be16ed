package dev.quorate.placement;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.placement.PlacementStep.Reason;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The steps that are really taken now: as many of the planned moves as may be under way at a time.
final class Arrangement {
    private final MetadataView view;
    private final PlacementOptions options;
    private final Fleet fleet;
    private final List<GroupInfo> groups;
    private final Map<GroupId, PlacementStep> steps = new LinkedHashMap<>();
    private final TreeSet<GroupId> moving = new TreeSet<>();
    private final TreeMap<NodeId, Integer> arrivals = new TreeMap<>();
    private long nextReplicaId;
    private int moves;

    Arrangement(MetadataView view, Fleet fleet, PlacementOptions options) {
        this.view = view;
        this.options = options;
        this.fleet = fleet;
        groups = view.routing().groups();
        nextReplicaId = view.nextReplicaId();
        for (GroupInfo group : groups) {
            if (!group.isSettled()) {
                begun(group);
            }
        }
    }

    List<GroupInfo> groups() {
        return groups;
    }

    /// The steps in order; new replicas are numbered in the order in which group 0 will see them.
    List<PlacementStep> steps() {
        Map<Member, Member> numbered = new HashMap<>();
        long next = view.nextReplicaId();
        List<PlacementStep> all = new ArrayList<>();
        for (PlacementStep step : steps.values()) {
            for (Member member : step.members()) {
                next = number(member, next, numbered);
            }
            for (Member listener : step.listeners()) {
                next = number(listener, next, numbered);
            }
            all.add(
                    new PlacementStep(
                            step.group(),
                            renamed(step.members(), numbered),
                            renamed(step.listeners(), numbered),
                            step.reason(),
                            step.from(),
                            step.to()));
        }
        return List.copyOf(all);
    }

    private long number(Member member, long next, Map<Member, Member> numbered) {
        if (member.replica().value() < view.nextReplicaId()) {
            return next;
        }
        numbered.put(member, new Member(member.node(), new ReplicaId(next)));
        return next + 1;
    }

    private static List<Member> renamed(List<Member> members, Map<Member, Member> numbered) {
        return members.stream().map(member -> numbered.getOrDefault(member, member)).toList();
    }

    /// Where the group's replicas shall be, with the steps so far.
    List<Member> members(GroupInfo group) {
        PlacementStep step = steps.get(group.id());
        return step == null ? group.members() : step.members();
    }

    /// Whether the group's replicas are on their way, or about to be.
    boolean isMoving(GroupInfo group) {
        return moving.contains(group.id());
    }

    /// Makes the move, if it may be under way with the others.
    void take(Move move) {
        GroupInfo group = move.group();
        boolean begins = !isMoving(group) && fleet.hasMajority(group);
        if (begins && moves >= options.movesMax()) {
            return;
        }
        List<Member> next = new ArrayList<>(group.members());
        if (move.leaving() != null) {
            next.remove(move.leaving());
        }
        NodeId to = move.to();
        if (to != null) {
            Member arriving = replica(group, to);
            if (arriving == null) {
                return;
            }
            // last: who has nothing yet is not preferred as leader
            next.add(arriving);
        }
        moves += begins ? 1 : 0;
        moving.add(group.id());
        NodeId from = move.leaving() == null ? null : move.leaving().node();
        steps.put(
                group.id(),
                new PlacementStep(group.id(), next, group.listeners(), move.reason(), from, to));
    }

    /// Decides that another member is preferred as leader.
    void prefer(GroupInfo group, Member leader) {
        List<Member> next = new ArrayList<>(members(group));
        next.remove(leader);
        next.addFirst(leader);
        NodeId from = group.members().getFirst().node();
        if (next.equals(group.members())) {
            steps.remove(group.id());
        } else {
            steps.put(
                    group.id(),
                    new PlacementStep(
                            group.id(),
                            next,
                            group.listeners(),
                            Reason.LEADER,
                            from,
                            leader.node()));
        }
    }

    /// Lets every node that has no vote in group 0 listen to it, whatever else moves: a learner
    /// costs the group nothing that it would have to wait for.
    void listen() {
        for (GroupInfo zero : groups) {
            if (zero.id().equals(GroupId.METADATA)) {
                listen(zero);
            }
        }
    }

    private void listen(GroupInfo zero) {
        List<Member> members = members(zero);
        List<Member> listeners = new ArrayList<>();
        for (NodeInfo node : view.topology().nodes()) {
            Member there = there(zero, node.id());
            boolean listens = there == null ? fleet.mustListen(node) : fleet.mayListen(zero, node);
            if (listens
                    && members.stream().noneMatch(member -> member.node().equals(node.id()))
                    && listeners.size() < GroupInfo.LISTENERS_MAX) {
                listeners.add(
                        there != null
                                ? there
                                : new Member(node.id(), new ReplicaId(nextReplicaId++)));
            }
        }
        PlacementStep step = steps.get(zero.id());
        if (step != null || !listeners.equals(zero.listeners())) {
            Reason reason = step == null ? Reason.LISTEN : step.reason();
            NodeId from = step == null ? null : step.from();
            NodeId to = step == null ? null : step.to();
            steps.put(
                    zero.id(), new PlacementStep(zero.id(), members, listeners, reason, from, to));
        }
    }

    private void begun(GroupInfo group) {
        moving.add(group.id());
        // a group without a majority goes nowhere, and must not keep others from moving
        if (fleet.hasMajority(group)) {
            moves++;
            for (Member member : group.members()) {
                if (!group.voters().contains(member)) {
                    arrivals.merge(member.node(), 1, Integer::sum);
                }
            }
        }
    }

    /// The replica that the group still has on the node, or a new one; null when enough others are
    /// on their way there.
    private @Nullable Member replica(GroupInfo group, NodeId node) {
        Member there = there(group, node);
        if (there != null) {
            return there;
        }
        if (arrivals.getOrDefault(node, 0) >= options.arrivalsPerNodeMax()) {
            return null;
        }
        arrivals.merge(node, 1, Integer::sum);
        return new Member(node, new ReplicaId(nextReplicaId++));
    }

    /// The replica of the group that is on the node, or was placed there, and has lost nothing.
    private static @Nullable Member there(GroupInfo group, NodeId node) {
        List<Member> known = new ArrayList<>(group.configuration().all());
        known.addAll(group.members());
        known.addAll(group.listeners());
        for (Member member : known) {
            if (member.node().equals(node)
                    && !group.isQuarantined(member.replica())
                    && !group.isGone(member.replica())) {
                return member;
            }
        }
        return null;
    }
}
