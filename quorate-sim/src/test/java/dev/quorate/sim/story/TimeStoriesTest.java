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

    /// R14. One clock is a year ahead, the leader's or another's, from one moment to the next.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aClockAYearAheadDoesNotMoveLogTime(long seed) {
        Simulation sim = busy(seed, 3).run(SECOND);
        NodeId ahead = seed % 2 == 0 ? leader(sim) : others(3, leader(sim)).getFirst();
        sim.jumpClock(ahead, YEAR).run(SECOND);
        progress(sim, 30);
        for (NodeId node : others(3, leader(sim))) {
            sim.transfer(Stage.G1, node).run(SECOND);
            progress(sim, 30);
        }
        requireRightLogTime(sim);
        sim.settle();
        requireRightLogTime(sim);
    }

    /// R14. It starts like that, and knows nothing of the others' clocks yet.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aNodeThatStartsAYearAheadDoesNotMoveLogTime(long seed) {
        Simulation sim = busy(seed, 3).run(SECOND);
        NodeId ahead = leader(sim);
        for (NodeId node : others(4, new NodeId(4))) {
            sim.crash(node);
        }
        sim.jumpClock(ahead, YEAR);
        sim.restart(ahead).run(Duration.ofMillis(100 * (seed - 1)));
        others(3, ahead).forEach(sim::restart);
        progress(sim, 30);
        requireRightLogTime(sim);
        sim.settle();
        requireRightLogTime(sim);
    }

    /// R14. Better somebody else leads.
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aLeaderWhoseClockIsOffHandsOver(long seed) {
        Simulation sim = busy(seed, 3).run(SECOND);
        NodeId off = leader(sim);
        sim.jumpClock(off, Duration.ofHours(seed == 1 ? 1 : -1));
        Stage.nextLeader(sim, off);
        sim.run(SECOND.multipliedBy(10));
        assertThat(leader(sim)).isNotEqualTo(off);
        sim.settle();
    }

    private static void requireRightLogTime(Simulation sim) {
        assertThat(sim.logTimeMicros() - sim.trueTimeMicros()).isLessThan(750_000);
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
