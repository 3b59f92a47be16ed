package dev.quorate.metadata;

import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the directory knows of one Raft group: where its replicas began, where they shall be, and
/// where they are.
///
/// @param founders the group's configuration before its first entry; never changes
/// @param members where its replicas shall be, by command; the first is the preferred leader
/// @param listeners who shall only listen, by command: of group 0, every node that has no vote in
///   it
/// @param configuration who takes part, as last reported by the group's own log
/// @param quarantined replicas that have lost data and must be replaced (rule R7), ascending
/// @param tombstones replicas that are gone for good, oldest first, at most [#TOMBSTONES_MAX]
/// @param epoch index, in group 0's log, of the last change of this record
public record GroupInfo(
        GroupId id,
        List<Member> founders,
        List<Member> members,
        List<Member> listeners,
        Configuration configuration,
        List<ReplicaId> quarantined,
        List<Tombstone> tombstones,
        long epoch) {
    /// Most members, and so voters, that a group may have.
    public static final int MEMBERS_MAX = 15;

    /// Most listeners that a group may have: every node of the largest cluster, see
    /// [ClusterTopology#NODES_MAX].
    public static final int LISTENERS_MAX = 160;

    /// Gone replicas that are remembered; older ones are forgotten.
    public static final int TOMBSTONES_MAX = 32;

    /// Who takes part in a group, as its own log has decided.
    ///
    /// @param index position, in the group's log, of the configuration; 0 for the founders'
    /// @param voters who votes
    /// @param outgoing who voted before, while the group goes over from one to the other; empty
    ///   otherwise
    /// @param learners who only listens
    public record Configuration(
            long index, List<Member> voters, List<Member> outgoing, List<Member> learners) {
        public Configuration {
            requireNotNegative("configuration index", index);
            voters = List.copyOf(voters);
            outgoing = List.copyOf(outgoing);
            learners = List.copyOf(learners);
        }

        /// Everybody, once, voters first.
        public List<Member> all() {
            Set<Member> all = new LinkedHashSet<>(voters);
            all.addAll(outgoing);
            all.addAll(learners);
            return List.copyOf(all);
        }

        /// Whether the group is between two configurations.
        public boolean isJoint() {
            return !outgoing.isEmpty();
        }
    }

    /// A replica that is gone: its id is never used again, and its data may be deleted.
    ///
    /// @param index entry of group 0's log after which nothing named it any more
    public record Tombstone(Member member, long index) {
        public Tombstone {
            requireNotNegative("index", index);
        }
    }

    public GroupInfo {
        founders = distinct(id, founders);
        members = distinct(id, members);
        listeners = distinct(id, listeners, LISTENERS_MAX);
        requireApart(id, members, listeners);
        distinct(id, configuration.voters());
        distinct(id, configuration.outgoing());
        distinct(id, configuration.learners(), LISTENERS_MAX);
        quarantined = List.copyOf(quarantined);
        tombstones = List.copyOf(tombstones);
        for (int i = 1; i < quarantined.size(); i++) {
            if (quarantined.get(i - 1).compareTo(quarantined.get(i)) >= 0) {
                throw new IllegalArgumentException(id + ": quarantined replicas must ascend");
            }
        }
        if (tombstones.size() > TOMBSTONES_MAX) {
            throw new IllegalArgumentException(id + ": too many tombstones");
        }
        requireNotNegative("epoch", epoch);
    }

    /// A group without listeners.
    public GroupInfo(
            GroupId id,
            List<Member> founders,
            List<Member> members,
            Configuration configuration,
            List<ReplicaId> quarantined,
            List<Tombstone> tombstones,
            long epoch) {
        this(id, founders, members, List.of(), configuration, quarantined, tombstones, epoch);
    }

    /// A group as it is created.
    static GroupInfo founded(
            GroupId id, List<Member> founders, List<Member> listeners, long index) {
        return new GroupInfo(
                id,
                founders,
                founders,
                listeners,
                new Configuration(0, founders, List.of(), List.of()),
                List.of(),
                List.of(),
                index);
    }

    /// Who votes, as last reported.
    public List<Member> voters() {
        return configuration.voters();
    }

    /// Who only listens, as last reported.
    public List<Member> learners() {
        return configuration.learners();
    }

    /// Index, in the group's log, of the reported configuration; 0 before the first report.
    public long configIndex() {
        return configuration.index();
    }

    /// Whether the node shall have a replica, votes or listens.
    public boolean involves(NodeId node) {
        return replicaOn(node) != null || holds(configuration.all(), node);
    }

    /// Whether this very replica is wanted, votes or listens.
    public boolean involves(Member member) {
        return members.contains(member)
                || listeners.contains(member)
                || configuration.all().contains(member);
    }

    /// Whether the replica is gone for good. A forgotten one is as well: ask [#involves(Member)].
    public boolean isGone(ReplicaId replica) {
        return tombstones.stream().anyMatch(gone -> gone.member().replica().equals(replica));
    }

    /// Whether the replica has lost data.
    public boolean isQuarantined(ReplicaId replica) {
        return quarantined.contains(replica);
    }

    /// The member that the node shall have; null when it shall have none.
    public @Nullable Member memberOn(NodeId node) {
        return find(members, node);
    }

    /// The replica that the node shall have, member or listener; null when it shall have none.
    public @Nullable Member replicaOn(NodeId node) {
        Member member = find(members, node);
        return member == null ? find(listeners, node) : member;
    }

    /// Whether the replicas are where they shall be.
    public boolean isSettled() {
        return !configuration.isJoint()
                && areTheSame(configuration.learners(), listeners)
                && areTheSame(configuration.voters(), members);
    }

    /// Neither names anybody twice.
    private static boolean areTheSame(List<Member> some, List<Member> others) {
        return some.size() == others.size() && some.containsAll(others);
    }

    /// The same group with another placement.
    GroupInfo withPlacement(List<Member> next, List<Member> nextListeners, long index) {
        return changed(next, nextListeners, configuration, quarantined, index);
    }

    /// The same group with another reported configuration.
    GroupInfo withConfiguration(Configuration next, long index) {
        return changed(members, listeners, next, quarantined, index);
    }

    /// The same group with a replica that has lost data.
    GroupInfo withQuarantined(ReplicaId replica, long index) {
        List<ReplicaId> next = new ArrayList<>(quarantined);
        next.add(replica);
        next.sort(ReplicaId::compareTo);
        return changed(members, listeners, configuration, next, index);
    }

    /// Whom nothing names any more gets a tombstone.
    private GroupInfo changed(
            List<Member> nextMembers,
            List<Member> nextListeners,
            Configuration nextConfiguration,
            List<ReplicaId> nextQuarantined,
            long index) {
        Set<Member> before = new LinkedHashSet<>(members);
        before.addAll(listeners);
        before.addAll(configuration.all());
        Set<Member> after = new HashSet<>(nextMembers);
        after.addAll(nextListeners);
        after.addAll(nextConfiguration.all());
        List<Tombstone> nextTombstones = new ArrayList<>(tombstones);
        for (Member member : before) {
            if (!after.contains(member) && !isGone(member.replica())) {
                nextTombstones.add(new Tombstone(member, index));
            }
        }
        int forgotten = Math.max(0, nextTombstones.size() - TOMBSTONES_MAX);
        List<ReplicaId> stillQuarantined =
                nextQuarantined.stream()
                        .filter(id -> after.stream().anyMatch(m -> m.replica().equals(id)))
                        .toList();
        return new GroupInfo(
                id,
                founders,
                nextMembers,
                nextListeners,
                nextConfiguration,
                stillQuarantined,
                nextTombstones.subList(forgotten, nextTombstones.size()),
                index);
    }

    /// A copy, once it is known to be short and without repetition.
    static List<Member> distinct(GroupId group, List<Member> members) {
        return distinct(group, members, MEMBERS_MAX);
    }

    /// The same, for a list of another length.
    static List<Member> distinct(GroupId group, List<Member> members, int most) {
        if (members.size() > most) {
            throw new IllegalArgumentException(
                    group + ": " + members.size() + " members; at most " + most);
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

    /// A node has one place in a group.
    static void requireApart(GroupId group, List<Member> members, List<Member> listeners) {
        for (Member listener : listeners) {
            for (Member member : members) {
                if (member.node().equals(listener.node())
                        || member.replica().equals(listener.replica())) {
                    throw new IllegalArgumentException(
                            group + ": " + listener + " listens, and " + member + " is a member");
                }
            }
        }
    }

    static void requireNotNegative(String what, long value) {
        if (value < 0) {
            throw new IllegalArgumentException("negative " + what + ": " + value);
        }
    }

    private static boolean holds(List<Member> members, NodeId node) {
        return find(members, node) != null;
    }

    private static @Nullable Member find(List<Member> members, NodeId node) {
        for (Member member : members) {
            if (member.node().equals(node)) {
                return member;
            }
        }
        return null;
    }
}
