package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.NotTaken;
import dev.quorate.raft.RaftEffect.Persist;
import dev.quorate.raft.RaftEffect.Reason;
import dev.quorate.raft.RaftEffect.Send;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.AppendRejected;
import dev.quorate.raft.RaftMessage.AppendRequest;
import dev.quorate.raft.RaftMessage.Heartbeat;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.raft.RaftMessage.PreVoteReply;
import dev.quorate.raft.RaftMessage.PreVoteRequest;
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
    private final RaftConfig config;
    private final RandomGenerator random;
    private final Log log;
    private final Durability durability;
    private final Outbox outbox = new Outbox();
    private final Applying applying;

    private long term;
    private @Nullable NodeId votedFor;
    private Role role;
    private long commitIndex;
    private long everywhereIndex;
    private long deadlineNanos;
    private long leaderHeardNanos;
    private boolean leaderHeard;

    private long lastTicket;
    private boolean hardStateChanged;
    private long hardStateTicket;
    private long persistedTicket;
    private long unwrittenFrom;
    private boolean roleChanged = true;

    /// Restores a replica from stable storage, or creates a new one from [Restored#NOTHING].
    public Raft(RaftConfig config, RandomGenerator random, Moment now, Restored restored) {
        this.config = config;
        this.random = random;
        this.log = new Log(restored);
        this.durability = new Durability(restored.lastIndex());
        this.applying = new Applying(config.self(), config.limits().applyBytes());
        this.term = restored.hardState().term();
        this.votedFor = restored.hardState().votedFor();
        this.commitIndex = restored.compacted().index();
        this.everywhereIndex = commitIndex;
        this.unwrittenFrom = restored.lastIndex() + 1;
        this.role = new Follower(null, commitIndex);
        if (log.lastTerm() > term) {
            throw new InvariantBroken("log ends in term " + log.lastTerm() + ", vote in " + term);
        }
        armBootTimer(now.nanos());
    }

    /// The latest monotonic time by which [RaftInput.Wakeup] wants to be stepped.
    public long nextDeadlineNanos() {
        return deadlineNanos;
    }

    /// The current term.
    public long term() {
        return term;
    }

    /// Whom this replica voted for in the current term.
    public @Nullable NodeId votedFor() {
        return votedFor;
    }

    /// The highest index known to be committed.
    public long commitIndex() {
        return commitIndex;
    }

    /// The highest index the state machine has applied.
    public long appliedIndex() {
        return applying.appliedIndex();
    }

    /// The highest index this replica would still hold after a crash.
    public long durableIndex() {
        return durability.durableIndex();
    }

    /// The last entry of the log.
    public LogPosition lastPosition() {
        return log.last();
    }

    /// The replica's role.
    public RaftEffect.RoleName role() {
        return role.name();
    }

    /// Whether this replica leads its group.
    public boolean isLeader() {
        return role instanceof Leader;
    }

    /// Whether this replica leads its group and is not just handing it over.
    public boolean takesProposals() {
        return role instanceof Leader leader
                && (leader.handover() == null || !leader.handover().active());
    }

    /// The leader of the current term as far as this replica knows.
    public @Nullable NodeId leader() {
        return switch (role) {
            case Leader _ -> config.self();
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
                if (role instanceof Leader) {
                    append(now, Entry.Kind.TICK, Bytes.EMPTY);
                }
            }
            case RaftInput.Read(long requestId) -> read(requestId, out);
            case RaftInput.Persisted(long ticket) -> persisted(now, ticket, out);
            case RaftInput.Opened(long durableApplied) -> opened(durableApplied);
            case RaftInput.Applied(long index) -> applying.applied(index);
            case RaftInput.DurablyApplied(long index) -> applying.durablyApplied(index);
            case RaftInput.LogRead(NodeId peer, List<Entry> entries) ->
                    logRead(now, peer, entries, credits, out);
            case RaftInput.Wakeup() -> wakeup(now, out);
        }
    }

    /// Emits what the steps since the last flush have caused, as far as the credits reach.
    ///
    /// @return whether something waits for a credit: flush again when one has come back
    public boolean flush(Moment now, Credits credits, Effects out) {
        if (role instanceof Leader leader) {
            advanceCommit(leader);
            if (leader.hasNewReads() && commitIndex >= leader.firstIndex()) {
                leader.startRound(commitIndex);
                leader.followers().forEach(follower -> heartbeat(leader, follower, out));
                leader.releaseReads(config.quorum(), out);
            }
            for (Progress follower : leader.followers()) {
                replicate(now, leader, follower, out);
            }
            Handover handover = leader.handover();
            if (handover != null && handover.mustAsk(log.lastIndex())) {
                out.emit(
                        new Send(
                                handover.follower().peer(), new RaftMessage.TimeoutNow(term)));
            }
        }
        boolean starving = persist(credits, out);
        outbox.release(persistedTicket, term, out);
        if (role instanceof Follower follower && follower.ackOwed()) {
            acknowledge(follower, out);
        }
        starving |= applying.advance(log, applyLimit(), credits, out);
        log.evict(applying.appliedIndex(), config.limits().cacheBytes());
        log.evict(applyLimit(), config.limits().inflightBytes());
        if (roleChanged) {
            roleChanged = false;
            out.emit(new RaftEffect.RoleChanged(term, role.name(), leader()));
        }
        return starving;
    }

    // ---- messages ------------------------------------------------------------------------------

    private void receive(Moment now, NodeId from, RaftMessage message, Effects out) {
        if (!config.voters().contains(from)) {
            return;
        }
        if (message instanceof PreVoteRequest request) {
            preVote(now, from, request, out);
            return;
        }
        if (message instanceof VoteRequest request
                && request.term() > term
                && !request.handover()
                && hearsLeader(now.nanos())) {
            return; // a leader is alive: whoever asks was cut off from it (thesis §4.2.3)
        }
        boolean preVoteGranted = message instanceof PreVoteReply reply && reply.granted();
        if (message.term() > term && !preVoteGranted) {
            enterTerm(now, message.term(), null, out);
        }
        switch (message) {
            case PreVoteRequest _ -> throw new IllegalStateException("handled above");
            case PreVoteReply reply -> countPreVote(now, from, reply);
            case VoteRequest request -> vote(now, from, request);
            case VoteReply reply -> countVote(now, from, reply);
            case AppendRequest request -> appendFrom(now, from, request, out);
            case Heartbeat beat -> heartbeatFrom(now, from, beat, out);
            case AppendAccepted reply -> accepted(now, from, reply, out);
            case AppendRejected reply -> rejected(now, from, reply, out);
            case HeartbeatReply reply -> heardFrom(now, from, reply.term(), reply.round(), out);
            case RaftMessage.TimeoutNow(long asked) -> timeoutNow(now, from, asked);
        }
    }

    /// Whether a leader is known and was heard of within the shortest election timeout.
    private boolean hearsLeader(long nowNanos) {
        return switch (role) {
            case Leader _ -> true;
            case Follower follower ->
                    follower.leader() != null
                            && leaderHeard
                            && nowNanos - leaderHeardNanos < electionNanos();
            case PreCandidate _, Candidate _ -> false;
        };
    }

    private void preVote(Moment now, NodeId from, PreVoteRequest request, Effects out) {
        boolean granted =
                request.term() > term
                        && request.lastLog().compareTo(log.last()) >= 0
                        && !hearsLeader(now.nanos());
        // A pre-vote promises nothing, so it need not be durable.
        out.emit(new Send(from, new PreVoteReply(granted ? request.term() : term, granted)));
    }

    private void countPreVote(Moment now, NodeId from, PreVoteReply reply) {
        if (role instanceof PreCandidate(Ballot ballot)
                && reply.granted()
                && reply.term() == term + 1) {
            ballot.grant(from);
            if (ballot.won(config.quorum())) {
                campaign(now, false);
            }
        }
    }

    /// The leader wants us to take over: no pre-vote, it knows that we would win.
    private void timeoutNow(Moment now, NodeId from, long asked) {
        if (asked == term && role instanceof Follower follower && from.equals(follower.leader())) {
            campaign(now, true);
        }
    }

    /// Grants or denies a vote (§5.2, §5.4.1). The answer leaves once the vote is durable.
    private void vote(Moment now, NodeId candidate, VoteRequest request) {
        boolean free = votedFor == null || votedFor.equals(candidate);
        boolean granted =
                request.term() == term
                        && free
                        && !(role instanceof Leader)
                        && request.lastLog().compareTo(log.last()) >= 0;
        if (granted && votedFor == null) {
            votedFor = candidate;
            hardStateChanged = true;
            armElectionTimer(now.nanos());
        }
        hold(candidate, new VoteReply(term, granted));
    }

    private void countVote(Moment now, NodeId voter, VoteReply reply) {
        if (role instanceof Candidate(Ballot ballot) && reply.granted() && reply.term() == term) {
            ballot.grant(voter);
            if (ballot.won(config.quorum())) {
                lead(now);
            }
        }
    }

    /// Follower side of replication (§5.3).
    private void appendFrom(Moment now, NodeId from, AppendRequest request, Effects out) {
        if (request.term() < term) {
            hold(from, new HeartbeatReply(term, 0));
            return;
        }
        if (!wellFormed(request)) {
            return;
        }
        Follower follower = follow(now, from, out);
        LogPosition previous = request.previous();
        List<Entry> entries = request.entries();
        if (previous.index() < log.compacted().index()) {
            // What compaction removed was committed, and so is in every leader's log.
            long known = log.compacted().index() - previous.index();
            if (known > entries.size()) {
                return;
            }
            entries = entries.subList((int) known, entries.size());
            previous = log.compacted();
        }
        if (!log.contains(previous)) {
            long hint = log.lastNotAfterTerm(previous.index(), previous.term());
            hold(
                    from,
                    new AppendRejected(
                            term, previous.index(), log.termAt(hint), hint, request.round()));
            return;
        }
        if (log.bytesAfter(unwrittenFrom - 1) > config.limits().inflightBytes()) {
            return; // more than the disk keeps up with (rule R10): the leader will send it again
        }
        merge(entries);
        follower.verified(previous.index() + entries.size(), request.round());
        commitTo(Math.min(request.commitIndex(), follower.verifiedIndex()));
        everywhereIndex = Math.max(everywhereIndex, Math.min(request.everywhere(), commitIndex));
    }

    /// Whether the entries could be a piece of any leader's log.
    private static boolean wellFormed(AppendRequest request) {
        long index = request.previous().index();
        long entryTerm = request.previous().term();
        for (Entry entry : request.entries()) {
            if (entry.index() != ++index
                    || entry.term() < entryTerm
                    || entry.term() > request.term()) {
                return false;
            }
            entryTerm = entry.term();
        }
        return true;
    }

    /// Rules 3 and 4 of AppendEntries: what differs goes, what is missing comes.
    private void merge(List<Entry> entries) {
        for (Entry entry : entries) {
            if (entry.index() > log.lastIndex()) {
                log.append(entry);
            } else if (log.termAt(entry.index()) != entry.term()) {
                if (entry.index() <= commitIndex) {
                    throw new InvariantBroken(
                            entry.position() + " would replace a committed entry; " + this);
                }
                log.truncateFrom(entry.index());
                durability.truncated(entry.index());
                unwrittenFrom = Math.min(unwrittenFrom, entry.index());
                log.append(entry);
            }
        }
    }

    private void heartbeatFrom(Moment now, NodeId from, Heartbeat beat, Effects out) {
        if (beat.term() == term) {
            Follower follower = follow(now, from, out);
            commitTo(Math.min(beat.commitIndex(), follower.verifiedIndex()));
            everywhereIndex = Math.max(everywhereIndex, Math.min(beat.everywhere(), commitIndex));
            compact(out);
            if (commitIndex < beat.commitIndex() && follower.nothingVerified()) {
                askForProbe(from, beat.round());
            }
        }
        hold(from, new HeartbeatReply(term, beat.term() == term ? beat.round() : 0));
    }

    /// A replica that restarted has forgotten what it verified. The leader remembers what was
    /// acknowledged and, with nothing new to append, would never prove it again.
    private void askForProbe(NodeId leader, long round) {
        LogPosition last = log.last();
        hold(leader, new AppendRejected(term, last.index() + 1, last.term(), last.index(), round));
    }

    private void accepted(Moment now, NodeId from, AppendAccepted reply, Effects out) {
        Progress follower = heardFrom(now, from, reply.term(), reply.round(), out);
        if (follower != null) {
            if (reply.matchIndex() > log.lastIndex()) {
                throw new InvariantBroken(
                        from + " claims " + reply.matchIndex() + " of our log; " + this);
            }
            follower.accepted(reply.matchIndex(), now.nanos());
        }
    }

    private void rejected(Moment now, NodeId from, AppendRejected reply, Effects out) {
        Progress follower = heardFrom(now, from, reply.term(), reply.round(), out);
        if (follower != null && follower.concerns(reply.rejectedIndex())) {
            long match = log.lastNotAfterTerm(reply.hintIndex(), reply.hintTerm());
            follower.probeFrom(Math.min(match, reply.rejectedIndex() - 1) + 1);
        }
    }

    /// A follower answered in our term: it recognised us as leader when it did.
    private @Nullable Progress heardFrom(
            Moment now, NodeId from, long replyTerm, long round, Effects out) {
        if (!(role instanceof Leader leader) || replyTerm != term) {
            return null;
        }
        Progress follower = leader.follower(from);
        if (follower != null) {
            follower.heard(now.nanos(), round);
            leader.releaseReads(config.quorum(), out);
        }
        return follower;
    }

    // ---- clients -------------------------------------------------------------------------------

    private void propose(Moment now, long requestId, Bytes command, Effects out) {
        if (!takesProposals()) {
            out.emit(new NotTaken(requestId, Reason.NOT_LEADER, leader()));
        } else if (log.bytesAfter(commitIndex) > config.limits().uncommittedBytes()) {
            out.emit(new NotTaken(requestId, Reason.OVERLOADED, config.self()));
        } else {
            long index = append(now, Entry.Kind.COMMAND, command);
            out.emit(new RaftEffect.Proposed(requestId, term, index));
        }
    }

    private void read(long requestId, Effects out) {
        if (role instanceof Leader leader) {
            leader.read(requestId);
        } else {
            out.emit(new NotTaken(requestId, Reason.NOT_LEADER, leader()));
        }
    }

    // ---- lanes ---------------------------------------------------------------------------------

    private void persisted(Moment now, long ticket, Effects out) {
        persistedTicket = Math.max(persistedTicket, ticket);
        durability.persisted(ticket);
        outbox.release(ticket, term, out);
        if (role instanceof Candidate(Ballot ballot) && termIsDurable()) {
            ballot.grant(config.self());
            if (ballot.won(config.quorum())) {
                lead(now);
            }
        }
    }

    private void opened(long durableApplied) {
        if (durableApplied > log.lastIndex()) {
            throw new InvariantBroken(
                    "the state machine has applied "
                            + durableApplied
                            + ", but the log ends at "
                            + log.last()
                            + ": the journal has lost entries");
        }
        if (durableApplied < log.compacted().index()) {
            throw new InvariantBroken(
                    "the state machine has applied only "
                            + durableApplied
                            + ", but the log begins after "
                            + log.compacted()
                            + ": the state machine has lost data");
        }
        applying.opened(durableApplied);
        commitTo(durableApplied);
    }

    private void logRead(
            Moment now, NodeId peer, List<Entry> entries, Credits credits, Effects out) {
        if (peer.equals(config.self())) {
            applying.logRead(entries, applyLimit(), credits, out);
        } else if (role instanceof Leader leader) {
            Progress follower = leader.follower(peer);
            if (follower != null) {
                follower.readingLog(false);
                sendRead(now, leader, follower, entries, out);
            }
        }
    }

    private void sendRead(
            Moment now, Leader leader, Progress follower, List<Entry> entries, Effects out) {
        if (!entries.isEmpty()
                && entries.getFirst().index() == follower.nextIndex()
                && follower.nextIndex() > log.compacted().index()
                && entries.getLast().index() <= log.lastIndex()
                && log.termAt(entries.getLast().index()) == entries.getLast().term()
                && follower.maySend(log.lastIndex())) {
            sendAppend(now, leader, follower, entries, out);
        }
    }

    // ---- time ----------------------------------------------------------------------------------

    private void wakeup(Moment now, Effects out) {
        if (now.nanos() < deadlineNanos) {
            return;
        }
        switch (role) {
            case Follower _, PreCandidate _, Candidate _ -> preCampaign(now, out);
            case Leader leader -> beat(now, leader, out);
        }
    }

    /// Beats at multiples of the interval, so that all groups of a node beat in the same turn and
    /// their beats share a buffer.
    private void beat(Moment now, Leader leader, Effects out) {
        long interval = config.timing().heartbeat().toNanos();
        deadlineNanos = now.nanos() - Math.floorMod(now.nanos(), interval) + interval;
        if (now.nanos() - leader.quorumCheckNanos() >= electionNanos()) {
            if (!leader.heardFromQuorum(leader.quorumCheckNanos(), config.quorum())) {
                enterTerm(now, term, null, out); // nobody listens: somebody else may lead by now
                return;
            }
            leader.quorumChecked(now.nanos());
        }
        everywhereIndex =
                Math.max(
                        everywhereIndex,
                        Math.min(leader.everywhereIndex(durability.durableIndex()), commitIndex));
        for (Progress follower : leader.followers()) {
            follower.tick(now.nanos(), electionNanos());
            heartbeat(leader, follower, out);
        }
        compact(out);
        handOver(now, leader, interval);
    }

    private void handOver(Moment now, Leader leader, long interval) {
        Handover handover = leader.handover();
        if (handover == null || commitIndex < leader.firstIndex()) {
            return;
        }
        boolean answered = now.nanos() - handover.follower().heardNanos() <= 2 * interval;
        // who waits for the end of the hand-over is told that we lead again
        roleChanged |= handover.beat(now.nanos(), answered, log.lastIndex(), electionNanos());
    }

    private void heartbeat(Leader leader, Progress follower, Effects out) {
        out.emit(
                new Send(
                        follower.peer(),
                        new Heartbeat(term, commitIndex, leader.round(), everywhereIndex)));
    }

    /// Compaction keeps the last applied entry, so that a log always knows its last log time.
    private void compact(Effects out) {
        long limit = Math.min(everywhereIndex, applying.durablyApplied()) - 1;
        if (limit - log.compacted().index() >= config.limits().compactEntries()) {
            long limitTerm = log.termAt(limit);
            log.compact(limit);
            out.emit(new RaftEffect.Compact(limit, limitTerm));
        }
    }

    // ---- roles ---------------------------------------------------------------------------------

    /// Enters a term, or gives up a role in the current one, as a follower of `leader`.
    private void enterTerm(Moment now, long newTerm, @Nullable NodeId leader, Effects out) {
        if (role instanceof Leader deposed) {
            deposed.failReads(out);
        }
        if (newTerm != term) {
            term = newTerm;
            votedFor = null;
            hardStateChanged = true;
        }
        role = new Follower(leader, commitIndex);
        roleChanged = true;
        armElectionTimer(now.nanos());
    }

    /// Recognises `from` as the leader of the current term.
    private Follower follow(Moment now, NodeId from, Effects out) {
        if (role instanceof Leader) {
            throw new InvariantBroken(from + " leads term " + term + ", and so do we; " + this);
        }
        if (!(role instanceof Follower follower) || !from.equals(follower.leader())) {
            enterTerm(now, term, from, out);
        }
        leaderHeard = true;
        leaderHeardNanos = now.nanos();
        armElectionTimer(now.nanos());
        return (Follower) role;
    }

    private void preCampaign(Moment now, Effects out) {
        role = new PreCandidate(new Ballot());
        roleChanged = true;
        armElectionTimer(now.nanos());
        ((PreCandidate) role).ballot().grant(config.self());
        if (config.quorum() == 1) {
            campaign(now, false);
            return;
        }
        for (NodeId peer : config.voters()) {
            if (!peer.equals(config.self())) {
                out.emit(new Send(peer, new PreVoteRequest(term + 1, log.last())));
            }
        }
    }

    private void campaign(Moment now, boolean handover) {
        term++;
        votedFor = config.self();
        hardStateChanged = true;
        role = new Candidate(new Ballot());
        roleChanged = true;
        armElectionTimer(now.nanos());
        for (NodeId peer : config.voters()) {
            if (!peer.equals(config.self())) {
                hold(peer, new VoteRequest(term, log.last(), handover));
            }
        }
    }

    /// Takes office with an entry of the new term, which commits what went before (§5.4.2, §8).
    private void lead(Moment now) {
        List<Progress> followers = new ArrayList<>();
        for (NodeId peer : config.voters()) {
            if (!peer.equals(config.self())) {
                followers.add(new Progress(peer, config.limits(), log.lastIndex(), now.nanos()));
            }
        }
        role = new Leader(followers, log.lastIndex() + 1, config.preferred(), now.nanos());
        roleChanged = true;
        deadlineNanos = now.nanos();
        append(now, Entry.Kind.NOOP, Bytes.EMPTY);
    }

    // ---- leader --------------------------------------------------------------------------------

    private long append(Moment now, Entry.Kind kind, Bytes payload) {
        long index = log.lastIndex() + 1;
        long stamp = Math.max(log.lastStampMicros() + 1, now.wallMicros());
        log.append(new Entry(term, index, stamp, kind, payload));
        return index;
    }

    private void replicate(Moment now, Leader leader, Progress follower, Effects out) {
        while (follower.maySend(log.lastIndex())) {
            long next = follower.nextIndex();
            if (next <= log.compacted().index()) {
                return; // it lacks what compaction removed: only a snapshot can help it
            }
            if (next > log.lastIndex()) {
                sendAppend(now, leader, follower, List.of(), out);
            } else if (next >= log.cachedFrom()) {
                sendAppend(
                        now,
                        leader,
                        follower,
                        log.slice(next, log.lastIndex(), config.limits().messageBytes()),
                        out);
            } else {
                follower.readingLog(true);
                out.emit(
                        new RaftEffect.ReadLog(
                                follower.peer(), next, config.limits().messageBytes()));
            }
        }
    }

    private void sendAppend(
            Moment now, Leader leader, Progress follower, List<Entry> entries, Effects out) {
        long previous = follower.nextIndex() - 1;
        int bytes = 0;
        for (Entry entry : entries) {
            bytes += entry.sizeBytes();
        }
        out.emit(
                new Send(
                        follower.peer(),
                        new AppendRequest(
                                term,
                                new LogPosition(log.termAt(previous), previous),
                                entries,
                                commitIndex,
                                leader.round(),
                                everywhereIndex)));
        follower.sent(previous + entries.size(), bytes, now.nanos());
    }

    /// Commits what a quorum holds, but only through an entry of the current term (§5.4.2).
    private void advanceCommit(Leader leader) {
        long index = leader.quorumIndex(durability.durableIndex(), config.quorum());
        if (index > commitIndex && index >= leader.firstIndex()) {
            commitTo(index);
        }
    }

    private void commitTo(long index) {
        commitIndex = Math.max(commitIndex, index);
    }

    /// Rule R2: what is applied must be committed, and durable *here*.
    private long applyLimit() {
        return Math.min(commitIndex, durability.durableIndex());
    }

    // ---- durability ----------------------------------------------------------------------------

    /// Sends now if term and vote are durable, else as soon as they are.
    private void hold(NodeId to, RaftMessage message) {
        outbox.hold(hardStateChanged ? lastTicket + 1 : hardStateTicket, to, message);
    }

    private boolean termIsDurable() {
        return !hardStateChanged && hardStateTicket <= persistedTicket;
    }

    private boolean persist(Credits credits, Effects out) {
        while (hardStateChanged || unwrittenFrom <= log.lastIndex()) {
            if (durability.inFlight() >= config.limits().persistsInFlight()) {
                return false; // our own completion will bring us back
            }
            if (!credits.takeJournal()) {
                return true;
            }
            writeNext(out);
        }
        return false;
    }

    private void writeNext(Effects out) {
        long ticket = ++lastTicket;
        List<Entry> entries = List.of();
        if (unwrittenFrom <= log.lastIndex()) {
            entries = log.slice(unwrittenFrom, log.lastIndex(), config.limits().inflightBytes());
            unwrittenFrom += entries.size();
        }
        durability.writing(ticket, unwrittenFrom - 1);
        HardState hardState = hardStateChanged ? new HardState(term, votedFor) : null;
        if (hardStateChanged) {
            hardStateChanged = false;
            hardStateTicket = ticket;
        }
        out.emit(new Persist(ticket, hardState, entries));
    }

    /// Tells the leader how far the log is both verified and durable (rule R1): never more.
    private void acknowledge(Follower follower, Effects out) {
        NodeId leader = follower.leader();
        if (leader == null || !termIsDurable()) {
            return;
        }
        long match = Math.min(follower.verifiedIndex(), durability.durableIndex());
        if (match == follower.verifiedIndex()) {
            follower.acked();
        } else if (match <= follower.ackedIndex()) {
            return; // nothing new: the completion of the write brings us back
        }
        follower.ackedIndex(match);
        out.emit(new Send(leader, new AppendAccepted(term, match, follower.ackRound())));
    }

    // ---- timers --------------------------------------------------------------------------------

    private long electionNanos() {
        return config.timing().election().toNanos();
    }

    private void armElectionTimer(long nowNanos) {
        long base = electionNanos();
        deadlineNanos = nowNanos + base + random.nextLong(base);
    }

    /// After a start the preferred leader campaigns first, so that leaders spread over the nodes.
    private void armBootTimer(long nowNanos) {
        long base = electionNanos();
        long head = config.self().equals(config.preferred()) ? base / 2 : base * 5 / 2;
        deadlineNanos = nowNanos + head + random.nextLong(base / 2 + 1);
    }

    @Override
    public String toString() {
        return "Raft[self="
                + config.self()
                + ", role="
                + role.name()
                + ", term="
                + term
                + ", votedFor="
                + votedFor
                + ", log="
                + log.compacted()
                + ".."
                + log.last()
                + ", durable="
                + durability.durableIndex()
                + ", commit="
                + commitIndex
                + ", applied="
                + applying.appliedIndex()
                + "]";
    }
}
