package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.transport.TestCluster.Node;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Somebody on the way writes every datagram down and says all of them again: at once, later, and
/// from elsewhere.
class ReplayTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int FRAMES = 50;

    @Test
    void recordedConnectionCannotBeReplayedAndSaysNothing() throws Exception {
        try (TestCluster cluster = new TestCluster()) {
            Node one = cluster.start(N1);
            Node two = cluster.start(N2);
            try (Recorder road = new Recorder(one.address());
                    DatagramSocket elsewhere = new DatagramSocket(0, loopback())) {
                // given a link whose datagrams all pass the recorder
                two.peer(N1, road.address());
                one.links().peers(Map.of(N2, two.address()));
                await().atMost(PATIENCE).until(() -> two.heard().up.contains(N1));
                List<String> said =
                        IntStream.range(0, FRAMES).mapToObj(i -> "transfer " + i).toList();
                for (String text : said) {
                    assertThat(two.links().send(N1, 1, frames(text))).isTrue();
                }
                await().atMost(PATIENCE).until(() -> one.heard().texts(N2).size() == FRAMES);

                // when they are said again while the link lives, and from another address
                road.replay();
                road.replayBy(elsewhere);
                // then the link goes on, and nothing was heard twice
                assertThat(two.links().send(N1, 1, frames("still here"))).isTrue();
                await().atMost(PATIENCE).until(() -> one.heard().texts(N2).contains("still here"));
                assertThat(two.heard().down).isEmpty();

                // when they are said again after the link was closed
                two.close();
                road.replay();
                road.replayBy(elsewhere);
                Node three = cluster.start(TestCluster.N3);
                one.links().peers(Map.of(TestCluster.N3, three.address()));
                three.peer(N1, one.address());
                await().atMost(PATIENCE).until(() -> three.heard().up.contains(N1));
                assertThat(three.links().send(N1, 0, frames("after"))).isTrue();
                await().atMost(PATIENCE)
                        .until(() -> one.heard().texts(TestCluster.N3).contains("after"));
                assertThat(one.heard().texts(N2))
                        .startsWith(said.toArray(new String[0]))
                        .hasSize(FRAMES + 1);
                assertThat(road.recorded).noneMatch(datagram -> holds(datagram, "transfer"));
            }
        }
    }

    private static boolean holds(byte[] datagram, String text) {
        return new String(datagram, StandardCharsets.ISO_8859_1).contains(text);
    }

    private static InetAddress loopback() {
        return InetAddress.getLoopbackAddress();
    }

    /// Passes datagrams between one caller and one node, and keeps those to the node.
    private static final class Recorder implements AutoCloseable {
        final List<byte[]> recorded = new CopyOnWriteArrayList<>();
        private final SocketAddress node;
        private final DatagramSocket front = new DatagramSocket(0, loopback());
        private final DatagramSocket back = new DatagramSocket(0, loopback());
        private volatile @Nullable SocketAddress caller;

        Recorder(InetSocketAddress node) throws IOException {
            this.node = node;
            pass(front, back);
            pass(back, front);
        }

        InetSocketAddress address() {
            return (InetSocketAddress) front.getLocalSocketAddress();
        }

        /// Says everything again, from where the node heard it the first time.
        void replay() throws IOException {
            replayBy(back);
        }

        void replayBy(DatagramSocket socket) throws IOException {
            for (byte[] datagram : recorded) {
                socket.send(new DatagramPacket(datagram, datagram.length, node));
            }
        }

        private void pass(DatagramSocket from, DatagramSocket to) {
            boolean fromFront = from.equals(front);
            Thread.ofVirtual()
                    .start(() -> {
                        byte[] buffer = new byte[65_535];
                        while (!from.isClosed()) {
                            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                            try {
                                from.receive(packet);
                                byte[] bytes = Arrays.copyOf(buffer, packet.getLength());
                                if (fromFront) {
                                    caller = packet.getSocketAddress();
                                    recorded.add(bytes);
                                }
                                SocketAddress target = fromFront ? node : caller;
                                if (target != null) {
                                    to.send(new DatagramPacket(bytes, bytes.length, target));
                                }
                            } catch (IOException closing) {
                                // lost, as datagrams may be
                            }
                        }
                    });
        }

        @Override
        public void close() {
            front.close();
            back.close();
        }
    }
}
