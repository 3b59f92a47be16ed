package dev.quorate.raft;

import dev.quorate.types.Bytes;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Who belongs to a group: the content of an [Entry.Kind#CONFIGURATION] entry, in force from the
/// moment it is in a replica's log (thesis §4.1).
///
/// While two sets of voters are named the configuration is *joint* (thesis §4.3): elections and
/// commitment need a majority of each. A replica, not a node, is the member (rule R6): a node may
/// be named twice while a damaged replica is being replaced by another on the same node (R7).
///
/// @param voters who votes; while joint, who is to vote
/// @param outgoing who voted before; empty unless joint
/// @param learners who receives the log and has no vote; while joint, one of them may still be
///   among `outgoing` and votes until the change is complete
public record Configuration(List<Member> voters, List<Member> outgoing, List<Member> learners) {
    /// Most voters, and most outgoing ones.
    public static final int MEMBERS_MAX = 64;

    /// Most learners.
    public static final int LEARNERS_MAX = 160;

    /// Most members in all three lists together: what a record of the journal has room for.
    public static final int TOTAL_MAX = 192;

    /// Longest [#encode()], in bytes.
    public static final int ENCODED_BYTES_MAX = 4 + 16 * TOTAL_MAX;

    private static final byte FORMAT = 1;
    private static final int HEADER_BYTES = 1 + 3;
    private static final int MEMBER_BYTES = 16;

    public Configuration {
        voters = distinct("voters", voters, MEMBERS_MAX);
        outgoing = distinct("outgoing voters", outgoing, MEMBERS_MAX);
        learners = distinct("learners", learners, LEARNERS_MAX);
        int total = voters.size() + outgoing.size() + learners.size();
        if (total > TOTAL_MAX) {
            throw new IllegalArgumentException(total + " members; at most " + TOTAL_MAX);
        }
        if (voters.isEmpty()) {
            throw new IllegalArgumentException("a configuration needs at least one voter");
        }
        for (Member learner : learners) {
            if (holds(voters, learner.replica())) {
                throw new IllegalArgumentException(learner + " is both a voter and a learner");
            }
        }
    }

    /// These replicas vote; there are no others.
    public static Configuration of(List<Member> voters) {
        return new Configuration(voters, List.of(), List.of());
    }

    /// Whether a change is under way.
    public boolean isJoint() {
        return !outgoing.isEmpty();
    }

    /// The joint configuration on the way from here to others (thesis §4.3).
    ///
    /// @throws IllegalStateException if this one is joint itself
    public Configuration towards(List<Member> nextVoters, List<Member> nextLearners) {
        if (isJoint()) {
            throw new IllegalStateException("a change is under way: " + this);
        }
        return new Configuration(nextVoters, voters, nextLearners);
    }

    /// What a joint configuration leads to.
    public Configuration completed() {
        return new Configuration(voters, List.of(), learners);
    }

    /// Whether the replica votes.
    public boolean isVoter(ReplicaId replica) {
        return holds(voters, replica) || holds(outgoing, replica);
    }

    /// Whether the replica belongs to the group in any way.
    public boolean contains(ReplicaId replica) {
        return isVoter(replica) || holds(learners, replica);
    }

    /// The member with this replica id; null if there is none.
    public @Nullable Member member(ReplicaId replica) {
        Member voter = find(voters, replica);
        Member found = voter != null ? voter : find(outgoing, replica);
        return found != null ? found : find(learners, replica);
    }

    /// Whether some replica on this node belongs to the group.
    public boolean involves(NodeId node) {
        return names(voters, node) || names(outgoing, node) || names(learners, node);
    }

    /// All members, each once: voters, then outgoing voters, then learners.
    public List<Member> everyone() {
        if (outgoing.isEmpty() && learners.isEmpty()) {
            return voters;
        }
        Set<Member> all = new LinkedHashSet<>(voters);
        all.addAll(outgoing);
        all.addAll(learners);
        return List.copyOf(all);
    }

    /// Whether those who satisfy the condition are a majority of every set of voters.
    public boolean hasQuorum(Predicate<ReplicaId> condition) {
        return majority(voters, condition) && (!isJoint() || majority(outgoing, condition));
    }

    private static boolean majority(List<Member> voters, Predicate<ReplicaId> condition) {
        int count = 0;
        for (int i = 0; i < voters.size(); i++) {
            if (condition.test(voters.get(i).replica())) {
                count++;
            }
        }
        return count > voters.size() / 2;
    }

    // ---- bytes ---------------------------------------------------------------------------------

    /// Length of [#encode()], in bytes.
    public int encodedBytes() {
        return HEADER_BYTES + MEMBER_BYTES * (voters.size() + outgoing.size() + learners.size());
    }

    /// Little-endian: format 1, then three counts of one byte each, then the members of the three
    /// lists: node id and replica id, eight bytes each.
    public Bytes encode() {
        ByteBuffer out = ByteBuffer.allocate(encodedBytes()).order(ByteOrder.LITTLE_ENDIAN);
        out.put(FORMAT)
                .put((byte) voters.size())
                .put((byte) outgoing.size())
                .put((byte) learners.size());
        for (List<Member> members : List.of(voters, outgoing, learners)) {
            for (Member member : members) {
                out.putLong(member.node().value()).putLong(member.replica().value());
            }
        }
        return Bytes.wrap(out.array());
    }

    /// Reads what [#encode()] wrote.
    ///
    /// @throws IllegalArgumentException if the bytes are not a configuration
    public static Configuration decode(Bytes encoded) {
        ByteBuffer in = encoded.asBuffer().order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < HEADER_BYTES || in.get() != FORMAT) {
            throw new IllegalArgumentException("not a configuration of format " + FORMAT);
        }
        int voters = in.get() & 0xff;
        int outgoing = in.get() & 0xff;
        int learners = in.get() & 0xff;
        if (in.remaining() != MEMBER_BYTES * (voters + outgoing + learners)) {
            throw new IllegalArgumentException(
                    "a configuration of %d, %d and %d members in %d bytes"
                            .formatted(voters, outgoing, learners, encoded.length()));
        }
        return new Configuration(members(in, voters), members(in, outgoing), members(in, learners));
    }

    private static List<Member> members(ByteBuffer in, int count) {
        List<Member> members = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            members.add(new Member(new NodeId(in.getLong()), new ReplicaId(in.getLong())));
        }
        return members;
    }

    private static boolean holds(List<Member> members, ReplicaId replica) {
        return find(members, replica) != null;
    }

    private static @Nullable Member find(List<Member> members, ReplicaId replica) {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).replica().equals(replica)) {
                return members.get(i);
            }
        }
        return null;
    }

    private static boolean names(List<Member> members, NodeId node) {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).node().equals(node)) {
                return true;
            }
        }
        return false;
    }

    private static List<Member> distinct(String what, List<Member> members, int most) {
        if (members.size() > most) {
            throw new IllegalArgumentException(members.size() + " " + what + "; at most " + most);
        }
        Set<ReplicaId> seen = new LinkedHashSet<>();
        for (Member member : members) {
            if (!seen.add(member.replica())) {
                throw new IllegalArgumentException(what + ": " + member + " is named twice");
            }
        }
        return List.copyOf(members);
    }

    @Override
    public String toString() {
        return "voters="
                + voters
                + (isJoint() ? " outgoing=" + outgoing : "")
                + (learners.isEmpty() ? "" : " learners=" + learners);
    }
}
