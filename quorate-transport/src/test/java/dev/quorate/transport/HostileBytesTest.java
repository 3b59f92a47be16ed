package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.N3;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.transport.TestCluster.Node;
import dev.quorate.types.NodeId;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Bytes that no honest node sends: the connection may end, the node and its links may not.
class HostileBytesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestCluster cluster = new TestCluster();
    private Node one;
    private Node three;

    @BeforeEach
    void linkTwoGoodNodes() {
        one = cluster.start(N1);
        three = cluster.start(N3);
        three.peer(N1, one.address());
        await().atMost(PATIENCE).until(() -> three.heard().up.contains(N1));
    }

    @AfterEach
    void goodNodesNoticedNothing() {
        assertThat(three.heard().down).isEmpty();
        assertThat(three.links().send(N1, 0, frames("fine"))).isTrue();
        await().atMost(PATIENCE).until(() -> one.heard().texts(N3).contains("fine"));
        cluster.close();
    }

    @Test
    void garbageDatagramsAreIgnored() throws Exception {
        // some wholly random, some dressed as the first packet of a connection
        Random random = new Random(7);
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int i = 0; i < 3000; i++) {
                byte[] bytes = new byte[1 + random.nextInt(1400)];
                random.nextBytes(bytes);
                if (i % 2 == 0 && bytes.length > 6) {
                    bytes[0] = (byte) 0xc3;
                    ByteBuffer.wrap(bytes).putInt(1, 1).put(5, (byte) 8);
                }
                socket.send(new DatagramPacket(bytes, bytes.length, one.address()));
            }
        }
        assertThat(one.heard().frames.keySet()).doesNotContain(N2);
    }

    @Test
    void frameThatClaimsTooMuchEndsTheConnection() throws Exception {
        ByteBuffer huge =
                ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(Links.FRAME_BYTES_MAX + 1)
                        .putInt(0)
                        .flip();
        afterHello("a frame claims 4194305 bytes; at most 4194304 are allowed", huge);
    }

    @Test
    void frameOfNegativeLengthEndsTheConnection() throws Exception {
        ByteBuffer negative = ByteBuffer.wrap(new byte[] {-1, -1, -1, -1, 0});
        afterHello("a frame claims 4294967295 bytes", negative);
    }

    @Test
    void frameThatClaimsTooMuchBeforeHelloEndsTheConnection() throws Exception {
        ByteBuffer huge = ByteBuffer.wrap(new byte[] {0, 0, 0, 0, 127});
        refused("a frame claims 2130706432 bytes", huge);
    }

    @Test
    void garbageStreamEndsTheConnection() throws Exception {
        refused("the first frame is no hello", lane(0), frames("GET / HTTP/1.1"));
    }

    @Test
    void helloThatIsCutShortEndsTheConnection() throws Exception {
        refused("the hello cannot be read", lane(0), frames("\u0001short"));
    }

    @Test
    void laneThatDoesNotExistEndsTheConnection() throws Exception {
        refused("there is no lane 9", lane(9), hello().frame());
    }

    @Test
    void dataBeforeHelloIsNotDelivered() throws Exception {
        refused("lane 1 before hello", lane(1), frames("early"));
        assertThat(one.heard().frames).doesNotContainKey(N2);
    }

    @Test
    void laneOpenedTwiceEndsTheConnection() throws Exception {
        try (RawCaller caller = new RawCaller(RawCaller.tls(cluster.identity(N2)))) {
            QuicChannel channel = caller.connect(one.address());
            caller.stream(channel, lane(0), hello().frame());
            await().atMost(PATIENCE).until(() -> caller.answeredBytes.get() > 0);
            caller.stream(channel, lane(0), frames("again"));
            await().atMost(PATIENCE).until(() -> caller.closed != null);
            assertThat(caller.closed).contains("lane 0 was opened twice");
        }
    }

    @Test
    void laneThatEndsTakesItsConnectionWithIt() throws Exception {
        try (RawCaller caller = new RawCaller(RawCaller.tls(cluster.identity(N2)))) {
            QuicChannel channel = caller.connect(one.address());
            QuicStreamChannel stream = caller.stream(channel, lane(0), hello().frame());
            await().atMost(PATIENCE).until(() -> caller.answeredBytes.get() > 0);
            stream.shutdownOutput().await(5_000);
            await().atMost(PATIENCE).until(() -> caller.closed != null);
            assertThat(caller.closed).contains("it ended a lane");
        }
    }

    @Test
    void callerThatNeverSaysHelloIsSentAway() throws Exception {
        Node hasty =
                cluster.start(
                        new NodeId(4),
                        1,
                        0,
                        options ->
                                options.withTimeouts(
                                        Duration.ofMillis(500),
                                        Duration.ofSeconds(5),
                                        Duration.ofSeconds(1)));
        try (RawCaller caller = new RawCaller(RawCaller.tls(cluster.identity(N2)))) {
            QuicChannel channel = caller.connect(hasty.address());
            caller.stream(channel, lane(0));
            await().atMost(PATIENCE).until(() -> caller.closed != null);
            assertThat(caller.closed).contains("it did not say hello in time");
        }
    }

    @Test
    void listenerThatFailsOnAFrameCostsOnlyThatFrame() throws Exception {
        // given a listener that fails on some frames of node 3
        one.heard().keep =
                frame -> {
                    if (frame.remaining() == 6) {
                        throw new IllegalStateException("planted");
                    }
                    return true;
                };

        // when
        assertThat(three.links().send(N1, 2, frames("poison", "poison", "good"))).isTrue();

        // then the next frame arrives, and the breaker knows of nothing
        await().atMost(PATIENCE).until(() -> one.heard().texts(N3).contains("good"));
        assertThat(one.heard().refused)
                .anySatisfy(line -> assertThat(line).contains("this node failed on a frame"));
        LinkStats link = three.links().stats().getFirst();
        assertThat(link.breaker()).isEqualTo(LinkStats.Reach.REACHABLE);
        assertThat(link.losses()).isZero();
    }

    private void afterHello(String cause, ByteBuffer bytes) throws Exception {
        refused(cause, lane(0), hello().frame(), frames("good"), bytes);
        assertThat(one.heard().texts(N2)).containsExactly("good");
    }

    private void refused(String cause, ByteBuffer... bytes) throws Exception {
        try (RawCaller caller = new RawCaller(RawCaller.tls(cluster.identity(N2)))) {
            QuicChannel channel = caller.connect(one.address());
            caller.stream(channel, bytes);
            await().atMost(PATIENCE).until(() -> caller.closed != null);
            assertThat(caller.closed).startsWith("code 2").contains(cause);
        }
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(one.heard().refused)
                                .anySatisfy(line ->
                                        assertThat(line).contains("n2 at ").contains(cause)));
    }

    private Hello hello() {
        return new Hello(1, 1, 0, cluster.id, N2, 1, 1, "raw");
    }

    private static ByteBuffer lane(int lane) {
        return ByteBuffer.wrap(new byte[] {(byte) lane});
    }
}
