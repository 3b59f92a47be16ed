package dev.quorate.sim;

import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/// SplitMix64. Ours, so that a seed means the same run on every JDK, for ever.
///
/// @see <a href="https://doi.org/10.1145/2660193.2660195">Steele, Lea and Flood, "Fast splittable
///   pseudorandom number generators", OOPSLA 2014</a>
public final class Prng implements RandomGenerator {
    private long state;

    /// Starts the sequence that `seed` names.
    public Prng(long seed) {
        state = seed;
    }

    @Override
    public long nextLong() {
        state += 0x9E3779B97F4A7C15L;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /// An independent generator; drawing from it does not disturb this one.
    public Prng fork() {
        return new Prng(nextLong());
    }

    /// True with the given probability.
    public boolean chance(double probability) {
        return nextDouble() < probability;
    }

    /// Nanoseconds, evenly between two durations.
    public long between(Duration low, Duration high) {
        return low.equals(high) ? low.toNanos() : nextLong(low.toNanos(), high.toNanos());
    }

    /// One of the choices.
    public <T> T pick(List<T> choices) {
        return choices.get(nextInt(choices.size()));
    }
}
