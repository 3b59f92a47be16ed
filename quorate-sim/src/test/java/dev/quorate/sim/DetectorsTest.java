package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftConfig.Timing;
import dev.quorate.swim.Incarnation;
import dev.quorate.swim.Liveness;
import dev.quorate.types.NodeId;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Failure detectors and consensus on the same links, members from group 0.
class DetectorsTest {
    private static final NodeId N2 = new NodeId(2);

    @ParameterizedTest(name = "{0} nodes")
    @ValueSource(ints = {3, 5})
    void nobodyIsDoubtedForAnHourWhileClientsWork(int nodes) {
        Simulation sim = cluster(nodes);

        sim.load().run(Duration.ofHours(1));

        assertThat(sim.network.detectors.beliefs()).isEmpty();
        for (long id = 1; id <= nodes; id++) {
            assertThat(sim.network.detectors.incarnation(new NodeId(id)))
                    .isEqualTo(new Incarnation(1, 0));
        }
        assertThat(sim.answered()).isGreaterThan(3_000);
        sim.settle();
    }

    @Test
    void aDeadNodeIsDeclaredSoAndItsReturnIsSeen() {
        Simulation sim = cluster(5);

        sim.crash(N2).run(Duration.ofSeconds(15));

        assertThat(sim.network.detectors.beliefs())
                .filteredOn(belief -> belief.transition().after() == Liveness.DEAD)
                .hasSize(4)
                .allMatch(belief -> belief.transition().member().equals(N2));

        sim.restart(N2).run(Duration.ofSeconds(15));
        assertThat(sim.network.detectors.beliefs())
                .filteredOn(belief -> belief.transition().after() == Liveness.ALIVE)
                .hasSizeGreaterThanOrEqualTo(4)
                .allMatch(belief -> belief.transition().member().equals(N2));
    }

    /// Slow heartbeats and few clients: an hour is long.
    private static Simulation cluster(int nodes) {
        Timing slow = new Timing(Duration.ofMillis(500), Duration.ofSeconds(2));
        SimConfig config =
                SimConfig.ordinary(nodes, 1)
                        .replicated(nodes)
                        .timed(slow)
                        .served(1, Duration.ofSeconds(2));
        Simulation sim = new Simulation("detectors", nodes, config);
        sim.network.detectors.use();
        return sim.found();
    }
}
