package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.N3;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quorate.transport.TestCluster.Node;
import dev.quorate.types.Bytes;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What links between nodes that behave must do, whatever carries them; over real sockets on
/// loopback.
abstract class LinksContract {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestCluster cluster;

    LinksContract(TestCluster.Kind kind) {
        cluster = new TestCluster(kind);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void threeNodesExchangeFramesOnEveryLaneInOrder() {
        // given three nodes that know each other
        List<Node> nodes = List.of(cluster.start(N1), cluster.start(N2), cluster.start(N3));
        cluster.introduce(nodes.toArray(new Node[0]));
        await().atMost(PATIENCE)
                .untilAsserted(() -> nodes.forEach(n -> assertThat(n.heard().up).hasSize(2)));

        // when each sends a hundred numbered frames on every lane to every other, three per buffer
        int rounds = 33;
        for (int round = 0; round < rounds; round++) {
            for (Node from : nodes) {
                for (Node to : nodes) {
                    for (int lane = 0; !from.equals(to) && lane < Links.LANES; lane++) {
                        String name = lane + ":" + round + ".";
                        ByteBuffer three = frames(name + 0, name + 1, name + 2);
                        assertThat(from.links().send(to.id(), lane, three)).isTrue();
                    }
                }
            }
        }

        // then all arrive, in order on each lane
        for (Node to : nodes) {
            for (Node from : nodes) {
                if (!from.equals(to)) {
                    await().atMost(PATIENCE)
                            .until(
                                    () -> to.heard().texts(from.id()).size(),
                                    size -> size == rounds * 3 * Links.LANES);
                    for (int lane = 0; lane < Links.LANES; lane++) {
                        String prefix = lane + ":";
                        List<String> expected = new ArrayList<>();
                        for (int i = 0; i < rounds * 3; i++) {
                            expected.add(prefix + i / 3 + "." + i % 3);
                        }
                        assertThat(to.heard().texts(from.id()))
                                .filteredOn(text -> text.startsWith(prefix))
                                .isEqualTo(expected);
                    }
                }
            }
        }
    }

    @Test
    void largestFramesArriveWhole() {
        // given
        Node one = cluster.start(N1);
        Node two = linked(one, cluster.start(N2));
        byte[] large = new byte[Links.FRAME_BYTES_MAX];
        new Random(42).nextBytes(large);

        // when
        ByteBuffer direct = ByteBuffer.allocateDirect(large.length + 4);
        direct.put(frames(List.of(large))).flip();
        assertThat(one.links().send(N2, 1, frames(List.of(large)))).isTrue();
        assertThat(one.links().send(N2, 1, direct)).isTrue();
        assertThat(one.links().send(N2, 3, frames("small"))).isTrue();

        // then
        await().atMost(PATIENCE).until(() -> two.heard().texts(N1).size() == 3);
        assertThat(two.heard().frames.get(N1))
                .filteredOn(frame -> frame.length() > 100)
                .hasSize(2)
                .allSatisfy(frame -> assertThat(frame.toByteArray()).isEqualTo(large));
    }

    @Test
    void aNodeThatBelongsNoMoreIsToldWhyWhenItDials() {
        // given a node that was removed while it was away
        Node one = cluster.start(N1);
        Node two = cluster.start(N2);
        cluster.pins.remove(N2);
        cluster.gone.put(N2, "it has left");

        // when
        two.peer(N1, one.address());

        // then it is told, by a node that it trusts, and nothing passes
        await().atMost(PATIENCE).until(() -> !two.heard().turnedAway.isEmpty());
        assertThat(two.heard().turnedAway.getFirst())
                .isEqualTo("n1: n2 is no node of this cluster any more: it has left");
        assertThat(two.heard().up).isEmpty();
        assertThat(one.heard().refused.getFirst()).contains("n2 is no node of this cluster any");
    }

    @Test
    void aNodeThatIsRemovedIsToldWhyOnItsLiveLink() {
        Node one = cluster.start(N1);
        Node two = cluster.start(N2);
        cluster.introduce(one, two);
        await().atMost(PATIENCE).until(() -> two.heard().up.contains(N1));

        cluster.pins.remove(N2);
        cluster.gone.put(N2, "its key was revoked: stolen");
        one.links().peers(Map.of(N2, two.address()));

        await().atMost(PATIENCE).until(() -> !two.heard().turnedAway.isEmpty());
        assertThat(two.heard().turnedAway.getFirst()).contains("its key was revoked: stolen");
    }

    @Test
    void whoIsOnlyUnknownIsNotTurnedAwayForEver() {
        // given a newcomer of which node 1 has not heard yet
        Node one = cluster.start(N1);
        Node two = cluster.start(N2);
        Bytes pin = Objects.requireNonNull(cluster.pins.remove(N2));
        two.peer(N1, one.address());
        await().atMost(PATIENCE).until(() -> !two.heard().refused.isEmpty());

        // when it has
        cluster.pins.put(N2, pin);

        // then
        await().atMost(PATIENCE).until(() -> two.heard().up.contains(N1));
        assertThat(two.heard().turnedAway).isEmpty();
    }

    @Test
    void linkReformsAfterThePeerRestarted() {
        // given a link
        Node one = cluster.start(N1);
        Node two = linked(one, cluster.start(N2));
        int port = two.address().getPort();

        // when the peer stops, and starts again at the same address with a new boot epoch
        two.close();
        await().atMost(PATIENCE).until(() -> !one.heard().down.isEmpty());
        assertThat(one.links().send(N2, 0, frames("lost"))).isFalse();
        Node again = cluster.start(N2, 2, port, options -> options);

        // then the link returns by itself
        await().atMost(PATIENCE).until(() -> one.heard().up.size() == 2);
        assertThat(one.links().send(N2, 0, frames("hello again"))).isTrue();
        await().atMost(PATIENCE).until(() -> again.heard().texts(N1).contains("hello again"));
        assertThat(one.heard().down)
                .containsExactly("n2: n2 closed the connection: this node is shutting down");
    }

    @Test
    void peerThatVanishedIsNoticedByItsSilence() {
        // given a link with short timeouts to a peer whose event loop then stands still
        Node one =
                cluster.start(
                        N1,
                        1,
                        0,
                        options ->
                                options.withTimeouts(
                                        Duration.ofSeconds(5),
                                        Duration.ofMillis(700),
                                        Duration.ofMillis(100)));
        Node two = linked(one, cluster.start(N2));
        CountDownLatch release = stall(two);

        // when
        assertThat(one.links().send(N2, 0, frames("stall"))).isTrue();

        // then
        await().atMost(PATIENCE).until(() -> !one.heard().down.isEmpty());
        assertThat(one.heard().down.getFirst()).startsWith("n2: no sign of life from n2 for");
        release.countDown();
    }

    @Test
    void idleLinkIsKeptAliveBeyondItsIdleTimeout() {
        // given a link that carries nothing
        Node one =
                cluster.start(
                        N1,
                        1,
                        0,
                        options ->
                                options.withTimeouts(
                                        Duration.ofSeconds(5),
                                        Duration.ofMillis(1500),
                                        Duration.ofMillis(100)));
        Node two = linked(one, cluster.start(N2));

        // when three times its idle timeout passes
        await().pollDelay(Duration.ofMillis(4500)).atMost(PATIENCE).until(() -> true);

        // then it is the same link, and nobody was handed a keepalive
        assertThat(one.heard().down).isEmpty();
        assertThat(one.heard().up).containsExactly(N2);
        assertThat(two.heard().texts(N1)).isEmpty();
    }

    @Test
    void linkFollowsThePeerToAnotherAddress() {
        // given a link to a peer that is also reachable nowhere else
        Node one = cluster.start(N1);
        Node two = linked(one, cluster.start(N2));

        // when the peer moves to another port
        two.close();
        Node moved = cluster.start(N2, 2, 0, options -> options);
        assertThat(moved.address()).isNotEqualTo(two.address());
        one.peer(N2, moved.address());

        // then
        await().atMost(PATIENCE).until(() -> one.heard().up.size() == 2);
        assertThat(one.links().send(N2, 0, frames("found you"))).isTrue();
        await().atMost(PATIENCE).until(() -> moved.heard().texts(N1).contains("found you"));
    }

    @Test
    void nameIsLookedUpWhenDialled() {
        // given
        Node one = cluster.start(N1);
        Node two = cluster.start(N2);

        // when
        int port = two.address().getPort();
        one.peer(N2, InetSocketAddress.createUnresolved("127.0.0.1", port));

        // then
        await().atMost(PATIENCE).until(() -> one.heard().up.contains(N2));
    }

    @Test
    void revocationEndsLiveConnectionsBothWays() {
        // given links both ways
        Node one = cluster.start(N1);
        Node two = cluster.start(N2);
        cluster.introduce(one, two);
        await().atMost(PATIENCE)
                .until(() -> !one.heard().up.isEmpty() && !two.heard().up.isEmpty());

        // when the pin of one is gone, and only the other node knows
        cluster.pins.remove(N2);
        one.peer(N2, two.address());

        // then both directions end, and neither comes back
        await().atMost(PATIENCE)
                .until(() -> !one.heard().down.isEmpty() && !two.heard().down.isEmpty());
        assertThat(one.links().send(N2, 0, frames("no"))).isFalse();
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(one.heard().refused)
                                .anySatisfy(line ->
                                        assertThat(line).contains("its identity was revoked")));
        assertThat(one.heard().texts(N2)).isEmpty();
        assertThat(one.heard().up).hasSize(1);
        assertThat(two.heard().up).hasSize(1);
    }

    @Test
    void linkToSomebodyWhoIsNoPeerAnyMoreIsClosed() {
        // given links both ways
        Node one = cluster.start(N1);
        Node two = cluster.start(N2);
        cluster.introduce(one, two);
        await().atMost(PATIENCE)
                .until(() -> !one.heard().up.isEmpty() && !two.heard().up.isEmpty());

        // when
        one.links().peers(Map.of());

        // then both directions end
        await().atMost(PATIENCE)
                .until(() -> !one.heard().down.isEmpty() && !two.heard().down.isEmpty());
        assertThat(one.heard().down).containsExactly("n2: n2 is no peer of ours");
        assertThat(one.links().send(N2, 0, frames("no"))).isFalse();
    }

    @Test
    void sendSaysNoOnceAStuckPeerFilledItsQueue() {
        // given a peer whose event loop stands still, and a third node
        int bound = 6 << 20;
        Node one = cluster.start(N1, 1, 0, options -> options.withQueueBytesMax(bound));
        Node three = linked(one, cluster.start(N3));
        Node two = cluster.start(N2);
        one.links().peers(Map.of(N2, two.address(), N3, three.address()));
        await().atMost(PATIENCE).until(() -> one.heard().up.contains(N2));
        CountDownLatch release = stall(two);
        assertThat(one.links().send(N2, 0, frames("stall"))).isTrue();

        // when the sender goes on
        byte[] chunk = new byte[64 << 10];
        long accepted = 0;
        while (one.links().send(N2, 2, frames(List.of(chunk))) && accepted < 4L * bound) {
            accepted += chunk.length;
        }

        // then it is told to stop near the bound: more only by what QUIC had in flight
        assertThat(accepted).isLessThan(4L * bound);
        // and the other link does not notice
        assertThat(one.links().send(N3, 2, frames("unaffected"))).isTrue();
        await().atMost(PATIENCE).until(() -> three.heard().texts(N1).contains("unaffected"));
        release.countDown();
        await().atMost(PATIENCE).until(() -> one.links().send(N2, 2, frames("again")));
    }

    @Test
    void buffersThatHoldNoWholeFramesAreTheSendersMistake() {
        Node one = cluster.start(N1);
        ByteBuffer cut = frames("abc").limit(5);
        assertThatThrownBy(() -> one.links().send(N2, 0, cut))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one.links().send(N2, 0, ByteBuffer.allocate(4)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one.links().send(N2, 4, frames("x")))
                .hasMessage("there is no lane 4");
    }

    @Test
    void unknownPeerIsNotSentTo() {
        Node one = cluster.start(N1);
        assertThat(one.links().send(N2, 0, frames("x"))).isFalse();
    }

    @Test
    void startSaysWhichAddressIsTaken() {
        Node one = cluster.start(N1);
        int port = one.address().getPort();
        assertThatThrownBy(() -> cluster.start(N2, 1, port, options -> options))
                .hasMessageContaining("127.0.0.1:" + port)
                .hasMessageContaining("cannot be used");
    }

    private Node linked(Node from, Node to) {
        from.peer(to.id(), to.address());
        await().atMost(PATIENCE).until(() -> from.heard().up.contains(to.id()));
        return to;
    }

    /// Makes a node's event loop stand still at the next frame, until the latch is counted down.
    private static CountDownLatch stall(Node node) {
        CountDownLatch release = new CountDownLatch(1);
        node.heard().keep =
                frame -> {
                    try {
                        return release.await(60, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        return false;
                    }
                };
        return release;
    }
}
