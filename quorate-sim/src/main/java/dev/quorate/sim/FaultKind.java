package dev.quorate.sim;

import java.util.Locale;
import java.util.Optional;

/// The ways in which a run may go wrong. Some kinds are rates, per node (or per cluster) and
/// simulated second; the others are chances, per thing that happens.
public enum FaultKind {
    /// Rate: a process dies at any moment.
    CRASH,
    /// Chance, per turn, that only a part of its effects happens before a crash.
    CRASH_IN_TURN,
    /// Chance, per journal batch, of a power cut between two disk operations.
    TORN_WRITE,
    /// Rate: the cluster splits in two.
    PARTITION,
    /// Rate: one direction between two nodes is cut.
    CUT,
    /// Chance that cut links come back one by one, in any order, instead of all at once.
    SWIZZLED_HEAL,
    /// Rate: a process stands still, while its clocks run.
    PAUSE,
    /// Rate: a machine is suspended: its process and its monotonic clock stand still, the wall
    /// clock does not.
    SUSPEND,
    /// Rate: a disk becomes slow for a while.
    SLOW_DISK,
    /// Rate: a disk has no room for another file for a while.
    FULL_DISK,
    /// Rate: a disk fails; the process must stop, and starts again with what is on it.
    FAILED_FORCE,
    /// Rate: a stored bit of a journal turns over.
    BIT_ROT,
    /// Rate: the newest file of a journal is gone at the next start.
    LOST_FILE,
    /// Rate: for a while a disk calls durable what is not, then the power fails.
    LYING_FORCE,
    /// Rate: a machine comes back with an empty disk.
    WIPE,
    /// Rate: a wall clock jumps, by up to an hour.
    CLOCK_JUMP,
    /// Rate: a wall clock jumps by a year.
    YEAR_JUMP,
    /// Rate: a monotonic clock changes its speed, within what leases allow for.
    DRIFT,
    /// Rate: a monotonic clock changes its speed far beyond that.
    WILD_DRIFT,
    /// Chance that a message is lost.
    LOSS,
    /// Chance that a message arrives twice.
    REPEAT,
    /// Chance that a message takes up to two seconds.
    LATE;

    /// The name for command lines, such as `bit-rot`.
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The kind of that name.
    public static Optional<FaultKind> named(String label) {
        for (FaultKind kind : values()) {
            if (kind.label().equals(label)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
