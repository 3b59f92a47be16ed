package dev.quorate.sim;

import dev.quorate.types.Moment;

/// One node's idea of time: a monotonic clock with an origin and a drift of its own, and a wall
/// clock that is off and may jump.
final class SimClock {
    private static final long EPOCH_MICROS = 1_800_000_000_000_000L;

    private final long originNanos;
    private final long driftPpm;
    private long skewMicros;

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
        return new Moment(localNanos(nowNanos), EPOCH_MICROS + nowNanos / 1000 + skewMicros);
    }

    /// What the monotonic clock shows at a simulated time.
    long localNanos(long nowNanos) {
        return originNanos + nowNanos + Math.floorDiv(nowNanos * driftPpm, 1_000_000L);
    }

    /// The first simulated time at which the monotonic clock shows at least `localNanos`.
    long simulatedNanos(long localNanos) {
        long elapsed = localNanos - originNanos;
        if (elapsed <= 0) {
            return 0;
        }
        long guess = elapsed - Math.multiplyHigh(elapsed, driftPpm * SCALE);
        while (localNanos(guess) - localNanos < 0) {
            guess += 1 + (localNanos - localNanos(guess)) / 2;
        }
        return guess;
    }

    /// 2^64 / 10^6: one millionth, as the high half of a product.
    private static final long SCALE = 18_446_744_073_709L;

    /// Moves the wall clock by `micros`.
    void jump(long micros) {
        skewMicros += micros;
    }
}
