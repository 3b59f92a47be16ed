package dev.quorate.sim.swim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.sim.Prng;
import dev.quorate.swim.SwimConfig;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Everything at once, at random; then calm. `-Dsim.seed=N` replays one seed, `-Dsim.seeds=N` runs
/// more.
class SwimStormTest {
    private static final Duration AGREEMENT = Duration.ofSeconds(60);

    @TestFactory
    Stream<DynamicTest> afterAnyStormAllAgreeAndFallSilent() {
        long first = Long.getLong("sim.seed", 1);
        long count = Long.getLong("sim.seed") != null ? 1 : Long.getLong("sim.seeds", 60);
        return LongStream.range(first, first + count)
                .mapToObj(
                        seed -> DynamicTest.dynamicTest("seed " + seed, () -> stormThenCalm(seed)));
    }

    private static void stormThenCalm(long seed) {
        // given
        SwimCluster cluster = storm(seed);

        // when
        cluster.heal();
        cluster.loss(0);
        cluster.up().forEach(cluster::resume);
        cluster.down().forEach(cluster::restart);

        // then
        assertThat(cluster.runUntil(cluster::allAgree, AGREEMENT))
                .as("agreement, seed %d", seed)
                .isTrue();
        cluster.run(Duration.ofMinutes(2));
        int seen = cluster.observations().size();
        long packets = cluster.packets();
        cluster.run(Duration.ofMinutes(5));
        assertThat(cluster.observations()).as("quiet, seed %d", seed).hasSize(seen);
        double rate = (cluster.packets() - packets) / 300.0 / cluster.up().size();
        assertThat(rate).as("packets per node and second, seed %d", seed).isLessThan(4.5);
    }

    private static SwimCluster storm(long seed) {
        Prng random = new Prng(seed);
        int nodes = 2 + random.nextInt(30);
        SwimCluster cluster = new SwimCluster(random.nextLong(), nodes, 0, SwimConfig.DEFAULT);
        cluster.loss(random.chance(0.5) ? 0 : random.nextDouble() * 0.2);
        for (int fault = 0; fault < 40; fault++) {
            harm(cluster, random);
            cluster.run(Duration.ofMillis(random.nextInt(4_000)));
        }
        return cluster;
    }

    private static void harm(SwimCluster cluster, Prng random) {
        List<NodeId> up = cluster.up();
        List<NodeId> down = cluster.down();
        if (up.size() < 2 || (!down.isEmpty() && random.chance(0.2))) {
            cluster.restart(random.pick(down));
            return;
        }
        NodeId victim = random.pick(up);
        switch (random.nextInt(9)) {
            case 0 -> cluster.crash(victim);
            case 1 -> cluster.leave(victim);
            case 2 -> cluster.stall(victim);
            case 3 -> cluster.starve(victim);
            case 4, 5 -> cluster.resume(victim);
            case 6 -> cluster.cut(victim, random.pick(up));
            case 7 -> cluster.partition(up.subList(0, 1 + random.nextInt(up.size() - 1)));
            default -> cluster.heal();
        }
    }

    @Test
    void equalSeedsGiveEqualRuns() {
        List<Observation> first = new ArrayList<>();
        long packets = 0;
        for (long seed = 1; seed <= 5; seed++) {
            SwimCluster cluster = storm(seed);
            first.addAll(cluster.observations());
            packets += cluster.packets();
        }
        List<Observation> second = new ArrayList<>();
        for (long seed = 1; seed <= 5; seed++) {
            SwimCluster cluster = storm(seed);
            second.addAll(cluster.observations());
            packets -= cluster.packets();
        }

        assertThat(first).hasSizeGreaterThan(50).isEqualTo(second);
        assertThat(packets).isZero();
    }
}
