package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftConfig.Limits;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One sick group does not hold the node (rule R9).
class SickGroupTest {
    private static final int GROUPS = 3;
    private static final GroupId G1 = new GroupId(1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aSickReplicaHandsOverThenAcknowledgesNoMoreAndIsHealedByASnapshot(long seed) {
        // given three groups under load, whose logs are kept short
        Simulation sim = new Simulation("sick-group", seed, config()).found().load().run(SECOND);
        NodeId sick = sim.leader(G1).orElseThrow();
        long snapshots = sim.snapshotsInstalled();

        // when the state machine of one of them stops on the node that leads it
        sim.node(sick).lanes().poison(G1);
        sim.runUntil(
                "another leader",
                () -> sim.leader(G1).filter(leader -> !leader.equals(sick)).isPresent(),
                SECOND.multipliedBy(20));

        // then the others go on, and so does that one, elsewhere
        for (int group = 1; group <= GROUPS; group++) {
            GroupId one = new GroupId(group);
            long goal = sim.committed(one) + 20;
            sim.runUntil(
                    one + " to go on", () -> sim.committed(one) >= goal, SECOND.multipliedBy(20));
        }

        // and once it has too much that it cannot apply, it takes no more, until a snapshot heals
        // it
        sim.runUntil(
                "a snapshot to heal it",
                () -> sim.snapshotsInstalled() > snapshots,
                SECOND.multipliedBy(180));
        assertThat(sim.leader(G1)).isPresent();
        sim.settle();
    }

    private static SimConfig config() {
        Limits some = Limits.DEFAULT;
        return SimConfig.ordinary(3, GROUPS)
                .served(12, Duration.ofMillis(20))
                .limited(
                        new Limits(
                                some.messageBytes(),
                                some.inflightMessages(),
                                some.inflightBytes(),
                                some.uncommittedBytes(),
                                some.cacheBytes(),
                                some.applyBytes(),
                                some.persistsInFlight(),
                                20,
                                20));
    }
}
