package dev.quorate.sim.swim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.swim.Incarnation;
import dev.quorate.swim.SwimConfig;
import dev.quorate.types.NodeId;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Nothing happens in a healthy cluster, for as long as one likes to look.
class HealthyClusterTest {
    @ParameterizedTest(name = "{0} nodes, loss {1}, seed {2}")
    @CsvSource({
        "2, 0, 1",
        "2, 0.01, 2",
        "3, 0, 3",
        "3, 0.005, 4",
        "3, 0.01, 5",
        "50, 0, 6",
        "50, 0.01, 7",
        "200, 0.01, 8",
    })
    void nobodyIsDoubtedForAnHour(int nodes, double loss, long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, nodes, 0, SwimConfig.DEFAULT);
        cluster.loss(loss);

        // when
        cluster.run(Duration.ofHours(1));

        // then
        assertThat(cluster.observations()).isEmpty();
        assertThat(cluster.allAgree()).isTrue();
        double rate = cluster.packets() / 3_600.0 / nodes;
        assertThat(rate).as("packets per node and second").isLessThan(4.5);
        for (NodeId node : cluster.up()) {
            assertThat(cluster.incarnation(node)).isEqualTo(new Incarnation(1, 0));
        }
    }
}
