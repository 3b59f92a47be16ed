package dev.quorate.sim.swim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.swim.Liveness;
import dev.quorate.swim.SwimConfig;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Links that break while processes live.
class NetworkFaultsTest {
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N2 = new NodeId(2);

    @ParameterizedTest(name = "{0} nodes, loss {1}, seed {2}")
    @CsvSource({"3, 0, 1", "3, 0, 2", "5, 0.01, 3", "10, 0.01, 4", "50, 0.01, 5"})
    void aLinkCutBetweenTwoNodesFlapsNobody(int nodes, double loss, long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, nodes, 0, SwimConfig.DEFAULT);
        cluster.loss(loss);

        // when
        cluster.cut(N1, N2);
        cluster.cut(N2, N1);
        cluster.run(Duration.ofMinutes(10));

        // then
        assertThat(cluster.observations()).isEmpty();
    }

    @ParameterizedTest(name = "{0} nodes, seed {1}")
    @CsvSource({"3, 1", "5, 2", "20, 3"})
    void aLinkCutInOneDirectionFlapsNobody(int nodes, long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, nodes, 0, SwimConfig.DEFAULT);

        // when
        cluster.cut(N1, N2);
        cluster.run(Duration.ofMinutes(10));

        // then
        assertThat(cluster.observations()).isEmpty();
    }

    @ParameterizedTest(name = "{0} nodes, seed {1}")
    @CsvSource({"3, 1", "5, 2", "20, 3", "50, 4"})
    void aNodeThatHearsButIsNotHeardIsDeclaredDeadAndNobodyElseIs(int nodes, long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, nodes, 0, SwimConfig.DEFAULT);
        cluster.run(Duration.ofSeconds(5));

        // when
        cluster.up().forEach(other -> cluster.cut(N1, other));
        cluster.run(Duration.ofMinutes(5));

        // then
        assertThat(cluster.allBelieve(N1, Liveness.DEAD)).isTrue();
        assertThat(cluster.observations())
                .filteredOn(seen -> !seen.observer().equals(N1))
                .filteredOn(seen -> seen.transition().after() == Liveness.DEAD)
                .allMatch(seen -> seen.transition().member().equals(N1));

        // and when
        cluster.heal();

        // then
        assertThat(cluster.runUntil(cluster::allAgree, Duration.ofMinutes(1))).isTrue();
    }

    @ParameterizedTest(name = "{0} nodes, seed {1}")
    @CsvSource({"3, 1", "5, 2", "20, 3", "50, 4"})
    void aNodeThatIsHeardButDoesNotHearIsDeclaredDeadAndNobodyElseIs(int nodes, long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, nodes, 0, SwimConfig.DEFAULT);
        cluster.run(Duration.ofSeconds(5));

        // when
        cluster.up().forEach(other -> cluster.cut(other, N1));
        cluster.run(Duration.ofMinutes(5));

        // then
        assertThat(cluster.allBelieve(N1, Liveness.DEAD)).isTrue();
        assertThat(cluster.observations())
                .filteredOn(seen -> !seen.observer().equals(N1))
                .filteredOn(seen -> seen.transition().after() == Liveness.DEAD)
                .allMatch(seen -> seen.transition().member().equals(N1));

        // and when
        cluster.heal();

        // then
        assertThat(cluster.runUntil(cluster::allAgree, Duration.ofMinutes(1))).isTrue();
    }

    @ParameterizedTest(name = "{1} of {0} nodes cut off, seed {2}")
    @CsvSource({"2, 1, 1", "3, 1, 2", "5, 2, 3", "20, 10, 4", "50, 25, 5", "50, 1, 6"})
    void aPartitionHealsByItself(int nodes, int away, long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, nodes, 0, SwimConfig.DEFAULT);
        List<NodeId> side = LongStream.rangeClosed(1, away).mapToObj(NodeId::new).toList();
        cluster.run(Duration.ofSeconds(5));

        // when
        cluster.partition(side);
        cluster.run(Duration.ofMinutes(6));

        // then each side holds the other dead
        for (NodeId observer : cluster.up()) {
            for (NodeId other : cluster.up()) {
                if (!observer.equals(other)) {
                    boolean same = side.contains(observer) == side.contains(other);
                    assertThat(cluster.belief(observer, other))
                            .isEqualTo(same ? Liveness.ALIVE : Liveness.DEAD);
                }
            }
        }

        // and when
        cluster.heal();
        long healedNanos = cluster.nowNanos();

        // then
        assertThat(cluster.runUntil(cluster::allAgree, Duration.ofSeconds(30))).isTrue();
        Quantiles.show(
                "%d + %d nodes agree %d ms after the partition healed"
                        .formatted(
                                away,
                                nodes - away,
                                (cluster.nowNanos() - healedNanos) / 1_000_000));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aShortOutageIsForgivenAndItsTimerDoesNotStrikeLater(long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, 5, 0, SwimConfig.DEFAULT);
        cluster.run(Duration.ofSeconds(5));
        cluster.partition(List.of(N1));
        assertThat(
                        cluster.runUntil(
                                () -> !cluster.observations().isEmpty(), Duration.ofSeconds(10)))
                .isTrue();

        // when
        cluster.heal();
        cluster.run(Duration.ofMinutes(1));

        // then
        assertThat(cluster.observations())
                .noneMatch(seen -> seen.transition().after() == Liveness.DEAD);
        assertThat(cluster.allAgree()).isTrue();
    }
}
