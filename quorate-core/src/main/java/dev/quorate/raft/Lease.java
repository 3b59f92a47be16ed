package dev.quorate.raft;

import dev.quorate.types.Moment;

/// For how long a leader may believe that nobody else leads, without asking (thesis §6.4.1, rule
/// R11).
///
/// A confirmation counts from the moment it was *asked for*. Two things end the lease at once: a
/// follower was asked to campaign, which ends it for the rest of the term, and a jump of wall time
/// against monotonic time, which tells that the machine was suspended while others' clocks ran on.
final class Lease {
    private static final int ROUNDS = 64;

    private final long officeNanos;
    private final long lengthNanos;
    private final long[] sentNanos = new long[ROUNDS];
    private long round;
    private long voidUntilNanos;
    private boolean givenUp;
    private long lastNanos;
    private long lastWallMicros;

    /// @param now when the leader took office
    /// @param lengthNanos how long a confirmation holds
    Lease(Moment now, long lengthNanos) {
        this.officeNanos = now.nanos();
        this.lengthNanos = lengthNanos;
        this.lastNanos = now.nanos();
        this.lastWallMicros = now.wallMicros();
    }

    /// The latest confirmation round.
    long round() {
        return round;
    }

    /// Starts a round of confirmations.
    void startRound(long nowNanos) {
        round++;
        sentNanos[slot(round)] = sinceOffice(nowNanos);
    }

    /// When a round was started, in nanoseconds since the leader took office; `-1` for one that is
    /// not known or too old to matter.
    long sentNanos(long answered) {
        return answered <= 0 || answered > round || answered <= round - ROUNDS
                ? -1
                : sentNanos[slot(answered)];
    }

    /// Takes notice of the time. Called before the lease is asked.
    void notice(Moment now) {
        long ranMicros = (now.nanos() - lastNanos) / 1_000;
        long outran = now.wallMicros() - lastWallMicros - ranMicros;
        if (outran > lengthNanos / 1_000 * RaftConfig.Timing.CLOCK_DRIFT_PERCENT_MAX / 100) {
            voidUntilNanos = sinceOffice(now.nanos());
        }
        lastNanos = now.nanos();
        lastWallMicros = now.wallMicros();
    }

    /// No lease any more in this term.
    void giveUp() {
        givenUp = true;
    }

    /// Whether a confirmation that a quorum answered still holds.
    ///
    /// @param confirmedNanos when it was sent, in nanoseconds since the leader took office
    boolean holds(long nowNanos, long confirmedNanos) {
        return !givenUp
                && confirmedNanos >= voidUntilNanos
                && sinceOffice(nowNanos) - confirmedNanos < lengthNanos;
    }

    long sinceOffice(long nowNanos) {
        return nowNanos - officeNanos;
    }

    private static int slot(long round) {
        return (int) (round % ROUNDS);
    }
}
