package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.N3;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.transport.TestCluster.Node;
import dev.quorate.transport.TestCluster.Recorder;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Links through a network that loses, repeats and reorders, and one whose addresses change.
class BadNetworkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final UdpRelay.Weather STORM = new UdpRelay.Weather(0.01, 0.01, 8);
    private static final int OUTSTANDING = 200;

    private final TestCluster cluster = new TestCluster();
    private final List<UdpRelay> relays = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        cluster.close();
        for (UdpRelay relay : relays) {
            relay.close();
        }
    }

    @Test
    void hundredsOfRequestsAtOnceSurviveLossRepetitionAndReordering() throws Exception {
        // given two nodes, each reached through a storm, the second of which echoes
        Node one = cluster.start(N1, 1, 0, BadNetworkTest::patient);
        Node two = cluster.start(N2, 1, 0, BadNetworkTest::patient);
        UdpRelay there = relay(two, STORM, 1);
        UdpRelay back = relay(one, STORM, 2);
        two.heard().keep =
                frame -> {
                    int lane = frame.get(frame.position()) - '0';
                    Bytes content = Bytes.read(frame.duplicate(), frame.remaining());
                    two.links().send(N1, lane, frames(List.of(content.toByteArray())));
                    return true;
                };
        Semaphore window = new Semaphore(OUTSTANDING);
        one.heard().keep =
                frame -> {
                    window.release();
                    return true;
                };
        one.peer(N2, there.address());
        two.peer(N1, back.address());
        await().atMost(PATIENCE)
                .until(() -> one.heard().up.contains(N2) && two.heard().up.contains(N1));

        // when 200 requests are always under way, on all lanes
        int requests = 5_000;
        for (int i = 0; i < requests; i++) {
            assertThat(window.tryAcquire(60, TimeUnit.SECONDS)).as("answer to come").isTrue();
            int lane = i % Links.LANES;
            assertThat(one.links().send(N2, lane, frames(lane + ":" + i))).isTrue();
        }

        // then each is answered once, in order on its lane, on the same links
        await().atMost(PATIENCE).until(() -> one.heard().texts(N2).size() == requests);
        for (int lane = 0; lane < Links.LANES; lane++) {
            String prefix = lane + ":";
            List<String> expected = new ArrayList<>();
            for (int i = lane; i < requests; i += Links.LANES) {
                expected.add(prefix + i);
            }
            for (Recorder heard : List.of(one.heard(), two.heard())) {
                assertThat(heard == one.heard() ? heard.texts(N2) : heard.texts(N1))
                        .filteredOn(text -> text.startsWith(prefix))
                        .isEqualTo(expected);
            }
        }
        assertThat(one.heard().down).isEmpty();
        assertThat(two.heard().down).isEmpty();
        assertThat(there.lost()).isPositive();
        assertThat(there.repeated()).isPositive();
        assertThat(there.overtaken()).isPositive();
    }

    @Test
    void nothingOfWhatIsSaidCanBeReadOnTheWay() throws Exception {
        // given
        Node one = cluster.start(N1);
        Node two = cluster.start(N2);
        UdpRelay relay = relay(two, UdpRelay.Weather.FINE, 3);
        one.peer(N2, relay.address());
        await().atMost(PATIENCE).until(() -> one.heard().up.contains(N2));
        String secret = "the launch code is 0000-1111";

        // when
        for (int i = 0; i < 100; i++) {
            assertThat(one.links().send(N2, i % Links.LANES, frames(secret + i))).isTrue();
        }
        await().atMost(PATIENCE).until(() -> two.heard().texts(N1).size() == 100);

        // then the relay saw the datagrams, but neither what was said nor who spoke
        assertThat(relay.datagrams()).isGreaterThan(10);
        assertThat(relay.saw("launch code".getBytes(StandardCharsets.UTF_8))).isFalse();
        assertThat(relay.saw(helloStart())).isFalse();
        assertThat(relay.saw(cluster.id.toString().getBytes(StandardCharsets.UTF_8))).isFalse();
        // what it would have seen otherwise
        assertThat(new String(Bytes.read(frames(secret), 32).toByteArray(), StandardCharsets.UTF_8))
                .contains("launch code");
    }

    @Test
    void allAddressesMayChangeAtOnceWhileAllTalk() throws Exception {
        // given three nodes that reach each other through relays
        List<NodeId> ids = List.of(N1, N2, N3);
        List<Node> nodes = ids.stream().map(cluster::start).toList();
        introduceThroughRelays(nodes);
        await().atMost(PATIENCE)
                .untilAsserted(() -> nodes.forEach(n -> assertThat(n.heard().up).hasSize(2)));

        try (Talk talk = new Talk(nodes)) {
            talk.awaitMore();

            // when all of them are somewhere else: the old ways are gone
            for (UdpRelay relay : relays) {
                relay.close();
            }
            relays.clear();
            introduceThroughRelays(nodes);

            // then all links form anew, and carry frames
            await().atMost(PATIENCE)
                    .untilAsserted(() -> nodes.forEach(n -> assertThat(n.heard().up).hasSize(4)));
            talk.awaitMore();
        }
        for (Node from : nodes) {
            for (Node to : nodes) {
                if (!from.equals(to)) {
                    assertThat(from.links().send(to.id(), 1, frames("moved"))).isTrue();
                    await().atMost(PATIENCE)
                            .until(() -> to.heard().texts(from.id()).contains("moved"));
                }
            }
        }
    }

    @Test
    void unreachablePeerOpensTheBreakerAndAProbeClosesIt() throws Exception {
        // given a link through a relay that then swallows everything
        Node one =
                cluster.start(
                        N1,
                        1,
                        0,
                        options ->
                                options.withTimeouts(
                                                Duration.ofMillis(400),
                                                Duration.ofMillis(700),
                                                Duration.ofMillis(100))
                                        .withRedial(Duration.ofMillis(20), Duration.ofMillis(100)));
        Node two = cluster.start(N2);
        InetSocketAddress nowhere;
        try (UdpRelay hole = new UdpRelay(two.address(), new UdpRelay.Weather(1, 0, 0), 4)) {
            nowhere = hole.address();
            one.peer(N2, nowhere);
            await().atMost(PATIENCE)
                    .until(
                            () -> one.links().stats().getFirst().breaker(),
                            reach -> reach == LinkStats.Reach.UNREACHABLE);
            LinkStats dead = one.links().stats().getFirst();
            assertThat(dead.up()).isFalse();
            assertThat(dead.dials()).isGreaterThanOrEqualTo(Breaker.FAULTS_MAX);
            assertThat(one.links().send(N2, 0, frames("lost"))).isFalse();
            assertThat(one.links().stats().getFirst().framesRefused()).isEqualTo(1);
        }

        // when it is where it says
        one.peer(N2, two.address());

        // then
        await().atMost(PATIENCE).until(() -> one.heard().up.contains(N2));
        assertThat(one.links().send(N2, 0, frames("back"))).isTrue();
        await().atMost(PATIENCE).until(() -> two.heard().texts(N1).contains("back"));
        await().atMost(PATIENCE).until(() -> one.links().stats().getFirst().rttMicros() > 0);
        LinkStats live = one.links().stats().getFirst();
        assertThat(live.breaker()).isEqualTo(LinkStats.Reach.REACHABLE);
        assertThat(live.up()).isTrue();
        assertThat(live.bytesOut()).isEqualTo(8);
        assertThat(live.framesOut()).isEqualTo(1);
    }

    /// Everybody counts aloud to everybody, without a pause.
    private static final class Talk implements AutoCloseable {
        private final List<Node> nodes;
        private final Thread speaker;
        private volatile boolean stopping;

        Talk(List<Node> nodes) {
            this.nodes = nodes;
            speaker = Thread.ofPlatform().daemon().start(this::speak);
        }

        private void speak() {
            for (int i = 0; !stopping; i++) {
                for (Node from : nodes) {
                    for (Node to : nodes) {
                        if (!from.equals(to)) {
                            // what is said while the way is gone is lost
                            var _ = from.links().send(to.id(), 2, frames("count " + i));
                        }
                    }
                }
                LockSupport.parkNanos(this, 500_000);
            }
        }

        /// Waits until everybody has heard more of everybody.
        void awaitMore() {
            for (Node to : nodes) {
                for (Node from : nodes) {
                    if (!from.equals(to)) {
                        int before = counted(to, from).size();
                        await().atMost(PATIENCE)
                                .until(() -> counted(to, from).size() > before + 50);
                    }
                }
            }
        }

        private static List<Integer> counted(Node to, Node from) {
            return to.heard().texts(from.id()).stream()
                    .filter(text -> text.startsWith("count "))
                    .map(text -> Integer.valueOf(text.substring(6)))
                    .toList();
        }

        /// Nobody heard anything twice, or before what was said earlier.
        @Override
        public void close() {
            stopping = true;
            await().atMost(PATIENCE).until(() -> !speaker.isAlive());
            for (Node to : nodes) {
                for (Node from : nodes) {
                    if (!from.equals(to)) {
                        assertThat(counted(to, from)).isSorted().doesNotHaveDuplicates();
                    }
                }
            }
        }
    }

    private void introduceThroughRelays(List<Node> nodes) throws Exception {
        Map<NodeId, InetSocketAddress> addresses = new TreeMap<>();
        for (Node node : nodes) {
            addresses.put(node.id(), relay(node, UdpRelay.Weather.FINE, 5).address());
        }
        nodes.forEach(node -> node.links().peers(addresses));
    }

    private UdpRelay relay(Node to, UdpRelay.Weather weather, long seed) throws Exception {
        UdpRelay relay = new UdpRelay(to.address(), weather, seed);
        relays.add(relay);
        return relay;
    }

    /// A busy machine must not look like a dead peer here.
    private static LinksOptions patient(LinksOptions options) {
        return options.withTimeouts(
                Duration.ofSeconds(20), Duration.ofSeconds(30), Duration.ofSeconds(1));
    }

    /// The part of every hello of this cluster that does not change: its id.
    private byte[] helloStart() {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(cluster.id.high())
                .putLong(cluster.id.low())
                .array();
    }
}
