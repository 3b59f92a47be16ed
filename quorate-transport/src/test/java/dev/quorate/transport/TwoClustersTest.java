package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.transport.TestCluster.Node;
import dev.quorate.types.ClusterId;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Two clusters on one network whose nodes were told each other's addresses.
class TwoClustersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @ParameterizedTest
    @EnumSource(TestCluster.Kind.class)
    void noMessageCrossesBetweenClustersWithOverlappingSeeds(TestCluster.Kind kind) {
        try (TestCluster ours = new TestCluster(kind);
                TestCluster theirs = new TestCluster(kind, new ClusterId(7, 7))) {
            // given nodes 1 and 2 of either cluster, each with the other cluster's addresses
            Node ourOne = ours.start(N1);
            Node ourTwo = ours.start(N2);
            Node theirOne = theirs.start(N1);
            Node theirTwo = theirs.start(N2);
            List<Node> all = List.of(ourOne, ourTwo, theirOne, theirTwo);
            ourOne.peer(N2, theirTwo.address());
            ourTwo.peer(N1, theirOne.address());
            theirOne.peer(N2, ourTwo.address());
            theirTwo.peer(N1, ourOne.address());

            // then every one of them has somebody to refuse, and no link comes up
            await().atMost(PATIENCE)
                    .untilAsserted(() ->
                            assertThat(all)
                                    .allSatisfy(
                                            node -> assertThat(node.heard().refused).isNotEmpty()));
            for (Node node : all) {
                assertThat(node.heard().up).isEmpty();
                assertThat(node.links().send(node.id().equals(N1) ? N2 : N1, 0, frames("lost")))
                        .isFalse();
            }

            // and when they are told right, each cluster is its own
            ourOne.peer(N2, ourTwo.address());
            ourTwo.peer(N1, ourOne.address());
            theirOne.peer(N2, theirTwo.address());
            theirTwo.peer(N1, theirOne.address());
            await().atMost(PATIENCE)
                    .until(() -> all.stream().noneMatch(node -> node.heard().up.isEmpty()));
            assertThat(ourOne.links().send(N2, 0, frames("ours"))).isTrue();
            assertThat(theirOne.links().send(N2, 0, frames("theirs"))).isTrue();
            await().atMost(PATIENCE)
                    .until(() ->
                            !ourTwo.heard().texts(N1).isEmpty()
                                    && !theirTwo.heard().texts(N1).isEmpty());
            assertThat(ourTwo.heard().texts(N1)).containsExactly("ours");
            assertThat(theirTwo.heard().texts(N1)).containsExactly("theirs");
        }
    }
}
