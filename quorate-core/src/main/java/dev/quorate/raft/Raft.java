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
import dev.quorate.raft.RaftMessage.ReadIndexReply;
import dev.quorate.raft.RaftMessage.ReadIndexRequest;
import dev.quorate.raft.RaftMessage.SnapshotOffer;
import dev.quorate.raft.RaftMessage.TimeoutNow;
import dev.quorate.raft.RaftMessage.VoteReply;
import dev.quorate.raft.RaftMessage.VoteRequest;
import dev.quorate.raft.Role.Candidate;
import dev.quorate.raft.Role.Follower;
import dev.quorate.raft.Role.Leader;
import dev.quorate.raft.Role.PreCandidate;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
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
    private final Installing installing;

    /// Restores a replica from stable storage, or creates a new one from [Restored#NOTHING].
    public Raft(RaftConfig config, RandomGenerator random, Moment now, Restored restored) {
        replica = new Replica(config, random, now, restored);
        leading = new Leading(replica);
        following = new Following(replica);
        elections = new Elections(replica, leading);
        installing = new Installing(replica, restored.installing());
    }

    /// The latest monotonic time by which [RaftInput.Wakeup] wants to be stepped.
    public long nextDeadlineNanos() {
        return replica.patience().deadlineNanos();
    }

    /// The current term.
    public long term() {
        return replica.term();
    }

    /// Whom this replica voted for in the current term.
    public @Nullable ReplicaId votedFor() {
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

    /// The last entry that is not in the log any more; a snapshot or the beginning.
    public LogPosition compacted() {
        return replica.log().compacted();
    }

    /// The last entry of the log.
    public LogPosition lastPosition() {
        return replica.log().last();
    }

    /// The configuration in force: the latest in the log, committed or not (thesis §4.1).
    public Configuration configuration() {
        return replica.configuration();
    }

    /// Index of the entry that brought the configuration in force.
    public long configurationIndex() {
        return replica.configurations().latestIndex();
    }

    /// Whether the configuration in force is committed.
    public boolean configurationIsCommitted() {
        return replica.commitIndex() >= replica.configurations().latestIndex();
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
        return replica.role() instanceof Leader leader && leader.handover() == null;
    }

    /// Whether the group has removed this replica.
    public boolean isRemoved() {
        return replica.removed();
    }

    /// Whether the state machine may be asked: not while it becomes a snapshot.
    public boolean servesReads() {
        return !replica.installing();
    }

    /// Whether this replica has led since `sinceTerm` began and may answer reads without asking
    /// anybody: to be asked again after the data was read (rule R11).
    public boolean holdsLease(Moment now, long sinceTerm) {
        return replica.role() instanceof Leader leader
                && replica.term() == sinceTerm
                && leading.holdsLease(leader, now);
    }

    /// The learners that keep up, and so may vote, as far as a leader knows.
    public List<Member> promotable() {
        return replica.role() instanceof Leader leader
                ? replica.configuration().learners().stream()
                        .filter(learner -> keepsUp(leader, learner.replica()))
                        .toList()
                : List.of();
    }

    /// The members that have answered this leader within two election timeouts, itself among them;
    /// empty unless the replica leads.
    public List<Member> answering(Moment now) {
        List<Member> members = new ArrayList<>();
        if (replica.role() instanceof Leader leader) {
            long sinceNanos = now.nanos() - 2 * replica.patience().electionNanos();
            Member self = replica.configuration().member(replica.self());
            if (self != null) {
                members.add(self);
            }
            for (Progress follower : leader.followers()) {
                if (follower.answeredSince(sinceNanos)) {
                    members.add(follower.peer());
                }
            }
        }
        return members;
    }

    /// When a leader last heard of each other replica of its group, in its own monotonic time; of
    /// those it never heard of, when it began to speak to them. Empty unless the replica leads.
    public List<Heard> heard() {
        return replica.role() instanceof Leader leader
                ? leader.followers().stream()
                        .map(one -> new Heard(one.peer(), one.heardNanos(), one.matchIndex()))
                        .toList()
                : List.of();
    }

    /// What a leader heard of another replica of its group.
    ///
    /// @param matchIndex up to here it is known to hold the log
    public record Heard(Member replica, long atNanos, long matchIndex) {}

    private static boolean keepsUp(Leader leader, ReplicaId learner) {
        Progress follower = leader.follower(learner);
        return follower != null && follower.keepsUp();
    }

    /// The leader of the current term as far as this replica knows.
    public @Nullable Member leader() {
        return switch (replica.role()) {
            case Leader _ -> replica.config().self();
            case Follower follower -> follower.leader();
            case PreCandidate _, Candidate _ -> null;
        };
    }

    /// Takes one input in.
    public void step(Moment now, RaftInput input, Credits credits, Effects out) {
        switch (input) {
            case RaftInput.Received(Member from, RaftMessage message) ->
                    receive(now, from, message, out);
            case RaftInput.Propose propose -> propose(now, propose, out);
            case RaftInput.ProposeTick() -> {
                if (takesProposals()) {
                    leading.tick(now);
                }
            }
            case RaftInput.ChangeMembers change -> {
                if (replica.role() instanceof Leader leader) {
                    leading.membership().change(now, leader, change, out);
                } else {
                    refuse(change.requestId(), out);
                }
            }
            case RaftInput.Transfer(ReplicaId target) -> {
                if (replica.role() instanceof Leader leader) {
                    leading.beating().transfer(now, leader, target, out);
                }
            }
            case RaftInput.Retire() -> {
                replica.retire();
                if (replica.role() instanceof Leader leader) {
                    leading.beating().transfer(now, leader, null, out);
                }
            }
            case RaftInput.Prefer(ReplicaId preferred) -> replica.preferred(preferred);
            case RaftInput.Read(long requestId, boolean lease) -> read(now, requestId, lease, out);
            case RaftInput.Persisted(long ticket) -> persisted(now, ticket, out);
            case RaftInput.Opened(long durableApplied) -> opened(durableApplied);
            case RaftInput.Applied(long index) -> replica.applying().applied(index);
            case RaftInput.DurablyApplied(long index) -> replica.applying().durablyApplied(index);
            case RaftInput.ApplyStopped() -> replica.sick(true);
            case RaftInput.LogRead(ReplicaId peer, List<Entry> entries) ->
                    logRead(now, peer, entries, credits, out);
            case RaftInput.SnapshotTaken taken -> {
                if (replica.role() instanceof Leader leader) {
                    leading.snapshotTaken(leader, taken, out);
                } else {
                    out.emit(new RaftEffect.ReleaseSnapshot());
                }
            }
            case RaftInput.SnapshotNotTaken() -> {
                if (replica.role() instanceof Leader leader) {
                    leader.snapshotNotTaken();
                }
            }
            case RaftInput.SnapshotFetched(SnapshotMeta meta) -> installing.fetched(meta, out);
            case RaftInput.SnapshotNotFetched(SnapshotMeta meta) -> installing.notFetched(meta);
            case RaftInput.SnapshotRestored(long index) -> installing.restored(index);
            case RaftInput.Compact() -> replica.compactHard(out);
            case RaftInput.Clock clock -> replica.clock(clock);
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
        starving |= installing.advance(credits, out);
        starving |= replica.applying().advance(replica.log(), replica.applyLimit(), credits, out);
        evict();
        replica.announceConfiguration(out);
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

    private void receive(Moment now, Member from, RaftMessage message, Effects out) {
        if (from.replica().equals(replica.self())
                || (replica.removed() && !concernsRemoved(message))) {
            return;
        }
        if (message instanceof PreVoteRequest request) {
            elections.preVote(now, from, request, out);
            return;
        }
        if (message instanceof VoteRequest request
                && request.term() > term()
                && !request.handover()
                && replica.electsNobody(now.nanos())) {
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
            case SnapshotOffer offer -> installing.offered(now, from, offer, out);
            case ReadIndexReply reply -> following.readIndex(from, reply, out);
            case AppendAccepted reply -> leading.accepted(now, from, reply, out);
            case AppendRejected reply -> leading.rejected(now, from, reply, out);
            case HeartbeatReply reply -> leading.beatAnswered(now, from, reply, out);
            case ReadIndexRequest request -> leading.readIndex(now, from, request, out);
            case RaftMessage.Removed(long _, long configIndex) -> removed(configIndex, out);
        }
    }

    /// Whether one that was removed listens: to leaders, and to candidates. Others may have named
    /// it again, so that its vote is needed to get to the configuration that says so (thesis
    /// §4.2.2).
    private static boolean concernsRemoved(RaftMessage message) {
        return message instanceof AppendRequest
                || message instanceof Heartbeat
                || message instanceof SnapshotOffer
                || message instanceof PreVoteRequest
                || message instanceof VoteRequest;
    }

    /// A leader says that the group has removed us. What we know of later changes is stronger.
    private void removed(long configIndex, Effects out) {
        if (!isLeader() && configIndex > replica.configurations().latestIndex()) {
            replica.remove(configIndex, out);
        }
    }

    private void propose(Moment now, RaftInput.Propose propose, Effects out) {
        if (replica.role() instanceof Leader leader) {
            leading.propose(now, leader, propose, out);
        } else {
            refuse(propose.requestId(), out);
        }
    }

    private void read(Moment now, long requestId, boolean lease, Effects out) {
        boolean taken =
                switch (replica.role()) {
                    case Leader leader -> {
                        Reads.Asker asker = new Reads.Asker(requestId, /* follower= */ null);
                        leading.read(now, leader, asker, lease, out);
                        yield true;
                    }
                    case Follower follower ->
                            following.askReadIndex(follower, requestId, lease, out);
                    case PreCandidate _, Candidate _ -> false;
                };
        if (!taken) {
            refuse(requestId, out);
        }
    }

    private void refuse(long requestId, Effects out) {
        out.emit(new NotTaken(requestId, Reason.NOT_LEADER, leader()));
    }

    private void persisted(Moment now, long ticket, Effects out) {
        replica.persistence().persisted(ticket);
        installing.persisted(out);
        replica.persistence().release(replica.term(), out);
        elections.countOwnVote(now);
    }

    private void opened(long durableApplied) {
        Log log = replica.log();
        SnapshotMeta begun = installing.meta();
        if (durableApplied > log.lastIndex()
                && (begun == null || durableApplied != begun.index())) {
            throw new InvariantBroken(
                    "the state machine has applied %d, but the log ends at %s: the journal has lost entries"
                            .formatted(durableApplied, log.last()));
        }
        if (durableApplied < log.compacted().index()) {
            throw new InvariantBroken(
                    "the state machine has applied only %d, but the log begins after %s: the state machine has lost data"
                            .formatted(durableApplied, log.compacted()));
        }
        boolean again = begun == null && durableApplied > log.compacted().index();
        replica.applying().opened(durableApplied, again);
        if (begun == null) {
            replica.commitTo(durableApplied);
        }
        installing.opened(durableApplied);
    }

    private void logRead(
            Moment now, ReplicaId peer, List<Entry> entries, Credits credits, Effects out) {
        if (peer.equals(replica.self())) {
            replica.applying().logRead(entries, replica.applyLimit(), credits, out);
        } else if (replica.role() instanceof Leader leader) {
            leading.logRead(now, leader, peer, entries, out);
        }
    }

    private void wakeup(Moment now, Effects out) {
        if (now.nanos() - nextDeadlineNanos() < 0) {
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
