package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Seeds that nobody has tried before, over all scenarios: as many as fit, but never below a stated
/// number. They follow from the commit, so that a run elsewhere tries the same.
///
/// System properties: `sim.seeds` (most runs, 2000), `sim.seedsMin` (least, 300), `sim.seconds`
/// (time after which the least suffices, 180), `sim.base` (first seed).
class FreshSeedsTest {
    private static final long RUNS_MAX = Long.getLong("sim.seeds", 2_000);
    private static final long RUNS_MIN = Math.min(RUNS_MAX, Long.getLong("sim.seedsMin", 300));
    private static final long SECONDS = Long.getLong("sim.seconds", 180);

    @Test
    void freshSeedsBreakNothing() {
        long base = base();
        long began = System.nanoTime();
        Tally tally = new Tally();
        Scenario[] scenarios = Scenario.values();
        while (tally.runs() < RUNS_MAX
                && (tally.runs() < RUNS_MIN
                        || System.nanoTime() - began < SECONDS * 1_000_000_000L)) {
            int at = (int) (tally.runs() % scenarios.length);
            tally.add(scenarios[at].run(base + tally.runs() / scenarios.length));
        }
        System.getLogger("fresh seeds")
                .log(
                        Level.INFO,
                        "from 0x%x: %s".formatted(base, tally.summary(System.nanoTime() - began)));
        assertThat(tally.runs()).isGreaterThanOrEqualTo(RUNS_MIN);
    }

    private static long base() {
        Long given = Long.getLong("sim.base");
        return given != null ? given : commit().map(FreshSeedsTest::seedOf).orElse(1L);
    }

    private static long seedOf(String commit) {
        return Long.parseUnsignedLong(commit.substring(0, 10), 16) << 12;
    }

    private static Optional<String> commit() {
        try {
            Process git = new ProcessBuilder("git", "rev-parse", "HEAD").start();
            String id =
                    new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor() == 0 && id.matches("[0-9a-f]{40}")
                    ? Optional.of(id)
                    : Optional.empty();
        } catch (IOException noGit) {
            return Optional.empty();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
