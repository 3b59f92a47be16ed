package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.NotTaken;
import dev.quorate.raft.RaftEffect.Reason;
import dev.quorate.raft.Role.Leader;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Changes of members (thesis chapter 4): any set to any set through a joint configuration, one
/// change at a time, voters only from learners that keep up.
///
/// ```text
/// simple ─► joint (outgoing still counts) ─► [hand over if we are to go] ─► simple
/// ```
final class Membership {
    /// Hand-overs that may fail before a leader that is to go finishes the change itself.
    private static final int HANDOVERS_MAX = 3;

    private final Replica replica;
    private final Leading leading;
    private final Beating beating;
    private int handovers;
    private long handoversTerm;

    Membership(Replica replica, Leading leading, Beating beating) {
        this.replica = replica;
        this.leading = leading;
        this.beating = beating;
    }

    void change(Moment now, Leader leader, RaftInput.ChangeMembers change, Effects out) {
        Reason refusal = refusal(leader, change);
        if (refusal != null) {
            out.emit(new NotTaken(change.requestId(), refusal, replica.config().self()));
            return;
        }
        Configuration current = replica.configuration();
        Configuration next =
                sameMembers(current.voters(), change.voters())
                        ? new Configuration(current.voters(), List.of(), change.learners())
                        : current.towards(change.voters(), change.learners());
        long index = enter(now, leader, next);
        out.emit(new RaftEffect.Proposed(change.requestId(), replica.term(), index));
    }

    private @Nullable Reason refusal(Leader leader, RaftInput.ChangeMembers change) {
        if (leader.handover() != null) {
            return Reason.NOT_LEADER;
        }
        if (replica.commitIndex() < leader.firstIndex()
                || replica.commitIndex() < replica.configurations().latestIndex()
                || replica.configuration().isJoint()) {
            return Reason.CHANGE_UNDER_WAY;
        }
        for (Member voter : change.voters()) {
            Progress follower = leader.follower(voter.replica());
            boolean keepsUp =
                    replica.configuration().isVoter(voter.replica())
                            || (follower != null && follower.keepsUp());
            if (!keepsUp) {
                return Reason.NOT_CAUGHT_UP;
            }
        }
        return null;
    }

    /// Goes on with a change: leaves a joint configuration once it is committed, whoever began it,
    /// and steps down once the group is committed to do without this leader (thesis §4.2.2).
    ///
    /// @return whether the replica still leads
    boolean proceed(Moment now, Leader leader, Effects out) {
        if (replica.commitIndex()
                < Math.max(leader.firstIndex(), replica.configurations().latestIndex())) {
            return true;
        }
        Configuration current = replica.configuration();
        if (current.isJoint()) {
            if (staysVoter(current) || !handsOverFirst(now, leader)) {
                enter(now, leader, current.completed());
            }
            return true;
        }
        if (!current.isVoter(replica.self())) {
            replica.enterTerm(now, replica.term(), null, out);
            return false;
        }
        return true;
    }

    private boolean staysVoter(Configuration joint) {
        return joint.voters().stream().anyMatch(voter -> voter.replica().equals(replica.self()));
    }

    /// A leader that is to go lets one that stays finish the change: nobody waits for an election
    /// timeout then.
    ///
    /// @return whether to wait for that
    private boolean handsOverFirst(Moment now, Leader leader) {
        if (leader.handover() != null) {
            return true;
        }
        if (handoversTerm != replica.term()) {
            handoversTerm = replica.term();
            handovers = 0;
        }
        Progress successor = beating.fittest(leader);
        if (successor == null || handovers >= HANDOVERS_MAX) {
            return false;
        }
        handovers++;
        beating.begin(now, leader, successor);
        return true;
    }

    /// Lets go of replicas that were removed, once the change is committed and they know it or had
    /// the time to learn it.
    void dismiss(Moment now, Leader leader) {
        if (replica.commitIndex() < replica.configurations().latestIndex()) {
            return;
        }
        long patienceNanos = 2 * replica.patience().electionNanos();
        for (Progress gone : new ArrayList<>(leader.departing())) {
            boolean holds = gone.matchIndex() >= replica.configurations().latestIndex();
            boolean knows = holds && gone.hasHeardFarewell(leader.lease().round());
            if (knows || now.nanos() - gone.heardNanos() > patienceNanos) {
                leader.dismiss(gone);
            }
        }
    }

    private long enter(Moment now, Leader leader, Configuration next) {
        long index = leading.append(now, Entry.Kind.CONFIGURATION, next.encode());
        leading.configure(leader, now);
        return index;
    }

    private static boolean sameMembers(List<Member> some, List<Member> others) {
        return new LinkedHashSet<>(some).equals(new LinkedHashSet<>(others));
    }
}
