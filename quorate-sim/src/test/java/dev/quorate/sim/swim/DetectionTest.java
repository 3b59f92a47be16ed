package dev.quorate.sim.swim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.swim.Liveness;
import dev.quorate.swim.SwimConfig;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How soon a dead node is declared so, by every one of those who are left.
class DetectionTest {
    private static final int CRASHES = 150;
    private static final NodeId VICTIM = new NodeId(2);

    @ParameterizedTest(name = "{0} nodes, loss {1}, first seed {2}")
    @CsvSource({
        "3, 0, 1000",
        "3, 0.01, 2000",
        "5, 0, 3000",
        "10, 0, 4000",
        "20, 0, 5000",
        "50, 0, 6000",
        "50, 0.01, 7000",
    })
    void aDeadNodeIsDeclaredWithinThreeSecondsUsuallyAndSixAlways(
            int nodes, double loss, long firstSeed) {
        List<Long> millis = new ArrayList<>();
        List<Long> lastMillis = new ArrayList<>();
        for (long seed = firstSeed; seed < firstSeed + CRASHES; seed++) {
            List<Long> declared = crash(nodes, loss, seed);
            assertThat(declared).as("observers, seed %d", seed).hasSize(nodes - 1);
            millis.addAll(declared);
            lastMillis.add(declared.stream().mapToLong(Long::longValue).max().orElseThrow());
        }
        String figures =
                "%d nodes, loss %s, %d crashes: observers' median %d ms, p99 %d ms; last observer's median %d ms, p99 %d ms"
                        .formatted(
                                nodes,
                                loss,
                                CRASHES,
                                Quantiles.of(millis, 0.5),
                                Quantiles.of(millis, 0.99),
                                Quantiles.of(lastMillis, 0.5),
                                Quantiles.of(lastMillis, 0.99));
        Quantiles.show(figures);
        assertThat(Quantiles.of(millis, 0.5)).as(figures).isLessThanOrEqualTo(3_000);
        assertThat(Quantiles.of(millis, 0.99)).as(figures).isLessThanOrEqualTo(6_000);
    }

    private static List<Long> crash(int nodes, double loss, long seed) {
        SwimCluster cluster = new SwimCluster(seed, nodes, 0, SwimConfig.DEFAULT);
        cluster.loss(loss);
        cluster.run(Duration.ofMillis(5_000 + 37 * (seed % 100)));
        long crashedNanos = cluster.nowNanos();
        cluster.crash(VICTIM);
        cluster.run(Duration.ofSeconds(30));
        return cluster.observations().stream()
                .filter(seen -> seen.transition().member().equals(VICTIM))
                .filter(seen -> seen.transition().after() == Liveness.DEAD)
                .map(seen -> (seen.atNanos() - crashedNanos) / 1_000_000)
                .toList();
    }
}
