package dev.quorate.sim.story;

import static dev.quorate.sim.story.Stage.SECOND;
import static dev.quorate.sim.story.Stage.busy;
import static dev.quorate.sim.story.Stage.founded;
import static dev.quorate.sim.story.Stage.leader;
import static dev.quorate.sim.story.Stage.nextLeader;
import static dev.quorate.sim.story.Stage.others;
import static dev.quorate.sim.story.Stage.progress;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome.Served;
import dev.quorate.sim.Habits;
import dev.quorate.sim.Simulation;
import dev.quorate.sim.Violation.SafetyViolation;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rule R11: a lease is never trusted longer than others keep the promise behind it.
class LeaseStoriesTest {
    private static final Habits LEASES = Habits.ORDINARY.reading(0.7, 1);
    private static final long BOUND_PPM = 50_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aPartitionedOldLeaderNeverServesAStaleLeaseRead(long seed) {
        assertThat(partitionLeaders(seed, -BOUND_PPM, BOUND_PPM)).isGreaterThan(50);
    }

    /// The counter-check: with clocks beyond the bound the same story shows stale reads. So the
    /// story above does ask old leaders at the right moments.
    @Test
    void beyondTheDriftBoundStaleReadsAreSeen() {
        int stale = 0;
        for (long seed = 1; seed <= 6; seed++) {
            try {
                partitionLeaders(seed, 0, 2_000_000);
            } catch (SafetyViolation violation) {
                assertThat(violation).hasMessageContaining("not linearizable");
                stale++;
            }
        }
        assertThat(stale).as("seeds that showed a stale read").isPositive();
    }

    /// The leader is cut off, several times, its clock and the others' as fast as given.
    ///
    /// @return reads that were served by a lease
    private static long partitionLeaders(long seed, long oldPpm, long othersPpm) {
        Simulation sim =
                founded(seed, Stage.config(3).served(12, Duration.ofMillis(5)))
                        .prefer(LEASES)
                        .load()
                        .run(SECOND);
        for (int round = 0; round < 4; round++) {
            NodeId old = leader(sim);
            sim.drift(old, oldPpm);
            others(3, old).forEach(other -> sim.drift(other, othersPpm));
            sim.run(SECOND);
            NodeId still = leader(sim);
            sim.partition(still);
            nextLeader(sim, still);
            sim.run(SECOND).heal();
            progress(sim, 5);
        }
        sim.settle();
        return sim.served(Served.LEASE);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void aRestartedVoterDoesNotBreakALeaseItConfirmed(long seed) {
        Simulation sim = busy(seed, 3).prefer(LEASES).run(SECOND);
        for (int round = 0; round < 4; round++) {
            // when the leader is cut off and the others return so soon that they remember nothing
            NodeId old = leader(sim);
            sim.partition(old);
            List<NodeId> others = others(3, old);
            others.forEach(sim::crash);
            sim.run(Duration.ofMillis(1));
            others.forEach(sim::restart);

            // then they elect, but not while the old leader may still serve
            nextLeader(sim, old);
            progress(sim, 5);
            sim.heal();
        }
        // the histories are checked here
        sim.settle();
        assertThat(sim.served(Served.LEASE)).isGreaterThan(50);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void aLeaderWhoseMachineWasSuspendedServesNothingByItsOldLease(long seed) {
        Simulation sim = busy(seed, 3).prefer(LEASES).run(SECOND);
        for (int round = 0; round < 4; round++) {
            NodeId old = leader(sim);
            sim.suspend(old, SECOND.multipliedBy(3));
            nextLeader(sim, old);
            progress(sim, 5);
            sim.run(SECOND.multipliedBy(3));
        }
        sim.settle();
        assertThat(sim.served(Served.LEASE)).isGreaterThan(50);
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33})
    void aLeaderThatHandsOverServesNothingByItsLeaseAfterwards(long seed) {
        Simulation sim = busy(seed, 3).prefer(LEASES).run(SECOND);
        for (int round = 0; round < 10; round++) {
            NodeId old = leader(sim);
            sim.transfer(Stage.G1, others(3, old).get(round % 2));
            sim.run(Duration.ofMillis(300));
        }
        sim.settle();
        assertThat(sim.served(Served.LEASE)).isGreaterThan(50);
    }
}
