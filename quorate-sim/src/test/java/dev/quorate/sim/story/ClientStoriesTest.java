package dev.quorate.sim.story;

import static dev.quorate.sim.story.Stage.G1;
import static dev.quorate.sim.story.Stage.SECOND;
import static dev.quorate.sim.story.Stage.busy;
import static dev.quorate.sim.story.Stage.founded;
import static dev.quorate.sim.story.Stage.leader;
import static dev.quorate.sim.story.Stage.others;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome.Served;
import dev.quorate.sim.FaultKind;
import dev.quorate.sim.Faults;
import dev.quorate.sim.Habits;
import dev.quorate.sim.Prng;
import dev.quorate.sim.SimConfig;
import dev.quorate.sim.Simulation;
import dev.quorate.types.NodeId;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What clients may rely on (rules R10, R20): nothing is lost or done twice, and nothing stands
/// still.
class ClientStoriesTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void transferUnderLoadLosesAndDuplicatesNothing(long seed) {
        Simulation sim = busy(seed, 3).prefer(Habits.ORDINARY.appending(0)).run(SECOND);
        int moved = 0;
        for (int round = 0; round < 20; round++) {
            NodeId old = leader(sim);
            sim.transfer(G1, others(3, old).get(round % 2)).run(Duration.ofMillis(200));
            moved += leader(sim).equals(old) ? 0 : 1;
        }
        // every list is read and compared with what was acknowledged
        sim.settle();
        assertThat(moved).as("transfers that took place").isGreaterThan(10);
    }

    /// R20.
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void retriesOverLeaderChangeSnapshotAndRestartApplyOnce(long seed) {
        Habits retrying = Habits.ORDINARY.appending(1).reading(0.1, 0);
        Simulation sim = founded(seed, Stage.withShortLogs(3)).prefer(retrying).load();
        for (int round = 0; round < 6; round++) {
            // given a replica that comes back by a snapshot, which then leads
            NodeId behind = others(3, leader(sim)).get(round % 2);
            sim.partition(behind).run(SECOND).heal().run(SECOND);
            sim.transfer(G1, behind).run(Duration.ofMillis(200));
            // and leaders that die with answers on their way
            NodeId old = leader(sim);
            sim.crash(old).run(SECOND).restart(old);
        }
        sim.storm(Faults.NONE.with(FaultKind.CRASH, 0.5), SECOND.multipliedBy(5));
        sim.settle();
        assertThat(sim.served(Served.REPEATED)).as("retries").isPositive();
        assertThat(sim.snapshotsInstalled()).isPositive();
    }

    /// R10. With one place in every queue, a full one must never wait for another full one.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void withEveryBoundAtOneALoadedClusterKeepsMoving(long seed) {
        SimConfig tiny = SimConfig.tiny(new Prng(seed)).served(20, Duration.ofMillis(1));
        Simulation sim = founded(seed, tiny).load().run(SECOND.multipliedBy(3));
        long answered = sim.answered();
        sim.run(SECOND.multipliedBy(10));
        assertThat(sim.answered()).isGreaterThan(answered + 20);
        sim.settle();
    }
}
