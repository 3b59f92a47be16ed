package dev.quorate.metadata;

import dev.quorate.types.Member;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What the directory knows of one Raft group.
///
/// @param members where its replicas shall be, by command; the first is the preferred leader
/// @param voters who votes, as last reported by the group's own log
/// @param learners who only listens, as last reported by the group's own log
/// @param configIndex index, in the group's log, of the reported configuration; 0 before the first
///   report
/// @param epoch index, in group 0's log, of the last change of this record
public record GroupInfo(
        GroupId id,
        List<Member> members,
        List<Member> voters,
        List<Member> learners,
        long configIndex,
        long epoch) {
    /// Most members, voters or learners that a group may have.
    public static final int MEMBERS_MAX = 15;

    public GroupInfo {
        members = distinct(id, members);
        voters = distinct(id, voters);
        learners = distinct(id, learners);
        requireNotNegative("configuration index", configIndex);
        requireNotNegative("epoch", epoch);
    }

    /// Whether the node is a member, votes or listens.
    public boolean involves(NodeId node) {
        return holds(members, node) || holds(voters, node) || holds(learners, node);
    }

    /// Whether this very replica is a member, votes or listens.
    boolean involves(Member member) {
        return members.contains(member) || voters.contains(member) || learners.contains(member);
    }

    /// The same group with another placement.
    GroupInfo withMembers(List<Member> next, long index) {
        return new GroupInfo(id, next, voters, learners, configIndex, index);
    }

    /// The same group with another reported configuration.
    GroupInfo withConfiguration(
            List<Member> nextVoters, List<Member> nextLearners, long nextConfigIndex, long index) {
        return new GroupInfo(id, members, nextVoters, nextLearners, nextConfigIndex, index);
    }

    /// A copy, once it is known to be short and without repetition.
    static List<Member> distinct(GroupId group, List<Member> members) {
        if (members.size() > MEMBERS_MAX) {
            throw new IllegalArgumentException(
                    group + ": " + members.size() + " members; at most " + MEMBERS_MAX);
        }
        Set<NodeId> nodes = new HashSet<>();
        Set<ReplicaId> replicas = new HashSet<>();
        for (Member member : members) {
            if (!nodes.add(member.node()) || !replicas.add(member.replica())) {
                throw new IllegalArgumentException(
                        group + ": a node or replica is listed twice: " + member);
            }
        }
        return List.copyOf(members);
    }

    static void requireNotNegative(String what, long value) {
        if (value < 0) {
            throw new IllegalArgumentException("negative " + what + ": " + value);
        }
    }

    private static boolean holds(List<Member> members, NodeId node) {
        return members.stream().anyMatch(member -> member.node().equals(node));
    }
}
