package dev.quorate.raft;

import dev.quorate.types.ReplicaId;
import java.util.List;

/// Hands committed entries to the state machine: in order, once, one batch at a time, and never
/// past what this replica itself holds durably (rule R2).
final class Applying {
    private final ReplicaId self;
    private final int batchBytes;

    private boolean open;
    private boolean reading;
    private long appliedIndex;
    private long handedOver;
    private long durablyApplied;

    Applying(ReplicaId self, int batchBytes) {
        this.self = self;
        this.batchBytes = batchBytes;
    }

    /// The last index the state machine has applied.
    long appliedIndex() {
        return appliedIndex;
    }

    /// What the state machine would still have after a crash.
    long durablyApplied() {
        return durablyApplied;
    }

    /// The state machine is open.
    ///
    /// @param again whether it shall be handed the last entry that it has applied once more: it
    ///   remembers only the index, and that entry tells term and log time
    void opened(long durableApplied, boolean again) {
        open = true;
        appliedIndex = again ? durableApplied - 1 : durableApplied;
        handedOver = appliedIndex;
        durablyApplied = durableApplied;
    }

    /// The state machine is a snapshot now.
    void restored(long index) {
        reading = false;
        appliedIndex = index;
        handedOver = index;
        durablyApplied = index;
    }

    /// Whether the state machine is open and has done all it was given.
    boolean isQuiet() {
        return open && handedOver == appliedIndex;
    }

    /// Whether the state machine is open.
    boolean isOpen() {
        return open;
    }

    void applied(long index) {
        if (index > handedOver || index < appliedIndex) {
            throw new InvariantBroken(
                    "applied "
                            + index
                            + ", but was handed "
                            + handedOver
                            + " after "
                            + appliedIndex);
        }
        appliedIndex = index;
    }

    void durablyApplied(long index) {
        durablyApplied = Math.max(durablyApplied, Math.min(index, appliedIndex));
    }

    /// Emits the next batch up to `limit`, or asks for it to be read from disk.
    ///
    /// @return whether there is more to do than the credits allow now
    boolean advance(Log log, long limit, Credits credits, Effects out) {
        if (!open || handedOver > appliedIndex || handedOver >= limit || reading) {
            return false;
        }
        long from = handedOver + 1;
        if (!credits.hasApply()) {
            return true;
        }
        if (from < log.cachedFrom()) {
            reading = true;
            out.emit(new RaftEffect.ReadLog(self, from, batchBytes));
            return false;
        }
        credits.takeApply();
        handOver(log.slice(from, limit, batchBytes), out);
        return false;
    }

    /// Entries came from disk. Without a credit they are asked for again later.
    void logRead(List<Entry> entries, long limit, Credits credits, Effects out) {
        reading = false;
        // a snapshot that is being installed has lowered the limit meanwhile
        int usable = (int) Math.min(entries.size(), limit - handedOver);
        if (usable <= 0
                || entries.getFirst().index() != handedOver + 1
                || handedOver > appliedIndex
                || !credits.takeApply()) {
            return;
        }
        handOver(entries.subList(0, usable), out);
    }

    private void handOver(List<Entry> entries, Effects out) {
        handedOver = entries.getLast().index();
        out.emit(new RaftEffect.Apply(entries));
    }
}
