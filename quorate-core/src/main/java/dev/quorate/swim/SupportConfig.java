package dev.quorate.swim;

import java.time.Duration;

/// Fixed parameters of store liveness.
///
/// @param interval pause between rounds of asking
/// @param duration how long support is asked for; also the most that is given
/// @param driftMax by how much the wall clock may run ahead of the monotonic one between two steps;
///   more means that the machine was suspended, and all promises are dropped (rule R11)
public record SupportConfig(Duration interval, Duration duration, Duration driftMax) {
    /// Asks every second for three.
    public static final SupportConfig DEFAULT =
            new SupportConfig(Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofMillis(500));

    public SupportConfig {
        if (interval.isNegative() || interval.isZero() || driftMax.isNegative()) {
            throw new IllegalArgumentException(
                    "interval %s, drift bound %s".formatted(interval, driftMax));
        }
        if (interval.multipliedBy(2).compareTo(duration) > 0) {
            throw new IllegalArgumentException(
                    "support (%s) must be asked for at least twice the interval (%s)"
                            .formatted(duration, interval));
        }
    }
}
