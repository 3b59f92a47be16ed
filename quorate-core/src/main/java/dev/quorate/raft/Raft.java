package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.NotTaken;
import dev.quorate.raft.RaftEffect.Reason;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.AppendRejected;
import dev.quorate.raft.RaftMessage.AppendRequest;
import dev.quorate.raft.RaftMessage.Heartbeat;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.raft.RaftMessage.PreVoteReply;
import dev.quorate.raft.RaftMessage.PreVoteRequest;
import dev.quorate.raft.RaftMessage.TimeoutNow;
import dev.quorate.raft.RaftMessage.VoteReply;
import dev.quorate.raft.RaftMessage.VoteRequest;
import dev.quorate.raft.Role.Candidate;
import dev.quorate.raft.Role.Follower;
import dev.quorate.raft.Role.Leader;
import dev.quorate.raft.Role.PreCandidate;
import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One replica of one Raft group, as a deterministic state machine (Ongaro and Ousterhout, "In
/// search of an understandable consensus algorithm", extended version; Ongaro's thesis where said).
///
/// The replica performs no I/O and never reads a clock: [#step] takes the time and one [RaftInput];
/// [#flush], once after a run of steps, emits what they caused, in batches. Equal inputs, times and
/// random numbers give equal effects.
///
/// Not thread-safe: one reactor owns it.
public final class Raft {
    private final Replica replica;
    private final Elections elections;
    private final Following following;
    private final Leading leading;

    /// Restores a replica from stable storage, or creates a new one from [Restored#NOTHING].
    public Raft(RaftConfig config, RandomGenerator random, Moment now, Restored restored) {
        replica = new Replica(config, random, now, restored);
        leading = new Leading(replica);
        following = new Following(replica);
        elections = new Elections(replica, leading);
    }

    /// The latest monotonic time by which [RaftInput.Wakeup] wants to be stepped.
    public long nextDeadlineNanos() {
        return replica.deadlineNanos();
    }

    /// The current term.
    public long term() {
        return replica.term();
    }

    /// Whom this replica voted for in the current term.
    public @Nullable NodeId votedFor() {
        return replica.votedFor();
    }

    /// The highest index known to be committed.
    public long commitIndex() {
        return replica.commitIndex();
    }

    /// The highest index the state machine has applied.
    public long appliedIndex() {
        return replica.applying().appliedIndex();
    }

    /// The highest index this replica would still hold after a crash.
    public long durableIndex() {
        return replica.persistence().durableIndex();
    }

    /// The last entry of the log.
    public LogPosition lastPosition() {
        return replica.log().last();
    }

    /// The replica's role.
    public RaftEffect.RoleName role() {
        return replica.role().name();
    }

    /// Whether this replica leads its group.
    public boolean isLeader() {
        return replica.role() instanceof Leader;
    }

    /// Whether this replica leads its group and is not just handing it over.
    public boolean takesProposals() {
        return replica.role() instanceof Leader leader && !leader.handsOver();
    }

    /// The leader of the current term as far as this replica knows.
    public @Nullable NodeId leader() {
        return switch (replica.role()) {
            case Leader _ -> replica.config().self();
            case Follower follower -> follower.leader();
            case PreCandidate _, Candidate _ -> null;
        };
    }

    /// Takes one input in.
    public void step(Moment now, RaftInput input, Credits credits, Effects out) {
        switch (input) {
            case RaftInput.Received(NodeId from, RaftMessage message) ->
                    receive(now, from, message, out);
            case RaftInput.Propose(long requestId, Bytes command) ->
                    propose(now, requestId, command, out);
            case RaftInput.ProposeTick() -> {
                if (isLeader()) {
                    leading.tick(now);
                }
            }
            case RaftInput.Read(long requestId) -> read(requestId, out);
            case RaftInput.Persisted(long ticket) -> persisted(now, ticket, out);
            case RaftInput.Opened(long durableApplied) -> opened(durableApplied);
            case RaftInput.Applied(long index) -> replica.applying().applied(index);
            case RaftInput.DurablyApplied(long index) -> replica.applying().durablyApplied(index);
            case RaftInput.LogRead(NodeId peer, List<Entry> entries) ->
                    logRead(now, peer, entries, credits, out);
            case RaftInput.Wakeup() -> wakeup(now, out);
        }
    }

    /// Emits what the steps since the last flush have caused, as far as the credits reach.
    ///
    /// @return whether something waits for a credit: flush again when one has come back
    public boolean flush(Moment now, Credits credits, Effects out) {
        if (replica.role() instanceof Leader leader) {
            leading.flush(now, leader, out);
        }
        Persistence persistence = replica.persistence();
        boolean starving = persistence.write(credits, out);
        persistence.release(replica.term(), out);
        if (replica.role() instanceof Follower follower) {
            following.acknowledge(follower, out);
        }
        starving |= replica.applying().advance(replica.log(), replica.applyLimit(), credits, out);
        evict();
        if (replica.takeRoleChanged()) {
            out.emit(new RaftEffect.RoleChanged(replica.term(), role(), leader()));
        }
        return starving;
    }

    /// Keeps in memory what is not applied yet, as long as that is little; what is neither
    /// committed nor durable, always.
    private void evict() {
        RaftConfig.Limits limits = replica.config().limits();
        replica.log().evict(replica.applying().appliedIndex(), limits.cacheBytes());
        replica.log().evict(replica.applyLimit(), limits.inflightBytes());
    }

    private void receive(Moment now, NodeId from, RaftMessage message, Effects out) {
        if (!replica.config().voters().contains(from)) {
            return;
        }
        if (message instanceof PreVoteRequest request) {
            elections.preVote(now, from, request, out);
            return;
        }
        if (message instanceof VoteRequest request
                && request.term() > term()
                && !request.handover()
                && replica.hearsLeader(now.nanos())) {
            return; // a leader is alive: whoever asks was cut off from it (thesis §4.2.3)
        }
        boolean preVoteGranted = message instanceof PreVoteReply reply && reply.granted();
        if (message.term() > term() && !preVoteGranted) {
            replica.enterTerm(now, message.term(), null, out);
        }
        switch (message) {
            case PreVoteRequest _ -> throw new IllegalStateException("handled above");
            case PreVoteReply reply -> elections.countPreVote(now, from, reply);
            case VoteRequest request -> elections.vote(now, from, request);
            case VoteReply reply -> elections.countVote(now, from, reply);
            case TimeoutNow(long asked) -> elections.timeoutNow(now, from, asked);
            case AppendRequest request -> following.append(now, from, request, out);
            case Heartbeat beat -> following.heartbeat(now, from, beat, out);
            case AppendAccepted reply -> leading.accepted(now, from, reply, out);
            case AppendRejected reply -> leading.rejected(now, from, reply, out);
            case HeartbeatReply(long replyTerm, long round) ->
                    leading.heard(now, from, replyTerm, round, out);
        }
    }

    private void propose(Moment now, long requestId, Bytes command, Effects out) {
        if (replica.role() instanceof Leader leader) {
            leading.propose(now, leader, requestId, command, out);
        } else {
            out.emit(new NotTaken(requestId, Reason.NOT_LEADER, leader()));
        }
    }

    private void read(long requestId, Effects out) {
        if (replica.role() instanceof Leader leader) {
            leader.read(requestId);
        } else {
            out.emit(new NotTaken(requestId, Reason.NOT_LEADER, leader()));
        }
    }

    private void persisted(Moment now, long ticket, Effects out) {
        replica.persistence().persisted(ticket);
        replica.persistence().release(replica.term(), out);
        elections.countOwnVote(now);
    }

    private void opened(long durableApplied) {
        Log log = replica.log();
        if (durableApplied > log.lastIndex()) {
            throw new InvariantBroken(
                    "the state machine has applied %d, but the log ends at %s: the journal has lost entries"
                            .formatted(durableApplied, log.last()));
        }
        if (durableApplied < log.compacted().index()) {
            throw new InvariantBroken(
                    "the state machine has applied only %d, but the log begins after %s: the state machine has lost data"
                            .formatted(durableApplied, log.compacted()));
        }
        replica.applying().opened(durableApplied);
        replica.commitTo(durableApplied);
    }

    private void logRead(
            Moment now, NodeId peer, List<Entry> entries, Credits credits, Effects out) {
        if (peer.equals(replica.config().self())) {
            replica.applying().logRead(entries, replica.applyLimit(), credits, out);
        } else if (replica.role() instanceof Leader leader) {
            leading.logRead(now, leader, peer, entries, out);
        }
    }

    private void wakeup(Moment now, Effects out) {
        if (now.nanos() - replica.deadlineNanos() < 0) {
            return;
        }
        switch (replica.role()) {
            case Follower _, PreCandidate _, Candidate _ -> elections.preCampaign(now, out);
            case Leader leader -> leading.beat(now, leader, out);
        }
    }

    @Override
    public String toString() {
        return replica.toString();
    }
}
