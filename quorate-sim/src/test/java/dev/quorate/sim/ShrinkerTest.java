package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.sim.Scenario.Draw;
import dev.quorate.sim.Shrinker.Failure;
import dev.quorate.sim.Variant.Shape;
import dev.quorate.sim.Violation.LivenessViolation;
import dev.quorate.sim.Violation.SafetyViolation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The search for the smallest failing run, with bugs planted around real runs.
class ShrinkerTest {
    private final List<String> progress = new ArrayList<>();

    /// A bug that shows when a process starts again, and at least two clients work.
    private static @Nullable Failure withPlantedBug(long seed, Variant variant) {
        Draw draw = new Draw(seed, variant, new TraceLog());
        Report report = Scenario.CRASHES.run(draw);
        Shape shape = draw.drawn();
        if (shape == null || report.restarts() == 0 || shape.config().clients() < 2) {
            return null;
        }
        return new Failure(seed, variant, shape, new SafetyViolation("planted"));
    }

    @Test
    void whatDoesNotMatterIsTakenAway() {
        Failure found = found();

        Failure smallest = shrink();

        Shape shape = smallest.shape();
        assertThat(shape.config().groups()).isEqualTo(1);
        assertThat(shape.config().clients()).isEqualTo(2);
        assertThat(shape.faults().kinds()).hasSize(1);
        assertThat(shape.storm()).isLessThan(found.shape().storm());
        assertThat(withPlantedBug(smallest.seed(), smallest.variant())).isNotNull();
        assertThat(progress).last().asString().startsWith(smallest.variant().toString());
    }

    @Test
    void theSameFailureShrinksToTheSameRun() {
        Failure once = shrink();
        Failure again = shrink();
        assertThat(again.variant()).isEqualTo(once.variant());
        assertThat(again.seed()).isEqualTo(once.seed());
    }

    @Test
    void aFailureOfAnotherKindIsNotTakenForIt() {
        Failure found = found();
        Shrinker shrinker =
                new Shrinker(
                        (seed, variant) ->
                                new Failure(
                                        seed,
                                        variant,
                                        variant.of(found.shape()),
                                        new LivenessViolation("another")),
                        progress::add);
        assertThat(shrinker.shrink(found, 50)).isSameAs(found);
        assertThat(shrinker.tries()).isEqualTo(50);
    }

    private Failure shrink() {
        Failure smallest =
                new Shrinker(ShrinkerTest::withPlantedBug, progress::add).shrink(found(), 300);
        assertThat(smallest.variant()).isNotEqualTo(Variant.AS_DRAWN);
        return smallest;
    }

    private static Failure found() {
        Optional<Failure> found = Optional.empty();
        for (long seed = 1; found.isEmpty(); seed++) {
            found = Optional.ofNullable(withPlantedBug(seed, Variant.AS_DRAWN));
        }
        return found.orElseThrow();
    }
}
