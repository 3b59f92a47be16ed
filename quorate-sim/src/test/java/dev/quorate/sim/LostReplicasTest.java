package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A node that lost part of its journal is made whole again by the cluster itself (rule R7).
class LostReplicasTest {
    private static final NodeId N2 = new NodeId(2);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void aSpareNodeTakesTheLostReplicasPlace() {
        Simulation sim = loaded(31, SimConfig.ordinary(5, 4).replicated(3));

        sim.loseNewestFile(N2).restart(N2).run(SECOND);

        sim.runUntil("every lost replica to be replaced", sim::healed, SECOND.multipliedBy(60));
        sim.settle();
    }

    @Test
    void withoutASpareNodeTheSameOneGetsNewReplicas() {
        Simulation sim = loaded(37, SimConfig.ordinary(3, 2));

        sim.loseNewestFile(N2).restart(N2).run(SECOND);

        sim.runUntil("every lost replica to be replaced", sim::healed, SECOND.multipliedBy(60));
        sim.settle();
        assertThat(sim.canServe(new GroupId(1))).isTrue();
    }

    private static Simulation loaded(long seed, SimConfig config) {
        return new Simulation("test", seed, config).found().load().run(SECOND.multipliedBy(3));
    }
}
