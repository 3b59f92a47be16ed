package dev.quorate.sim.story;

import static dev.quorate.sim.story.Stage.SECOND;
import static dev.quorate.sim.story.Stage.busy;
import static dev.quorate.sim.story.Stage.leader;
import static dev.quorate.sim.story.Stage.others;
import static dev.quorate.sim.story.Stage.progress;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome.Served;
import dev.quorate.sim.Habits;
import dev.quorate.sim.Simulation;
import dev.quorate.types.NodeId;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rules R14 and R15: log time, and what is read by it.
class TimeStoriesTest {
    private static final Duration YEAR = Duration.ofDays(365);

    /// R14. That stamps only grow is checked at every entry that is applied.
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aClockAYearBehindDoesNotTurnLogTimeBack(long seed) {
        Simulation sim = busy(seed, 3).run(SECOND);
        for (int round = 0; round < 3; round++) {
            NodeId behind = leader(sim);
            long before = sim.logTimeMicros();
            sim.jumpClock(behind, YEAR.negated()).run(SECOND.multipliedBy(3));
            progress(sim, 30);
            assertThat(sim.logTimeMicros()).isGreaterThan(before);
            sim.jumpClock(behind, YEAR).run(SECOND.multipliedBy(3));
        }
        sim.settle();
    }

    /// R15. Every bounded answer is compared with what had been acknowledged long enough before.
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aBoundedReadKeepsItsBoundOnALaggingReplicaOverLeaderChanges(long seed) {
        Habits bounded = new Habits(0, 0.6, 0, 1, 0.5);
        Simulation sim = busy(seed, 3).prefer(bounded).run(SECOND);
        for (int round = 0; round < 5; round++) {
            NodeId lags = others(3, leader(sim)).get(round % 2);
            sim.partition(lags).run(SECOND.multipliedBy(4)).heal();
            sim.transfer(Stage.G1, others(3, leader(sim)).getFirst()).run(SECOND);
        }
        sim.settle();
        assertThat(sim.served(Served.BOUNDED)).isGreaterThan(100);
    }
}
