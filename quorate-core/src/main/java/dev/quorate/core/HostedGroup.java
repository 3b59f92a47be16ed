package dev.quorate.core;

import dev.quorate.api.Outcome;
import dev.quorate.core.Request.Kind;
import dev.quorate.metadata.Member;
import dev.quorate.raft.Entry;
import dev.quorate.raft.InvariantBroken;
import dev.quorate.raft.Raft;
import dev.quorate.raft.RaftEffect;
import dev.quorate.raft.RaftInput;
import dev.quorate.raft.RaftMessage;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
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

    private final ArrayDeque<Request> proposed = new ArrayDeque<>();
    private final List<Request> doubtful = new ArrayList<>();
    private final ArrayDeque<Request> confirmedReads = new ArrayDeque<>();
    private final ArrayDeque<List<Entry>> applying = new ArrayDeque<>();

    private @Nullable Request proposing;
    private long appliedTerm;
    private long appliedMicros;
    private long tickAtMicros = Long.MAX_VALUE;
    private boolean tickProposed;
    private boolean led;
    private @Nullable String halted;
    private @Nullable String applyStopped;
    private boolean queued;

    /// Where a group's state machine is: on a lane of the shell, or inside the node (group 0).
    interface Applier {
        /// Applies a batch, now or later; [HostedGroup#applied] follows.
        void apply(HostedGroup group, List<Entry> entries);
    }

    /// What a replica asks of the node it is on.
    interface Host {
        /// Gives a write its place in the node's order.
        void persist(HostedGroup group, RaftEffect.Persist persist);

        /// A group here has a leader on this node now.
        void elected();
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
        this.requests = requests;
        this.host = host;
        this.applier = applier;
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

    /// Why the whole replica stands still, or null.
    @Nullable String halted() {
        return halted;
    }

    /// Term of the last applied entry.
    long appliedTerm() {
        return appliedTerm;
    }

    /// Why the state machine stands still, or null.
    @Nullable String applyStopped() {
        return applyStopped;
    }

    long nextDeadlineNanos() {
        if (halted != null) {
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
        if (!envelope.to().equals(record.self()) || !envelope.from().equals(replicaOn(from))) {
            turn.trace(
                    new Trace.MessageRefused(
                            from, id(), envelope.from() + " speaks to " + envelope.to()));
            return;
        }
        step(new RaftInput.Received(from, envelope.message()));
    }

    void propose(Request request) {
        proposing = request;
        step(new RaftInput.Propose(request.id(), request.payload()));
        proposing = null;
    }

    void read(Request request) {
        request.reading();
        step(new RaftInput.Read(request.id()));
    }

    void wakeup() {
        if (raft.isLeader() && !tickProposed && turn.now().wallMicros() >= tickAtMicros) {
            tickProposed = true;
            step(new RaftInput.ProposeTick());
        }
        step(new RaftInput.Wakeup());
    }

    void step(RaftInput input) {
        if (halted != null) {
            return;
        }
        try {
            raft.step(turn.now(), input, turn.credits(), this::execute);
        } catch (InvariantBroken broken) {
            halt(broken);
        }
    }

    /// Lets the replica emit what its steps have caused.
    ///
    /// @return whether it waits for a credit
    boolean flush() {
        if (halted != null) {
            return false;
        }
        try {
            return raft.flush(turn.now(), turn.credits(), this::execute);
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
    void applied(long index, Results results, long nextTickMicros) {
        tickAtMicros = nextTickMicros;
        tickProposed = false;
        while (!applying.isEmpty() && applying.getFirst().getFirst().index() <= index) {
            for (Entry entry : applying.removeFirst()) {
                if (entry.index() <= index) {
                    appliedTerm = entry.term();
                    appliedMicros = entry.stampMicros();
                    settle(entry, results.of(entry));
                }
            }
        }
        step(new RaftInput.Applied(index));
        releaseReads();
    }

    /// Tells whoever proposed the entry, or another one in its place, how that ended.
    private void settle(Entry entry, Outcome outcome) {
        while (!proposed.isEmpty() && proposed.getFirst().position().index() <= entry.index()) {
            settle(proposed.removeFirst(), entry, outcome);
        }
        for (int i = doubtful.size() - 1; i >= 0; i--) {
            if (doubtful.get(i).position().index() <= entry.index()) {
                settle(doubtful.remove(i), entry, outcome);
            }
        }
    }

    void applyFailed(String cause) {
        applyStopped = cause;
        turn.trace(new Trace.ApplyStopped(id(), cause));
    }

    /// A request was answered or given up on elsewhere.
    void forget(Request request) {
        switch (request.stage()) {
            case PROPOSED -> {
                if (!proposed.remove(request)) {
                    doubtful.remove(request);
                }
            }
            case READING -> confirmedReads.remove(request);
            case PARKED, FORWARDED, SETTLED -> {}
        }
    }

    // ---- effects -------------------------------------------------------------------------------

    private void execute(RaftEffect effect) {
        switch (effect) {
            case RaftEffect.Send(NodeId to, RaftMessage message) -> send(to, message);
            case RaftEffect.Persist persist -> host.persist(this, persist);
            case RaftEffect.Apply(List<Entry> entries) -> {
                applying.add(entries);
                applier.apply(this, entries);
            }
            case RaftEffect.ReadLog(NodeId peer, long from, int bytesMax) ->
                    turn.emit(new NodeEffect.ReadLog(id(), peer, from, bytesMax));
            case RaftEffect.Compact(long index, long term) ->
                    turn.emit(new NodeEffect.Compact(id(), index, term));
            case RaftEffect.Proposed(_, long term, long index) -> proposed(term, index);
            case RaftEffect.ReadReady(long requestId, long index) -> readReady(requestId, index);
            case RaftEffect.NotTaken(long requestId, RaftEffect.Reason reason, NodeId _) ->
                    requests.notTaken(requestId, reason);
            case RaftEffect.RoleChanged changed -> roleChanged(changed);
        }
    }

    private void send(NodeId to, RaftMessage message) {
        ReplicaId replica = replicaOn(to);
        if (replica != null) {
            turn.emit(
                    new NodeEffect.Send(
                            to, new PeerMessage.Raft(id(), record.self(), replica, message)));
        }
    }

    private void proposed(long term, long index) {
        Request request = proposing;
        if (request != null) {
            request.proposed(new LogPosition(term, index));
            proposed.add(request);
        }
    }

    private void readReady(long requestId, long index) {
        Request request = requests.find(requestId);
        if (request != null) {
            request.position(new LogPosition(raft.term(), index));
            confirmedReads.add(request);
            releaseReads();
        }
    }

    /// Asks the state machine what may be asked by now.
    private void releaseReads() {
        while (!confirmedReads.isEmpty()
                && confirmedReads.getFirst().position().index() <= raft.appliedIndex()) {
            query(confirmedReads.removeFirst());
        }
    }

    /// Asks the state machine as it is.
    void query(Request request) {
        request.settled();
        request.position(new LogPosition(appliedTerm, raft.appliedIndex()));
        turn.emit(
                new NodeEffect.Query(
                        request.id(), id(), request.payload(), raft.appliedIndex(), appliedMicros));
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
        // What we proposed in earlier terms may still be committed by others: it stays in doubt
        // until its index is applied here, or its deadline comes (rule R20).
        while (!proposed.isEmpty() && proposed.getFirst().position().term() != changed.term()) {
            doubtful.add(proposed.removeFirst());
        }
        if (!leads) {
            doubtful.addAll(proposed);
            proposed.clear();
        }
        turn.emit(new NodeEffect.LeaderChanged(id(), changed.term(), changed.leader()));
        if (changed.leader() != null) {
            requests.leaderKnown(id());
        }
    }

    private void settle(Request request, Entry entry, Outcome outcome) {
        request.settled();
        if (request.position().equals(entry.position())) {
            requests.answer(request, outcome);
        } else {
            // Another entry was committed in its place, or before it in a later term: this one
            // never will be. It may be proposed again.
            requests.again(request);
        }
    }

    private @Nullable ReplicaId replicaOn(NodeId node) {
        for (Member member : record.members()) {
            if (member.node().equals(node)) {
                return member.replica();
            }
        }
        return null;
    }

    private void halt(InvariantBroken broken) {
        halted = String.valueOf(broken.getMessage());
        turn.trace(new Trace.InvariantBroken(id(), halted));
        turn.emit(new NodeEffect.LeaderChanged(id(), raft.term(), null));
        requests.failAll(this, "group " + id() + " has halted on this node: " + halted);
    }

    /// Whether a request of this kind can be served here at all.
    boolean serves(Kind kind) {
        return halted == null && (kind == Kind.WRITE || applyStopped == null);
    }
}
