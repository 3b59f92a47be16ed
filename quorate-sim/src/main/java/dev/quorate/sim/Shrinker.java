package dev.quorate.sim;

import dev.quorate.sim.Variant.Shape;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Looks for the smallest form in which a run still fails: takes a part of it away, tries the seed
/// and a few others, and keeps what fails in the same way. Deterministic.
final class Shrinker {
    private static final int SEEDS_PER_VARIANT = 8;

    /// A run that failed.
    ///
    /// @param shape how large it was
    record Failure(long seed, Variant variant, Shape shape, Violation violation) {}

    /// Plays runs.
    interface Player {
        /// Plays one run.
        ///
        /// @return how it failed; null if it went well
        @Nullable Failure play(long seed, Variant variant);
    }

    private final Player player;
    private final Consumer<String> progress;
    private int tries;

    /// @param progress hears of every step
    Shrinker(Player player, Consumer<String> progress) {
        this.player = player;
        this.progress = progress;
    }

    /// Plays a scenario.
    static @Nullable Failure play(Scenario scenario, long seed, Variant variant) {
        Scenario.Draw draw = new Scenario.Draw(seed, variant, new TraceLog());
        try {
            scenario.run(draw);
            return null;
        } catch (Violation violation) {
            Shape shape = draw.drawn();
            if (shape == null) {
                throw violation; // before anything was drawn: there is nothing to make smaller
            }
            return new Failure(seed, variant, shape, violation);
        }
    }

    /// How many runs it took.
    int tries() {
        return tries;
    }

    /// Makes a failure as small as it gets.
    ///
    /// @param triesMax how many runs to play at most
    Failure shrink(Failure found, int triesMax) {
        Failure smallest = found;
        Failure next = found;
        while (next != null) {
            smallest = next;
            progress.accept(
                    smallest.variant() + " fails with seed 0x" + Long.toHexString(smallest.seed()));
            next = smaller(smallest, triesMax);
        }
        return smallest;
    }

    private @Nullable Failure smaller(Failure than, int triesMax) {
        for (Variant variant : than.shape().variant().smaller()) {
            for (int i = 0; i < SEEDS_PER_VARIANT && tries < triesMax; i++) {
                tries++;
                Failure failure = player.play(than.seed() + i, variant);
                if (failure != null
                        && failure.violation().getClass() == than.violation().getClass()) {
                    return failure;
                }
            }
        }
        return null;
    }
}
