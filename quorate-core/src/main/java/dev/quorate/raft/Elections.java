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
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;

/// How a leader is chosen: §5.2, §5.4.1, and thesis §9.6 for pre-votes.
final class Elections {
    private final Replica replica;
    private final Leading leading;

    Elections(Replica replica, Leading leading) {
        this.replica = replica;
        this.leading = leading;
    }

    /// Answers a pre-vote. It promises nothing, so it need not be durable.
    void preVote(Moment now, NodeId from, PreVoteRequest request, Effects out) {
        boolean granted =
                request.term() > replica.term()
                        && request.lastLog().compareTo(replica.log().last()) >= 0
                        && !replica.hearsLeader(now.nanos());
        long answered = granted ? request.term() : replica.term();
        out.emit(new Send(from, new PreVoteReply(answered, granted)));
    }

    void countPreVote(Moment now, NodeId from, PreVoteReply reply) {
        if (replica.role() instanceof PreCandidate(Ballot ballot)
                && reply.granted()
                && reply.term() == replica.term() + 1) {
            ballot.grant(from);
            if (ballot.won(replica.config().quorum())) {
                campaign(now, false);
            }
        }
    }

    /// The leader wants us to take over: no pre-vote, it knows that we would win.
    void timeoutNow(Moment now, NodeId from, long asked) {
        if (asked == replica.term()
                && replica.role() instanceof Follower follower
                && from.equals(follower.leader())) {
            campaign(now, true);
        }
    }

    /// Grants or denies a vote (§5.2, §5.4.1). The answer leaves once the vote is durable.
    void vote(Moment now, NodeId candidate, VoteRequest request) {
        NodeId votedFor = replica.votedFor();
        boolean granted =
                request.term() == replica.term()
                        && (votedFor == null || votedFor.equals(candidate))
                        && !(replica.role() instanceof Leader)
                        && request.lastLog().compareTo(replica.log().last()) >= 0;
        if (granted && votedFor == null) {
            replica.voteFor(candidate);
            replica.armElectionTimer(now.nanos());
        }
        replica.persistence().hold(candidate, new VoteReply(replica.term(), granted));
    }

    void countVote(Moment now, NodeId voter, VoteReply reply) {
        if (replica.role() instanceof Candidate(Ballot ballot)
                && reply.granted()
                && reply.term() == replica.term()) {
            count(now, ballot, voter);
        }
    }

    /// A write completed: the own vote counts once it is durable.
    void countOwnVote(Moment now) {
        if (replica.role() instanceof Candidate(Ballot ballot)
                && replica.persistence().hardStateIsDurable()) {
            count(now, ballot, replica.config().self());
        }
    }

    private void count(Moment now, Ballot ballot, NodeId voter) {
        ballot.grant(voter);
        if (ballot.won(replica.config().quorum())) {
            leading.takeOffice(now);
        }
    }

    /// Nobody leads: asks whether it would be elected.
    void preCampaign(Moment now, Effects out) {
        Ballot ballot = new Ballot();
        ballot.grant(replica.config().self());
        replica.become(new PreCandidate(ballot));
        replica.armElectionTimer(now.nanos());
        if (ballot.won(replica.config().quorum())) {
            campaign(now, false);
            return;
        }
        PreVoteRequest request = new PreVoteRequest(replica.term() + 1, replica.log().last());
        for (NodeId peer : replica.config().voters()) {
            if (!peer.equals(replica.config().self())) {
                out.emit(new Send(peer, request));
            }
        }
    }

    private void campaign(Moment now, boolean handover) {
        replica.raiseTerm();
        replica.become(new Candidate(new Ballot()));
        replica.armElectionTimer(now.nanos());
        VoteRequest request = new VoteRequest(replica.term(), replica.log().last(), handover);
        for (NodeId peer : replica.config().voters()) {
            if (!peer.equals(replica.config().self())) {
                replica.persistence().hold(peer, request);
            }
        }
    }
}
