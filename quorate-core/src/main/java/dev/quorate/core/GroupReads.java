package dev.quorate.core;

import dev.quorate.api.Outcome.Served;
import dev.quorate.api.ReadLevel;
import dev.quorate.raft.Raft;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import java.util.ArrayDeque;

/// The reads of one group on this node: which state each may be answered from, and when that state
/// is there.
final class GroupReads {
    private final GroupId group;
    private final Raft raft;
    private final Turn turn;
    private final ArrayDeque<Request> confirmed = new ArrayDeque<>();
    private final ArrayDeque<Request> waitForTime = new ArrayDeque<>();
    private long appliedTerm;
    private long appliedMicros;

    GroupReads(GroupId group, Raft raft, Turn turn) {
        this.group = group;
        this.raft = raft;
        this.turn = turn;
    }

    /// An entry was applied.
    void applied(long term, long stampMicros) {
        appliedTerm = term;
        appliedMicros = stampMicros;
    }

    long appliedTerm() {
        return appliedTerm;
    }

    /// Log time of the last applied entry: everything at or below it is closed (rule R15).
    long appliedMicros() {
        return appliedMicros;
    }

    /// Answers from what is applied here, if the level allows that.
    ///
    /// @return false if somebody must be asked first
    boolean answersAtOnce(Request request) {
        return switch (request.level()) {
            case ReadLevel.Local() -> query(request, Served.LOCAL, Long.MAX_VALUE);
            case ReadLevel.Bounded(long maxMicros) ->
                    appliedMicros != 0
                            && turn.latestMicros() - appliedMicros <= maxMicros
                            && query(request, Served.BOUNDED, Long.MAX_VALUE);
            case ReadLevel.Snapshot(long atMicros) ->
                    appliedMicros >= atMicros && query(request, Served.SNAPSHOT, atMicros);
            case ReadLevel.Linearizable _, ReadLevel.Lease _ -> false;
        };
    }

    /// The read may be answered from any state that has applied `index`.
    void ready(Request request, long index, boolean onLease) {
        request.position(new LogPosition(raft.term(), index), 0);
        request.restsOnLease(onLease ? raft.term() : 0);
        if (request.level() instanceof ReadLevel.Snapshot) {
            waitForTime.add(request);
        } else {
            confirmed.add(request);
        }
        release();
    }

    /// Asks the state machine what may be asked by now.
    void release() {
        while (!confirmed.isEmpty()
                && confirmed.getFirst().position().index() <= raft.appliedIndex()) {
            Request request = confirmed.removeFirst();
            boolean lease = request.level() instanceof ReadLevel.Lease;
            query(request, lease ? Served.LEASE : Served.LINEARIZABLE, Long.MAX_VALUE);
        }
        for (int left = waitForTime.size(); left > 0; left--) {
            Request request = waitForTime.removeFirst();
            if (!answersAtOnce(request)) {
                waitForTime.add(request);
            }
        }
    }

    /// Whether somebody waits for log time to pass.
    boolean waitsForTime() {
        return !waitForTime.isEmpty();
    }

    void forget(Request request) {
        confirmed.remove(request);
        waitForTime.remove(request);
    }

    /// Asks the state machine.
    ///
    /// @return true
    private boolean query(Request request, Served served, long asOfMicros) {
        request.settled();
        request.served(served);
        request.position(new LogPosition(appliedTerm, raft.appliedIndex()), appliedMicros);
        turn.emit(
                new NodeEffect.Query(
                        request.id(),
                        group,
                        request.payload(),
                        raft.appliedIndex(),
                        appliedMicros,
                        asOfMicros));
        return true;
    }
}
