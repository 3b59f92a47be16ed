package dev.quorate.sim.swim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.sim.Prng;
import dev.quorate.swim.Incarnation;
import dev.quorate.swim.Liveness;
import dev.quorate.swim.MemberStatus;
import dev.quorate.swim.SwimConfig;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Processes that stop and start, members that join and go.
class ComingAndGoingTest {
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N2 = new NodeId(2);

    @ParameterizedTest(name = "{0} nodes, seed {1}")
    @CsvSource({"2, 1", "3, 2", "50, 3"})
    void aNodeThatStartsAgainIsBelievedByItsHigherBootEpoch(int nodes, long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, nodes, 0, SwimConfig.DEFAULT);
        cluster.run(Duration.ofSeconds(5));
        cluster.crash(N2);
        assertThat(
                        cluster.runUntil(
                                () -> cluster.allBelieve(N2, Liveness.DEAD),
                                Duration.ofSeconds(20)))
                .isTrue();

        // when
        cluster.restart(N2);

        // then
        assertThat(cluster.runUntil(cluster::allAgree, Duration.ofSeconds(10))).isTrue();
        assertThat(cluster.incarnation(N2).boot()).isEqualTo(2);
        assertThat(statusOf(cluster, N1, N2).incarnation().boot()).isEqualTo(2);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aQuickRestartIsNoticedAlthoughNobodyMissedTheNode(long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, 5, 0, SwimConfig.DEFAULT);
        cluster.run(Duration.ofSeconds(5));

        // when
        cluster.crash(N2);
        cluster.run(Duration.ofMillis(50));
        cluster.restart(N2);
        cluster.run(Duration.ofSeconds(10));

        // then
        assertThat(cluster.observations())
                .hasSize(4)
                .allMatch(seen -> seen.transition().isRestart())
                .allMatch(seen -> seen.transition().incarnation().equals(new Incarnation(2, 0)));
    }

    @ParameterizedTest(name = "{0} nodes, loss {1}, seed {2}")
    @CsvSource({"2, 0, 1", "3, 0.01, 2", "50, 0.01, 3"})
    void aNodeThatSaysGoodbyeIsNeverDoubted(int nodes, double loss, long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, nodes, 0, SwimConfig.DEFAULT);
        cluster.loss(loss);
        cluster.run(Duration.ofSeconds(5));

        // when
        cluster.leave(N2);
        assertThat(cluster.runUntil(() -> cluster.hasLeft(N2), Duration.ofSeconds(5))).isTrue();
        cluster.run(Duration.ofMinutes(2));

        // then
        assertThat(cluster.observations())
                .hasSize(nodes - 1)
                .allMatch(seen -> seen.transition().after() == Liveness.LEFT);

        // and when it comes back
        cluster.restart(N2);

        // then
        assertThat(cluster.runUntil(cluster::allAgree, Duration.ofSeconds(10))).isTrue();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aNewcomerIsNotDoubtedWhileOthersHaveNotHeardOfIt(long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, 5, 1, SwimConfig.DEFAULT);
        cluster.run(Duration.ofSeconds(5));

        // when
        cluster.join(new NodeId(6));
        cluster.run(Duration.ofSeconds(30));

        // then
        assertThat(cluster.allAgree()).isTrue();
        assertThat(cluster.observations()).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2})
    void aRemovedMemberIsForgottenWhereverItWas(long seed) {
        // given
        SwimCluster cluster = new SwimCluster(seed, 5, 0, SwimConfig.DEFAULT);
        cluster.run(Duration.ofSeconds(5));
        cluster.crash(N2);
        cluster.run(Duration.ofMillis(1_200));

        // when
        cluster.remove(N2);
        cluster.run(Duration.ofSeconds(30));

        // then
        assertThat(cluster.viewOf(N1).members()).hasSize(3);
        assertThat(cluster.allAgree()).isTrue();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void fiftyNodesThatComeAndGoAgreeOnceItIsQuiet(long seed) {
        SwimCluster cluster = new SwimCluster(seed, 50, 25, SwimConfig.DEFAULT);
        cluster.loss(0.01);
        Prng random = new Prng(seed * 31);
        for (int round = 0; round < 100; round++) {
            comeOrGo(cluster, random, round);
            cluster.run(Duration.ofMillis(200 + random.nextInt(2_000)));
        }

        // when
        cluster.loss(0);

        // then
        long quietNanos = cluster.nowNanos();
        assertThat(cluster.runUntil(cluster::allAgree, Duration.ofSeconds(60)))
                .as("agreement, seed %d", seed)
                .isTrue();
        Quantiles.show(
                "churn, seed %d: agreement after %d ms, longest packet %d bytes"
                        .formatted(
                                seed,
                                (cluster.nowNanos() - quietNanos) / 1_000_000,
                                cluster.longestPacketBytes()));
    }

    private static void comeOrGo(SwimCluster cluster, Prng random, int round) {
        List<NodeId> up = cluster.up();
        switch (random.nextInt(4)) {
            case 0 -> {
                if (up.size() > 30) {
                    cluster.crash(random.pick(up));
                }
            }
            case 1 -> {
                if (up.size() > 30) {
                    cluster.leave(random.pick(up));
                }
            }
            case 2 -> {
                List<NodeId> down = cluster.down();
                if (!down.isEmpty()) {
                    cluster.restart(random.pick(down));
                }
            }
            default -> {
                if (round % 4 == 0) {
                    cluster.join(new NodeId(51 + round / 4));
                }
            }
        }
    }

    private static MemberStatus statusOf(SwimCluster cluster, NodeId observer, NodeId member) {
        return cluster.viewOf(observer).members().stream()
                .filter(status -> status.id().equals(member))
                .findFirst()
                .orElseThrow();
    }
}
