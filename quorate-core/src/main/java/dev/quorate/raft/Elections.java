package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.Send;
import dev.quorate.raft.RaftMessage.PreVoteReply;
import dev.quorate.raft.RaftMessage.PreVoteRequest;
import dev.quorate.raft.RaftMessage.VoteReply;
import dev.quorate.raft.RaftMessage.VoteRequest;
import dev.quorate.raft.Role.Candidate;
import dev.quorate.raft.Role.Follower;
import dev.quorate.raft.Role.Leader;
import dev.quorate.raft.Role.PreCandidate;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.ReplicaId;

/// How a leader is chosen: §5.2, §5.4.1, and thesis §9.6 for pre-votes.
final class Elections {
    private final Replica replica;
    private final Leading leading;

    Elections(Replica replica, Leading leading) {
        this.replica = replica;
        this.leading = leading;
    }

    /// Answers a pre-vote. It promises nothing, so it need not be durable.
    void preVote(Moment now, Member from, PreVoteRequest request, Effects out) {
        if (tellsRemoved(from)) {
            long index = replica.configurations().latestIndex();
            out.emit(new Send(from, new RaftMessage.Removed(replica.term(), index)));
            return;
        }
        boolean granted =
                request.term() > replica.term()
                        && request.lastLog().compareTo(replica.log().last()) >= 0
                        && !replica.electsNobody(now.nanos());
        long answered = granted ? request.term() : replica.term();
        out.emit(new Send(from, new PreVoteReply(answered, granted)));
    }

    /// Whether we lead, have committed in our term, and the committed configuration in force does
    /// not name the asker: whoever asks for votes was a voter once, so it was removed.
    private boolean tellsRemoved(Member from) {
        return replica.role() instanceof Leader leader
                && replica.commitIndex() >= leader.firstIndex()
                && replica.commitIndex() >= replica.configurations().latestIndex()
                && !replica.configuration().contains(from.replica());
    }

    void countPreVote(Moment now, Member from, PreVoteReply reply) {
        if (replica.role() instanceof PreCandidate(Ballot ballot)
                && reply.granted()
                && reply.term() == replica.term() + 1) {
            ballot.grant(from.replica());
            if (ballot.won(replica.configuration())) {
                campaign(now, false);
            }
        }
    }

    /// The leader wants us to take over: no pre-vote, it knows that we would win.
    void timeoutNow(Moment now, Member from, long asked) {
        if (asked == replica.term()
                && replica.role() instanceof Follower follower
                && from.equals(follower.leader())
                && replica.mayCampaign()) {
            campaign(now, true);
        }
    }

    /// Grants or denies a vote (§5.2, §5.4.1). The answer leaves once the vote is durable.
    void vote(Moment now, Member candidate, VoteRequest request) {
        ReplicaId votedFor = replica.votedFor();
        boolean granted =
                request.term() == replica.term()
                        && (votedFor == null || votedFor.equals(candidate.replica()))
                        && !(replica.role() instanceof Leader)
                        && request.lastLog().compareTo(replica.log().last()) >= 0;
        if (granted && votedFor == null) {
            replica.voteFor(candidate.replica());
            replica.patience().arm(now.nanos());
        }
        replica.persistence().hold(candidate, new VoteReply(replica.term(), granted));
    }

    void countVote(Moment now, Member voter, VoteReply reply) {
        if (replica.role() instanceof Candidate(Ballot ballot)
                && reply.granted()
                && reply.term() == replica.term()) {
            count(now, ballot, voter.replica());
        }
    }

    /// A write completed: the own vote counts once it is durable.
    void countOwnVote(Moment now) {
        if (replica.role() instanceof Candidate(Ballot ballot)
                && replica.persistence().hardStateIsDurable()) {
            count(now, ballot, replica.self());
        }
    }

    private void count(Moment now, Ballot ballot, ReplicaId voter) {
        ballot.grant(voter);
        if (ballot.won(replica.configuration())) {
            leading.takeOffice(now);
        }
    }

    /// Nobody leads: asks whether it would be elected. While a lease may be in force that it has
    /// confirmed, it asks nobody: its own vote would count, too (rule R11).
    void preCampaign(Moment now, Effects out) {
        Patience patience = replica.patience();
        if (!replica.mayCampaign() || replica.leavesElectionToOthers()) {
            giveUp(now, out);
            return;
        }
        if (patience.isBound(now.nanos())) {
            patience.wakeAt(patience.boundUntilNanos());
            return;
        }
        if (replica.role() instanceof Follower follower) {
            follower.failReads(out);
        }
        Ballot ballot = new Ballot();
        ballot.grant(replica.self());
        replica.become(new PreCandidate(ballot));
        patience.arm(now.nanos());
        patience.campaigns();
        if (ballot.won(replica.configuration())) {
            campaign(now, false);
            return;
        }
        PreVoteRequest request = new PreVoteRequest(replica.term() + 1, replica.log().last());
        for (Member peer : replica.configuration().everyone()) {
            if (isOtherVoter(peer)) {
                out.emit(new Send(peer, request));
            }
        }
    }

    /// Its leader is silent, and it is not for this replica to replace it.
    private void giveUp(Moment now, Effects out) {
        if (!(replica.role() instanceof Follower follower) || follower.leader() != null) {
            replica.enterTerm(now, replica.term(), null, out);
        }
        replica.patience().arm(now.nanos());
    }

    private void campaign(Moment now, boolean handover) {
        replica.raiseTerm();
        replica.become(new Candidate(new Ballot()));
        replica.patience().arm(now.nanos());
        VoteRequest request = new VoteRequest(replica.term(), replica.log().last(), handover);
        for (Member peer : replica.configuration().everyone()) {
            if (isOtherVoter(peer)) {
                replica.persistence().hold(peer, request);
            }
        }
    }

    private boolean isOtherVoter(Member peer) {
        return !peer.replica().equals(replica.self())
                && replica.configuration().isVoter(peer.replica());
    }
}
