package dev.quorate.sim.swim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.swim.Liveness;
import dev.quorate.swim.SwimConfig;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The case that Lifeguard was made for: one node that is away again and again blames the others.
class StalledNodeTest {
    private static final SwimConfig PLAIN =
            new SwimConfig(
                    SwimConfig.DEFAULT.timing(),
                    SwimConfig.DEFAULT.suspicion(),
                    SwimConfig.DEFAULT.limits(),
                    SwimConfig.Lifeguard.OFF);

    /// Timers run, but packets wait, in and out: the anomaly that the Lifeguard paper injects,
    /// which blocks messages. With plain SWIM the node convicts everybody meanwhile.
    @ParameterizedTest(name = "{0} nodes, {1} starved, seed {2}")
    @CsvSource({"3, 1, 2", "5, 1, 3", "20, 1, 4", "20, 3, 5", "50, 1, 6", "50, 5, 7"})
    void aNodeStarvedOfItsNetworkDoesNotGetHealthyOnesDeclaredDead(
            int nodes, int starved, long seed) {
        long plain = falselyDead(nodes, starved, seed, PLAIN, SwimCluster::starve);
        long lifeguard = falselyDead(nodes, starved, seed, SwimConfig.DEFAULT, SwimCluster::starve);

        String figures =
                "%d nodes, %d starved, seed %d: healthy ones declared dead %d times with plain SWIM, %d with Lifeguard"
                        .formatted(nodes, starved, seed, plain, lifeguard);
        Quantiles.show(figures);
        assertThat(plain).as(figures).isGreaterThanOrEqualTo(50);
        assertThat(lifeguard * 50).as(figures).isLessThanOrEqualTo(plain);
    }

    /// Away for so long that the node gives everybody up; but it tells nobody, and takes it back.
    @ParameterizedTest(name = "{0} nodes, {1} starved, seed {2}")
    @CsvSource({"5, 1, 1", "20, 1, 2", "20, 5, 3"})
    void aNodeStarvedForLongBlamesTheOthersInSilence(int nodes, int starved, long seed) {
        SwimCluster cluster = new SwimCluster(seed, nodes, 0, SwimConfig.DEFAULT);
        cluster.run(Duration.ofSeconds(10));
        List<NodeId> sick = cluster.up().subList(0, starved);
        for (int cycle = 0; cycle < 20; cycle++) {
            sick.forEach(cluster::starve);
            cluster.run(Duration.ofSeconds(60));
            sick.forEach(cluster::resume);
            cluster.run(Duration.ofSeconds(10));
        }

        assertThat(cluster.observations())
                .as("beliefs of the healthy about the healthy, seed %d", seed)
                .filteredOn(seen -> seen.transition().after() == Liveness.DEAD)
                .filteredOn(seen -> !sick.contains(seen.observer()))
                .allMatch(seen -> sick.contains(seen.transition().member()));
    }

    @ParameterizedTest(name = "{0} nodes, {1} stopped, seed {2}")
    @CsvSource({"2, 1, 1", "3, 1, 2", "20, 3, 4", "50, 5, 5"})
    void aStoppedProcessNeverGetsHealthyOnesDeclaredDead(int nodes, int stopped, long seed) {
        assertThat(falselyDead(nodes, stopped, seed, SwimConfig.DEFAULT, SwimCluster::stall))
                .isZero();
    }

    /// Away for 10 s, back for 1 s, for half an hour.
    private static long falselyDead(
            int nodes,
            int away,
            long seed,
            SwimConfig config,
            BiConsumer<SwimCluster, NodeId> fault) {
        SwimCluster cluster = new SwimCluster(seed, nodes, 0, config);
        cluster.run(Duration.ofSeconds(10));
        List<NodeId> sick = cluster.up().subList(0, away);
        long endNanos = cluster.nowNanos() + Duration.ofMinutes(30).toNanos();
        while (cluster.nowNanos() < endNanos) {
            sick.forEach(node -> fault.accept(cluster, node));
            cluster.run(Duration.ofSeconds(10));
            sick.forEach(cluster::resume);
            cluster.run(Duration.ofSeconds(1));
        }
        return cluster.observations().stream()
                .filter(seen -> seen.transition().after() == Liveness.DEAD)
                .filter(seen -> !sick.contains(seen.transition().member()))
                .count();
    }
}
