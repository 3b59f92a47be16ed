package dev.quorate.core;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.core.Request.Kind;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Effects;
import dev.quorate.raft.Entry;
import dev.quorate.raft.InvariantBroken;
import dev.quorate.raft.Raft;
import dev.quorate.raft.RaftEffect;
import dev.quorate.raft.RaftInput;
import dev.quorate.raft.RaftMessage;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One replica that this node hosts, with the requests that wait for it: the replica decides what
/// is in the log, this class who is told about it.
final class HostedGroup {
    private final int slot;
    private final ReplicaRecord record;
    private final Raft raft;
    private final Turn turn;
    private final Requests requests;
    private final Host host;
    private final Applier applier;

    private final GroupWrites writes = new GroupWrites();
    private final GroupReads reads;
    private final GroupChanges changes = new GroupChanges();
    private final LaneWork lane;
    private final Effects effects = this::execute;

    private @Nullable Request proposing;
    private long tickAtMicros = Long.MAX_VALUE;
    private boolean tickProposed;
    private boolean led;
    private int remembered;
    private @Nullable String halted;
    private @Nullable String applyStopped;
    private boolean gone;
    private boolean queued;

    /// What a replica asks of the node it is on.
    interface Host {
        /// Gives a write its place in the node's order.
        void persist(HostedGroup group, RaftEffect.Persist persist);

        /// The same for the mark that a snapshot is about to be installed.
        void mark(HostedGroup group, RaftEffect.MarkInstalling mark);

        /// The same for the mark that it is installed.
        void installed(HostedGroup group, RaftEffect.Installed installed);

        /// A group here has a leader on this node now.
        void elected();

        /// The group has removed this replica.
        void removed(HostedGroup group);
    }

    HostedGroup(
            int slot,
            ReplicaRecord record,
            Raft raft,
            Turn turn,
            Requests requests,
            Host host,
            Applier applier) {
        this.slot = slot;
        this.record = record;
        this.raft = raft;
        this.turn = turn;
        lane = new LaneWork(turn);
        this.requests = requests;
        this.host = host;
        this.applier = applier;
        this.reads = new GroupReads(record.group(), raft, turn);
    }

    int slot() {
        return slot;
    }

    /// Marks the group as waiting to be flushed.
    ///
    /// @return whether it was not already
    boolean queue() {
        boolean added = !queued;
        queued = true;
        return added;
    }

    void unqueue() {
        queued = false;
    }

    GroupId id() {
        return record.group();
    }

    ReplicaRecord record() {
        return record;
    }

    Raft raft() {
        return raft;
    }

    GroupReads reads() {
        return reads;
    }

    /// Why the whole replica stands still, or null.
    @Nullable String halted() {
        return halted;
    }

    /// Why the state machine stands still, or null.
    @Nullable String applyStopped() {
        return applyStopped;
    }

    /// Whether the replica has left this node.
    boolean gone() {
        return gone;
    }

    /// How many results of earlier writes its state machine remembers.
    int remembered() {
        return remembered;
    }

    @Nullable NodeId leader() {
        Member leader = raft.leader();
        return leader == null ? null : leader.node();
    }

    long nextDeadlineNanos() {
        if (halted != null || gone) {
            return turn.now().nanos() + NodeCore.FOREVER_NANOS;
        }
        long raftDeadline = raft.nextDeadlineNanos();
        if (tickAtMicros == Long.MAX_VALUE || tickProposed || !raft.isLeader()) {
            return raftDeadline;
        }
        long waitMicros = Math.max(0, tickAtMicros - turn.now().wallMicros());
        long tickNanos = turn.now().nanos() + Math.min(waitMicros, 1_000_000_000L) * 1_000;
        return tickNanos - raftDeadline < 0 ? tickNanos : raftDeadline;
    }

    // ---- inputs --------------------------------------------------------------------------------

    /// A message came; one that is meant for, or comes from, another replica is not heard (R6).
    void received(NodeId from, PeerMessage.Raft envelope) {
        Member known = raft.configuration().member(envelope.from());
        if (!envelope.to().equals(record.self()) || (known != null && !known.node().equals(from))) {
            turn.trace(
                    new Trace.MessageRefused(
                            from, id(), envelope.from() + " speaks to " + envelope.to()));
            return;
        }
        step(new RaftInput.Received(new Member(from, envelope.from()), envelope.message()));
    }

    void propose(Request request) {
        Entry.Kind kind =
                request.kind() == Kind.SESSION_WRITE
                        ? Entry.Kind.SESSION_COMMAND
                        : Entry.Kind.COMMAND;
        proposing = request;
        step(new RaftInput.Propose(request.id(), kind, request.payload()));
        proposing = null;
    }

    /// Asks for a change of members.
    void change(Request request, List<Member> voters, List<Member> learners) {
        request.proposed(LogPosition.ZERO);
        changes.change(new GroupChanges.Wanted(request, voters, learners));
        step(new RaftInput.ChangeMembers(request.id(), voters, learners));
    }

    /// Asks for another leader.
    ///
    /// @param target null for whoever is fittest
    void transfer(Request request, @Nullable Member target) {
        request.proposed(LogPosition.ZERO);
        changes.transfer(request, target == null ? null : target.node());
        step(new RaftInput.Transfer(target == null ? null : target.replica()));
    }

    void read(Request request) {
        request.reading();
        step(new RaftInput.Read(request.id(), request.maySpareQuorum()));
    }

    void wakeup() {
        if (raft.isLeader()
                && !tickProposed
                && (turn.now().wallMicros() >= tickAtMicros || reads.waitsForTime())) {
            tickProposed = true;
            step(new RaftInput.ProposeTick());
        }
        step(new RaftInput.Wakeup());
    }

    void step(RaftInput input) {
        if (input instanceof RaftInput.Opened) {
            lane.opened();
        }
        if (halted != null || gone) {
            return;
        }
        try {
            raft.step(turn.now(), input, turn.credits(), effects);
        } catch (InvariantBroken broken) {
            halt(broken);
        }
    }

    /// Lets the replica emit what its steps have caused.
    ///
    /// @return whether it waits for a credit
    boolean flush() {
        if (halted != null || gone) {
            return false;
        }
        try {
            return raft.flush(turn.now(), turn.credits(), effects);
        } catch (InvariantBroken broken) {
            halt(broken);
            return false;
        }
    }

    /// What became of each entry of a batch.
    interface Results {
        /// The outcome for whoever proposed the entry; asked once for each, in order.
        Outcome of(Entry entry);
    }

    /// The state machine has applied everything it was given up to `index`.
    void applied(long index, Results results, long nextTickMicros, int nowRemembered) {
        tickAtMicros = nextTickMicros;
        tickProposed = false;
        remembered = nowRemembered;
        for (List<Entry> batch = lane.done(index); batch != null; batch = lane.done(index)) {
            if (!gone) {
                settle(batch, index, results);
            }
        }
        if (!gone) {
            step(new RaftInput.Applied(index));
            reads.release();
        }
    }

    private void settle(List<Entry> batch, long index, Results results) {
        for (Entry entry : batch) {
            if (entry.index() <= index) {
                reads.applied(entry.term(), entry.stampMicros());
                writes.applied(entry.position(), new Settling(results.of(entry)));
            }
        }
    }

    /// Tells whoever proposed an entry, or another one in its place, how that ended.
    private final class Settling implements GroupWrites.Settled {
        private final Outcome outcome;

        Settling(Outcome outcome) {
            this.outcome = outcome;
        }

        @Override
        public void applied(Request request) {
            requests.answer(request, outcome);
        }

        @Override
        public void replaced(Request request) {
            requests.again(request); // it may be proposed anew
        }
    }

    /// The state machine has stopped, and answers nothing that it was given any more.
    void applyFailed(String cause) {
        lane.stopped();
        applyStopped = cause;
        turn.trace(new Trace.ApplyStopped(id(), cause));
        step(new RaftInput.ApplyStopped());
    }

    /// Nobody knows what the state machine is now.
    void restoreFailed(String cause) {
        lane.restored();
        applyFailed(cause);
    }

    /// The state machine is a snapshot now.
    void restored(SnapshotMeta meta) {
        lane.restored();
        applyStopped = null;
        if (gone) {
            return;
        }
        tickAtMicros = Long.MAX_VALUE;
        tickProposed = false;
        reads.applied(meta.position().term(), meta.stampMicros());
        step(new RaftInput.SnapshotRestored(meta.index()));
        for (Request lost : writes.skipped(meta.index())) {
            requests.answer(
                    lost,
                    new Outcome.Unknown(
                            "this node fetched a snapshot that may or may not include the write"));
        }
        turn.trace(new Trace.SnapshotInstalled(id(), meta.position(), meta.sizeBytes()));
    }

    /// The state machine has answered.
    void answered(Request request, Outcome answer) {
        if (request.leaseTerm() > 0 && !raft.holdsLease(turn.now(), request.leaseTerm())) {
            request.leaseEnded(); // somebody else may have led while the data was read (R11)
            requests.again(request);
            return;
        }
        requests.answer(request, answer);
    }

    /// Whether the state machine has done all that it was given: no completion comes any more.
    boolean isSettled() {
        return lane.isSettled();
    }

    /// The replica has left this node.
    void leave() {
        gone = true;
        turn.emit(new NodeEffect.LeaderChanged(id(), raft.term(), null));
        requests.failAll(this, "this node no longer holds a replica of " + id());
    }

    /// A request was answered or given up on elsewhere.
    void forget(Request request) {
        switch (request.stage()) {
            case PROPOSED -> {
                writes.forget(request);
                changes.forget(request);
            }
            case READING -> reads.forget(request);
            case PARKED, FORWARDED, SETTLED -> {}
        }
    }

    // ---- effects -------------------------------------------------------------------------------

    private void execute(RaftEffect effect) {
        switch (effect) {
            case RaftEffect.Send(Member to, RaftMessage message) -> send(to, message);
            case RaftEffect.Persist persist -> host.persist(this, persist);
            case RaftEffect.Apply(List<Entry> entries) -> {
                lane.apply(entries);
                applier.apply(this, entries);
            }
            case RaftEffect.ReadLog(var peer, long from, int bytesMax) ->
                    turn.emit(new NodeEffect.ReadLog(id(), peer, from, bytesMax));
            case RaftEffect.Compact(long index, long term, Configuration configuration) ->
                    turn.emit(new NodeEffect.Compact(id(), index, term, configuration));
            case RaftEffect.Proposed(_, long term, long index) -> proposed(term, index);
            case RaftEffect.ReadReady(long requestId, long index, boolean lease) ->
                    readReady(requestId, index, lease);
            case RaftEffect.NotTaken(long requestId, RaftEffect.Reason reason, Member _) ->
                    requests.notTaken(requestId, reason);
            case RaftEffect.RoleChanged changed -> roleChanged(changed);
            case RaftEffect.ConfigurationChanged changed -> configurationChanged(changed);
            case RaftEffect.TransferEnded(var target) -> transferEnded(target.toString());
            case RaftEffect.RemovedFromGroup(long _) -> host.removed(this);
            case RaftEffect.TakeSnapshot() -> applier.takeSnapshot(this);
            case RaftEffect.ReleaseSnapshot() -> turn.emit(new NodeEffect.ReleaseSnapshot(id()));
            case RaftEffect.FetchSnapshot(Member from, SnapshotMeta meta) ->
                    turn.emit(new NodeEffect.FetchSnapshot(id(), from.node(), meta));
            case RaftEffect.DropFetched() -> turn.emit(new NodeEffect.DropFetched(id()));
            case RaftEffect.MarkInstalling mark -> host.mark(this, mark);
            case RaftEffect.RestoreSnapshot(SnapshotMeta meta) -> {
                lane.restore();
                applier.restore(this, meta);
            }
            case RaftEffect.Installed installed -> host.installed(this, installed);
        }
    }

    private void send(Member to, RaftMessage message) {
        turn.emit(
                new NodeEffect.Send(
                        to.node(),
                        new PeerMessage.Raft(id(), record.self(), to.replica(), message)));
    }

    private void proposed(long term, long index) {
        Request request = proposing;
        if (request != null) {
            writes.proposed(request, new LogPosition(term, index));
        }
    }

    private void readReady(long requestId, long index, boolean lease) {
        Request request = requests.find(requestId);
        if (request != null) {
            reads.ready(request, index, lease);
        }
    }

    private void roleChanged(RaftEffect.RoleChanged changed) {
        boolean leads = changed.role() == RaftEffect.RoleName.LEADER;
        if (leads) {
            turn.trace(new Trace.LeaderElected(id(), changed.term()));
            host.elected();
        } else if (led) {
            turn.trace(new Trace.SteppedDown(id(), changed.term()));
        }
        led = leads;
        writes.term(changed.term(), leads);
        Member leader = changed.leader();
        NodeId node = leader == null ? null : leader.node();
        turn.emit(new NodeEffect.LeaderChanged(id(), changed.term(), node));
        if (leader != null) {
            requests.leaderKnown(id());
            if (!leader.replica().equals(record.self())) {
                changes.completedBy(leader.node()).forEach(this::complete);
            }
        }
    }

    private void configurationChanged(RaftEffect.ConfigurationChanged changed) {
        turn.emit(
                new NodeEffect.ConfigurationChanged(
                        id(), changed.index(), changed.configuration(), changed.committed()));
        if (changed.committed()) {
            changes.completedBy(changed.configuration()).forEach(this::complete);
        }
    }

    private void complete(Request request) {
        requests.answer(
                request,
                new Outcome.Applied(
                        new LogPosition(raft.term(), raft.commitIndex()),
                        reads.appliedMicros(),
                        Outcome.Served.WRITTEN,
                        Bytes.EMPTY));
    }

    private void transferEnded(String target) {
        for (Request request : changes.abandoned()) {
            requests.answer(
                    request,
                    new Outcome.Rejected(
                            Code.TIMEOUT,
                            Retry.LATER,
                            /* leader= */ null,
                            target + " was not elected in time; this node leads on"));
        }
    }

    private void halt(InvariantBroken broken) {
        halted = String.valueOf(broken.getMessage());
        turn.trace(new Trace.InvariantBroken(id(), halted));
        turn.emit(new NodeEffect.LeaderChanged(id(), raft.term(), null));
        requests.failAll(this, "group " + id() + " has halted on this node: " + halted);
    }

    /// Whether a request of this kind can be served here at all.
    boolean serves(Kind kind) {
        return halted == null && (kind.hasEffect() || (applyStopped == null && raft.servesReads()));
    }
}
