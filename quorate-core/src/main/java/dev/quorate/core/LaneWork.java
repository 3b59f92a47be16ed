package dev.quorate.core;

import dev.quorate.raft.Entry;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the state machine of one replica was given and has not done yet; each piece holds a credit
/// that comes back exactly once.
final class LaneWork {
    private final Turn turn;
    private final ArrayDeque<List<Entry>> applying = new ArrayDeque<>();
    private boolean opened;
    private boolean restoring;

    LaneWork(Turn turn) {
        this.turn = turn;
    }

    /// The state machine is open, or never will be.
    void opened() {
        opened = true;
    }

    /// A batch is to be applied.
    void apply(List<Entry> entries) {
        applying.add(entries);
    }

    /// The next batch of which at least the first entry, up to `index`, is done; null for none.
    @Nullable List<Entry> done(long index) {
        if (applying.isEmpty() || applying.getFirst().getFirst().index() > index) {
            return null;
        }
        turn.credits().returnApply();
        return applying.removeFirst();
    }

    /// Nothing of what was to be applied is answered any more.
    void stopped() {
        opened = true;
        while (!applying.isEmpty()) {
            applying.removeFirst();
            turn.credits().returnApply();
        }
    }

    /// A snapshot is to be restored.
    void restore() {
        restoring = true;
    }

    /// It was, or could not be.
    void restored() {
        if (restoring) {
            restoring = false;
            turn.credits().returnApply();
        }
    }

    /// Whether no completion comes any more.
    boolean isSettled() {
        return opened && applying.isEmpty() && !restoring;
    }
}
