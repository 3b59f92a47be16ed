package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.sim.Violation.LivenessViolation;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Stories of a cluster, in simulated time. Every step is checked against all invariants.
class SimulationTest {
    private static final GroupId G1 = new GroupId(1);
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N2 = new NodeId(2);
    private static final NodeId N3 = new NodeId(3);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void writesSurviveTheLossOfTheLeader() {
        // given a cluster at work
        Simulation sim = cluster(42, 3, 2).load().run(SECOND);
        NodeId old = sim.leader(G1).orElseThrow();
        long committed = sim.committed(G1);
        assertThat(committed).isGreaterThan(10);

        // when the leader crashes
        sim.crash(old);

        // then another takes over and clients go on
        sim.runUntil("another leader", () -> isOther(sim.leader(G1), old), SECOND.multipliedBy(3));
        sim.runUntil("progress", () -> sim.committed(G1) > committed + 10, SECOND.multipliedBy(5));
        sim.restart(old).settle();
    }

    @Test
    void everythingAcknowledgedSurvivesTheRestartOfAll() {
        Simulation sim = cluster(7, 3, 3).load().run(SECOND);
        for (NodeId id : List.of(N1, N2, N3)) {
            sim.crash(id);
        }
        long answered = sim.answered();
        sim.run(SECOND);
        assertThat(sim.answered()).as("answers while all are down").isEqualTo(answered);

        sim.settle();

        assertThat(sim.answered()).isGreaterThan(answered);
    }

    @Test
    void aMinorityThatWasCutOffCatchesUp() {
        Simulation sim = cluster(11, 3, 1).load().run(SECOND);
        NodeId old = sim.leader(G1).orElseThrow();
        long committed = sim.committed(G1);

        sim.partition(old);
        sim.runUntil("progress", () -> sim.committed(G1) > committed + 10, SECOND.multipliedBy(8));

        assertThat(sim.leader(G1)).isNotEqualTo(Optional.of(old));
        sim.settle();
    }

    @Test
    void withoutAMajorityNothingIsCommitted() {
        Simulation sim = cluster(13, 3, 1).load().run(SECOND);
        sim.crash(N2).crash(N3);
        sim.run(Duration.ofMillis(10));
        long committed = sim.committed(G1);

        sim.run(SECOND.multipliedBy(5));

        assertThat(sim.committed(G1)).isEqualTo(committed);
        sim.settle();
    }

    @Test
    void aLeaderWithASlowDiskDoesNotStopTheGroup() {
        Simulation sim = cluster(17, 3, 1).load().run(SECOND);
        NodeId old = sim.leader(G1).orElseThrow();
        long committed = sim.committed(G1);

        sim.slowDisk(old, Duration.ofSeconds(5)).run(SECOND.multipliedBy(5));

        assertThat(sim.committed(G1)).isGreaterThan(committed + 3);
        sim.settle();
    }

    @Test
    void aPausedLeaderServesNoStaleReads() {
        Simulation sim = cluster(19, 3, 2).load().run(SECOND);
        for (int round = 0; round < 5; round++) {
            NodeId old = sim.leader(G1).orElseThrow();
            sim.pause(old, SECOND.multipliedBy(2)).run(SECOND.multipliedBy(3));
        }
        // the histories are checked here
        sim.settle();
    }

    @Test
    void aClusterIsFoundedOnceAMajorityHasStarted() {
        Simulation sim = new Simulation("test", 23, SimConfig.ordinary(3, 2));
        sim.restart(N3).run(SECOND.multipliedBy(3));
        assertThat(sim.isLed(new GroupId(1))).isFalse();

        sim.restart(N1);

        sim.runUntil("founding", () -> sim.isLed(new GroupId(1)), SECOND.multipliedBy(5));
        sim.settle();
    }

    @Test
    void aFollowerThatRestartsUnderAnIdleLeaderCatchesUp() {
        // nothing is appended after its return, so nothing but heartbeats would reach it
        Simulation sim = cluster(29, 3, 1);
        NodeId leader = sim.leader(G1).orElseThrow();
        NodeId follower = leader.equals(N1) ? N2 : N1;
        sim.run(SECOND.multipliedBy(2));
        sim.crash(follower).run(Duration.ofMillis(5)).restart(follower);

        sim.runUntil("the follower to catch up", sim::converged, SECOND.multipliedBy(2));

        assertThat(sim.leader(G1)).isEqualTo(Optional.of(leader));
    }

    @Test
    void waitingInVainNamesTheSeedAndTheWayToReplayIt() {
        Simulation sim = cluster(31, 3, 1);
        assertThatThrownBy(() -> sim.runUntil("the moon", () -> false, SECOND))
                .isInstanceOf(LivenessViolation.class)
                .hasMessageContaining("waited PT1S in vain for the moon")
                .hasMessageContaining("./quorate sim --scenario test --seed 0x1f")
                .hasMessageContaining("Heartbeat");
    }

    private static Simulation cluster(long seed, int nodes, int groups) {
        return new Simulation("test", seed, SimConfig.ordinary(nodes, groups)).found();
    }

    private static boolean isOther(Optional<NodeId> leader, NodeId old) {
        return leader.isPresent() && !leader.get().equals(old);
    }
}
