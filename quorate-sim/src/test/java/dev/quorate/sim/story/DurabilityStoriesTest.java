package dev.quorate.sim.story;

import static dev.quorate.sim.story.Stage.G1;
import static dev.quorate.sim.story.Stage.SECOND;
import static dev.quorate.sim.story.Stage.busy;
import static dev.quorate.sim.story.Stage.founded;
import static dev.quorate.sim.story.Stage.leader;
import static dev.quorate.sim.story.Stage.nextLeader;
import static dev.quorate.sim.story.Stage.others;
import static dev.quorate.sim.story.Stage.progress;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.sim.FaultKind;
import dev.quorate.sim.Faults;
import dev.quorate.sim.Habits;
import dev.quorate.sim.Simulation;
import dev.quorate.types.NodeId;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is durable when (rules R1 to R5, R8, R25). Clients append to lists, so that nothing that is
/// lost or doubled can hide under the next write.
class DurabilityStoriesTest {
    private static final Habits APPENDS = Habits.ORDINARY.appending(0);

    /// R1. That what a replica acknowledges is durable there, at that very index and term, is
    /// checked with every message.
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aSlowJournalNeverAcknowledgesWhatALaterLeaderHasReplaced(long seed) {
        Simulation sim = busy(seed, 3).prefer(APPENDS).run(SECOND);
        for (int round = 0; round < 4; round++) {
            NodeId old = leader(sim);
            // when writes are in flight on a slow disk while others lead and rewrite them
            sim.slowDisk(old, SECOND.multipliedBy(4)).run(Duration.ofMillis(100));
            sim.partition(old);
            nextLeader(sim, old);
            progress(sim, 5);
            sim.heal().run(SECOND);
        }
        sim.settle();
    }

    /// R2. At every start it is checked that the state machine is not ahead of its log.
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aCrashBetweenApplyAndForceLeavesNoStateAheadOfItsLog(long seed) {
        Simulation sim = busy(seed, 3).prefer(APPENDS).run(SECOND);
        for (int round = 0; round < 4; round++) {
            // when others commit what this replica's slow disk does not hold yet, and it dies
            NodeId slow = others(3, leader(sim)).get(round % 2);
            sim.slowDisk(slow, SECOND.multipliedBy(2)).run(Duration.ofMillis(500));
            sim.crash(slow).run(Duration.ofMillis(50)).restart(slow);
            progress(sim, 5);
        }
        sim.settle();
    }

    /// R3. The state machine keeps any prefix from its last flush on; entries after that come
    /// again.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void stateAndAppliedIndexComeBackTogether(long seed) {
        Simulation sim = busy(seed, 3).prefer(APPENDS).run(SECOND);
        for (int round = 0; round < 4; round++) {
            sim.crash(new NodeId(1)).crash(new NodeId(2)).crash(new NodeId(3));
            sim.run(Duration.ofMillis(20L * round));
            sim.restart(new NodeId(1)).restart(new NodeId(2)).restart(new NodeId(3));
            progress(sim, 30);
        }
        // equal states on all replicas, and every list as it was acknowledged
        sim.settle();
    }

    /// R4. What is restored is compared with every other state of that index.
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aCrashAtAnyMomentOfAnInstallationMixesNoStates(long seed) {
        Simulation sim = founded(seed, Stage.withShortLogs(3)).prefer(APPENDS).load().run(SECOND);
        for (int round = 0; round < 4; round++) {
            NodeId behind = others(3, leader(sim)).get(round % 2);
            sim.partition(behind);
            progress(sim, 60);
            sim.heal();
            // fetching takes up to 300 ms, and each step of the installation some milliseconds
            sim.run(Duration.ofMillis(30 + seed * 20 + round * 40L));
            sim.crash(behind).run(Duration.ofMillis(5)).restart(behind);
            sim.run(SECOND.multipliedBy(2));
        }
        sim.settle();
        assertThat(sim.snapshotsInstalled()).isPositive();
    }

    /// R5. Damage below what was stated to be forced is reported, and the replica put in quarantine
    /// (R7); it is never taken for a torn end and cut away.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void rotIsNeverTakenForATornTail(long seed) {
        Simulation sim = busy(seed, 3).prefer(APPENDS).run(SECOND).rest();
        NodeId rotten = others(3, leader(sim)).getFirst();
        sim.run(SECOND).rot(rotten).crash(rotten).restart(rotten);
        sim.load();
        progress(sim, 30);
        // what others committed with its vote is still there, without it
        sim.crash(leader(sim));
        sim.run(SECOND.multipliedBy(2)).settle();
        assertThat(sim.canServe(G1)).isTrue();
    }

    /// R8.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void fullDisksRefuseAndServeAgainOnceThereIsRoom(int full) {
        Simulation sim =
                founded(full, Stage.withEndlessLogs(3).served(12, Duration.ofMillis(1)))
                        .prefer(APPENDS)
                        .load()
                        .run(SECOND);
        for (int id = 1; id <= full; id++) {
            sim.fillDisk(new NodeId(id), SECOND.multipliedBy(60));
        }
        sim.runUntil("a full disk", () -> sim.disksFull() > 0, SECOND.multipliedBy(60));
        if (full == 1) {
            progress(sim, 30);
        }
        sim.rest().run(SECOND.multipliedBy(60)).load();

        progress(sim, 30);
        sim.settle();
    }

    /// R25. A lie cannot be survived by the one who believed it, but must be noticed, or else cost
    /// nobody else anything.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatOneLyingDiskForgetsTheOthersStillHave(long seed) {
        Simulation sim =
                busy(seed, 3)
                        .prefer(APPENDS)
                        .run(SECOND)
                        .lie(new NodeId(1), Duration.ofMillis(300 * seed))
                        .run(SECOND.multipliedBy(5));
        progress(sim, 30);
        sim.settle();
        assertThat(sim.canServe(G1)).isTrue();
    }

    /// R3, R25: with everything that keeps its word failing at once.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void crashesAtEveryKindOfMomentLoseNothing(long seed) {
        Simulation sim = founded(seed, Stage.withShortLogs(3)).prefer(APPENDS).load();
        sim.storm(
                Faults.NONE
                        .with(FaultKind.CRASH, 1)
                        .with(FaultKind.CRASH_IN_TURN, 0.002)
                        .with(FaultKind.TORN_WRITE, 0.01),
                SECOND.multipliedBy(10));
        sim.settle();
    }
}
