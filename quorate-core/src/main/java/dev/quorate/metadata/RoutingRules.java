package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataOutcome.Code.ILLEGAL_EDGE;
import static dev.quorate.metadata.MetadataOutcome.Code.INVALID;
import static dev.quorate.metadata.MetadataOutcome.Code.LIMIT_REACHED;
import static dev.quorate.metadata.MetadataOutcome.Code.NOT_A_MEMBER;
import static dev.quorate.metadata.MetadataOutcome.Code.NOT_NEXT_ID;
import static dev.quorate.metadata.MetadataOutcome.Code.REPLICA_GONE;
import static dev.quorate.metadata.MetadataOutcome.Code.STALE;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_GROUP;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_NODE;

import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides placements, and which reports of the groups enter the directory.
final class RoutingRules {
    private RoutingRules() {}

    static MetadataOutcome apply(Draft draft, RoutingChange change) {
        return switch (change) {
            case RoutingChange.ReassignVShard reassign -> reassign(draft, reassign);
            case RoutingChange.LeadershipTransfer transfer -> transfer(draft, transfer);
            case RoutingChange.RemoveMember remove -> remove(draft, remove);
            case RoutingChange.ReportConfiguration report -> report(draft, report);
            case RoutingChange.ReportQuarantine report -> quarantine(draft, report);
        };
    }

    static MetadataOutcome place(Draft draft, MetadataEntry.SetPlacement placement) {
        GroupId id = placement.group();
        GroupInfo known = draft.routing.group(id);
        int count = draft.routing.groups().size();
        if (known == null && id.value() != count) {
            return new Rejected(NOT_NEXT_ID, "the next group is g" + count + ", not " + id);
        }
        if (known == null && count >= RoutingTable.GROUPS_MAX) {
            return new Rejected(
                    LIMIT_REACHED,
                    "the cluster already has " + RoutingTable.GROUPS_MAX + " groups");
        }
        List<Member> members = placement.members();
        List<Member> listeners = placement.listeners();
        if (!listeners.isEmpty() && !id.equals(GroupId.METADATA)) {
            return new Rejected(INVALID, id + ": only g0 has listeners");
        }
        List<Member> all = new ArrayList<>(members);
        all.addAll(listeners);
        long nextReplicaId = draft.nextReplicaId;
        for (Member member : all) {
            if (known != null && known.isGone(member.replica())) {
                return new Rejected(
                        REPLICA_GONE,
                        id + ": " + member.replica() + " is gone, and its id with it");
            }
            boolean isNew = known == null || !known.involves(member);
            Rejected refusal = null;
            if (isNew) {
                refusal = occupiedRefusal(known, member);
                if (refusal == null) {
                    refusal = numberRefusal(id, member, nextReplicaId);
                }
                nextReplicaId++;
            }
            if (refusal == null && (isNew || isPromoted(known, member, members))) {
                refusal = stateRefusal(draft, id, member, listeners.contains(member));
            }
            if (refusal != null) {
                return refusal;
            }
        }
        draft.nextReplicaId = nextReplicaId;
        if (known == null) {
            GroupInfo founded = GroupInfo.founded(id, members, listeners, draft.index);
            draft.routing = draft.routing.with(founded);
        } else if (!known.members().equals(members) || !known.listeners().equals(listeners)) {
            draft.routing =
                    draft.routing.with(known.withPlacement(members, listeners, draft.index));
        }
        return Draft.APPLIED;
    }

    /// A node holds one replica of a group: another takes its place only if it has lost its data
    /// (rule R7).
    private static @Nullable Rejected occupiedRefusal(@Nullable GroupInfo known, Member member) {
        if (known == null) {
            return null;
        }
        List<Member> there = new ArrayList<>(known.configuration().all());
        there.addAll(known.members());
        there.addAll(known.listeners());
        for (Member other : there) {
            if (other.node().equals(member.node()) && !known.isQuarantined(other.replica())) {
                return new Rejected(
                        INVALID,
                        "%s holds %s of %s: a second replica has no place there"
                                .formatted(member.node(), other.replica(), known.id()));
            }
        }
        return null;
    }

    /// Whether the replica listens, and shall be a member.
    private static boolean isPromoted(
            @Nullable GroupInfo known, Member member, List<Member> members) {
        return known != null && known.listeners().contains(member) && members.contains(member);
    }

    private static @Nullable Rejected numberRefusal(
            GroupId group, Member member, long nextReplicaId) {
        if (member.replica().value() != nextReplicaId) {
            return new Rejected(
                    NOT_NEXT_ID,
                    "the next replica is r"
                            + nextReplicaId
                            + ", so "
                            + group
                            + " on "
                            + member.node()
                            + " cannot be "
                            + member.replica());
        }
        return null;
    }

    /// A node that has just joined may listen to group 0, and nothing else.
    private static @Nullable Rejected stateRefusal(
            Draft draft, GroupId group, Member member, boolean listens) {
        NodeInfo node = draft.topology.node(member.node());
        if (node == null) {
            return new Rejected(
                    UNKNOWN_NODE,
                    member.node() + " is not part of the cluster: cannot hold " + group);
        }
        if (listens && node.state() == NodeState.JOINING) {
            return null;
        }
        return switch (node.state()) {
            case LEARNER, ACTIVE -> null;
            case JOINING, DRAINING, DECOMMISSIONED, REMOVED ->
                    new Rejected(
                            ILLEGAL_EDGE,
                            node.id()
                                    + " is "
                                    + node.state()
                                    + ": it takes no new replica of "
                                    + group);
        };
    }

    private static MetadataOutcome reassign(Draft draft, RoutingChange.ReassignVShard change) {
        GroupId group = change.group();
        if (group.equals(GroupId.METADATA)) {
            return new Rejected(INVALID, "g0 holds metadata and owns no vShard");
        }
        if (draft.routing.group(group) == null) {
            return unknownGroup(group);
        }
        if (change.epoch() > draft.index) {
            return new Rejected(
                    INVALID,
                    change.vshard()
                            + ": epoch "
                            + change.epoch()
                            + " lies beyond entry "
                            + draft.index);
        }
        long epoch = change.epoch() == 0 ? draft.index : change.epoch();
        long known = draft.routing.epochOf(change.vshard());
        boolean same = group.equals(draft.routing.groupOf(change.vshard()));
        if (same && epoch == known) {
            return Draft.APPLIED;
        }
        // several changes of one batch share its index, and the last of them counts
        if (epoch < known || (epoch == known && change.epoch() != 0)) {
            return new Rejected(
                    STALE,
                    change.vshard() + " changed hands at epoch " + known + ", not before " + epoch);
        }
        Rejected refusal = VShardMoveRules.reportRefusal(draft, change, epoch);
        if (refusal != null) {
            return refusal;
        }
        draft.routing = draft.routing.with(change.vshard(), group, epoch);
        draft.vshardMoves = draft.vshardMoves.without(change.vshard());
        return Draft.APPLIED;
    }

    private static MetadataOutcome transfer(Draft draft, RoutingChange.LeadershipTransfer change) {
        GroupInfo group = draft.routing.group(change.group());
        if (group == null) {
            return unknownGroup(change.group());
        }
        return group.involves(change.leader())
                ? Draft.APPLIED
                : new Rejected(
                        NOT_A_MEMBER,
                        change.leader()
                                + " holds no replica of "
                                + group.id()
                                + " and cannot lead it");
    }

    private static MetadataOutcome remove(Draft draft, RoutingChange.RemoveMember change) {
        GroupInfo group = draft.routing.group(change.group());
        if (group == null) {
            return unknownGroup(change.group());
        }
        List<Member> voters = without(group.voters(), change.node());
        List<Member> outgoing = without(group.configuration().outgoing(), change.node());
        List<Member> learners = without(group.learners(), change.node());
        long configIndex = Math.max(group.configIndex(), change.configIndex());
        var next = new GroupInfo.Configuration(configIndex, voters, outgoing, learners);
        if (next.all().equals(group.configuration().all())) {
            return Draft.APPLIED;
        }
        if (change.configIndex() != 0 && change.configIndex() <= group.configIndex()) {
            return stale(group, change.configIndex());
        }
        if (voters.isEmpty()) {
            return new Rejected(
                    INVALID, group.id() + " would have no voter without " + change.node());
        }
        draft.routing = draft.routing.with(group.withConfiguration(next, draft.index));
        return Draft.APPLIED;
    }

    private static MetadataOutcome report(Draft draft, RoutingChange.ReportConfiguration change) {
        GroupInfo group = draft.routing.group(change.group());
        if (group == null) {
            return unknownGroup(change.group());
        }
        var next =
                new GroupInfo.Configuration(
                        change.configIndex(),
                        change.voters(),
                        change.outgoing(),
                        change.learners());
        if (next.equals(group.configuration())) {
            return Draft.APPLIED;
        }
        if (change.configIndex() <= group.configIndex()) {
            return stale(group, change.configIndex());
        }
        for (Member member : next.all()) {
            Rejected refusal = reportRefusal(draft, group, member);
            if (refusal != null) {
                return refusal;
            }
            if (next.voters().contains(member) && next.learners().contains(member)) {
                return new Rejected(
                        INVALID, group.id() + " reports " + member + " as voter and as learner");
            }
        }
        draft.routing = draft.routing.with(group.withConfiguration(next, draft.index));
        return Draft.APPLIED;
    }

    /// A node that has left may be reported: the group's own log decides, and has yet to hear of it
    /// (rule R17).
    private static @Nullable Rejected reportRefusal(Draft draft, GroupInfo group, Member member) {
        if (member.node().value() >= draft.topology.nextNodeId()) {
            return new Rejected(
                    UNKNOWN_NODE,
                    group.id()
                            + " reports "
                            + member.node()
                            + ", which was never part of the cluster");
        }
        return member.replica().value() < draft.nextReplicaId
                ? null
                : new Rejected(
                        INVALID,
                        group.id() + " reports " + member.replica() + ", which was never issued");
    }

    private static MetadataOutcome quarantine(Draft draft, RoutingChange.ReportQuarantine change) {
        GroupInfo group = draft.routing.group(change.group());
        if (group == null) {
            return unknownGroup(change.group());
        }
        Member member = change.member();
        if (!group.involves(member)) {
            return new Rejected(
                    NOT_A_MEMBER, member + " is no replica of " + group.id() + " any more");
        }
        if (!group.isQuarantined(member.replica())) {
            draft.routing =
                    draft.routing.with(group.withQuarantined(member.replica(), draft.index));
        }
        return Draft.APPLIED;
    }

    private static List<Member> without(List<Member> members, NodeId node) {
        return members.stream().filter(member -> !member.node().equals(node)).toList();
    }

    private static Rejected stale(GroupInfo group, long configIndex) {
        return new Rejected(
                STALE,
                group.id()
                        + " has reported its configuration at index "
                        + group.configIndex()
                        + "; "
                        + configIndex
                        + " is not newer");
    }

    private static Rejected unknownGroup(GroupId group) {
        return new Rejected(UNKNOWN_GROUP, "there is no group " + group);
    }
}
