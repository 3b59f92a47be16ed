package dev.quorate.metadata;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How far the move of a replica has come. A move goes from one phase to the next and never back;
/// up to [#LEADERSHIP_TRANSFER] it can be given up, from [#CUTOVER] on it only goes forward.
public enum MigrationPhase {
    /// The target is about to be a learner.
    ADD_LEARNER(1),
    /// The target receives the log.
    CATCH_UP(2),
    /// The target is about to be a voter.
    PROMOTE_LEARNER(3),
    /// Leadership is about to go over.
    LEADERSHIP_TRANSFER(4),
    /// Routing has been changed: there is no way back.
    CUTOVER(5),
    /// Nothing is left to do.
    COMPLETE(6);

    private static final List<MigrationPhase> ALL = List.of(values());

    private final int code;

    MigrationPhase(int code) {
        this.code = code;
    }

    /// The number that stands for the phase in stored bytes; never changes.
    public int code() {
        return code;
    }

    /// Whether a move in this phase may still be given up.
    public boolean isAbortable() {
        return compareTo(CUTOVER) < 0;
    }

    /// The phase with the given code, or null.
    static @Nullable MigrationPhase ofCode(long code) {
        return code >= 1 && code <= ALL.size() ? ALL.get((int) code - 1) : null;
    }
}
