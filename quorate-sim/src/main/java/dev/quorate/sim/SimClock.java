package dev.quorate.sim;

import static dev.quorate.raft.RaftConfig.Timing.CLOCK_SKEW_MICROS_MAX;

import dev.quorate.types.Moment;

/// One node's idea of time: a monotonic clock with an origin and a speed of its own, and a wall
/// clock that is off and may jump.
final class SimClock {
    private static final long EPOCH_MICROS = 1_800_000_000_000_000L;

    private long originNanos;
    private long sinceNanos;

    /// Wall clocks that nobody has moved differ from a right one by at most this: two of them by no
    /// more than clocks may.
    static final long SKEW_MICROS_MAX = CLOCK_SKEW_MICROS_MAX * 48 / 100;

    private long driftPpm;
    private long skewMicros;
    private long heldSinceNanos = -1;

    /// @param originNanos what the monotonic clock shows at simulated time 0; may be negative
    /// @param driftPpm how much faster than simulated time it runs, in millionths
    /// @param skewMicros how far ahead of simulated time the wall clock is
    SimClock(long originNanos, long driftPpm, long skewMicros) {
        this.originNanos = originNanos;
        this.driftPpm = driftPpm;
        this.skewMicros = skewMicros;
    }

    /// What the clocks show at a simulated time.
    Moment at(long nowNanos) {
        return new Moment(localNanos(nowNanos), trueMicros(nowNanos) + skewMicros);
    }

    /// What the monotonic clock shows at a simulated time, not before its last change.
    long localNanos(long nowNanos) {
        return running(heldSinceNanos >= 0 ? heldSinceNanos : nowNanos);
    }

    private long running(long nowNanos) {
        long elapsed = nowNanos - sinceNanos;
        return originNanos + elapsed + Math.floorDiv(elapsed * driftPpm, 1_000_000L);
    }

    /// The first simulated time at which the monotonic clock shows at least `localNanos`, if
    /// nothing changes it before.
    long simulatedNanos(long localNanos) {
        long elapsed = localNanos - originNanos;
        if (elapsed <= 0) {
            return sinceNanos;
        }
        long guess = sinceNanos + (long) (elapsed / (1 + driftPpm / 1e6));
        while (running(guess) - localNanos > 0 && guess > sinceNanos) {
            guess -= 1 + (running(guess) - localNanos);
        }
        while (running(guess) - localNanos < 0) {
            guess += 1 + (localNanos - running(guess)) / 2;
        }
        return Math.max(guess, sinceNanos);
    }

    /// What a right wall clock shows, in microseconds since the epoch.
    static long trueMicros(long nowNanos) {
        return EPOCH_MICROS + nowNanos / 1000;
    }

    /// Moves the wall clock by `micros`.
    void jump(long micros) {
        skewMicros += micros;
    }

    /// Gives the monotonic clock another speed from now on.
    void drift(long nowNanos, long ppm) {
        if (heldSinceNanos < 0) {
            originNanos = running(nowNanos);
            sinceNanos = nowNanos;
        }
        driftPpm = ppm;
    }

    /// Stops the monotonic clock.
    void hold(long nowNanos) {
        if (heldSinceNanos < 0) {
            originNanos = running(nowNanos);
            sinceNanos = nowNanos;
            heldSinceNanos = nowNanos;
        }
    }

    /// Lets it go on from where it stopped.
    void release(long nowNanos) {
        if (heldSinceNanos >= 0) {
            heldSinceNanos = -1;
            sinceNanos = nowNanos;
        }
    }
}
