package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.transport.TestCluster.Node;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Somebody on the way writes a connection over TCP down and says all of it again.
class TcpReplayTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int FRAMES = 50;

    @Test
    void recordedConnectionCannotBeReplayedAndSaysNothing() throws Exception {
        try (TestCluster cluster = new TestCluster(TestCluster.Kind.TCP)) {
            Node one = cluster.start(N1);
            Node two = cluster.start(N2);
            try (Recorder road = new Recorder(one.address())) {
                // given a link whose bytes all pass the recorder
                two.peer(N1, road.address());
                one.links().peers(Map.of(N2, two.address()));
                await().atMost(PATIENCE).until(() -> two.heard().up.contains(N1));
                List<String> said =
                        IntStream.range(0, FRAMES).mapToObj(i -> "transfer " + i).toList();
                for (String text : said) {
                    assertThat(two.links().send(N1, 1, frames(text))).isTrue();
                }
                await().atMost(PATIENCE).until(() -> one.heard().texts(N2).size() == FRAMES);
                assertThat(road.recorded()).isNotEmpty();

                // when all of it is said again while the link lives
                road.replay();
                // then the link goes on, and nothing was heard twice
                assertThat(two.links().send(N1, 1, frames("still here"))).isTrue();
                await().atMost(PATIENCE).until(() -> one.heard().texts(N2).contains("still here"));
                assertThat(two.heard().down).isEmpty();

                // when it is said again after the link was closed
                two.close();
                road.replay();
                assertThat(one.heard().texts(N2))
                        .startsWith(said.toArray(new String[0]))
                        .hasSize(FRAMES + 1);
                // and it held nothing that can be read
                assertThat(road.recorded())
                        .extracting(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
                        .noneMatch(text -> text.contains("transfer"));
            }
        }
    }

    /// Passes connections on, and keeps what the caller said on each.
    private static final class Recorder implements AutoCloseable {
        private final InetSocketAddress node;
        private final ServerSocket front =
                new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
        private final List<ByteArrayOutputStream> said = new CopyOnWriteArrayList<>();
        private final List<Socket> open = new CopyOnWriteArrayList<>();

        Recorder(InetSocketAddress node) throws IOException {
            this.node = node;
            Thread.ofVirtual().start(this::accept);
        }

        InetSocketAddress address() {
            return (InetSocketAddress) front.getLocalSocketAddress();
        }

        List<byte[]> recorded() {
            return said.stream().map(ByteArrayOutputStream::toByteArray).toList();
        }

        /// Says each connection's bytes again on a new one, and waits until the node hangs up.
        void replay() throws IOException {
            for (byte[] bytes : recorded()) {
                try (Socket again = new Socket(node.getAddress(), node.getPort())) {
                    again.setSoTimeout(10_000);
                    again.getOutputStream().write(bytes);
                    again.getOutputStream().flush();
                    var _ = again.getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (java.net.SocketException hungUp) {
                    assertThat(hungUp).isNotNull();
                }
            }
        }

        private void accept() {
            while (!front.isClosed()) {
                try {
                    Socket caller = front.accept();
                    Socket called = new Socket(node.getAddress(), node.getPort());
                    open.addAll(List.of(caller, called));
                    ByteArrayOutputStream words = new ByteArrayOutputStream();
                    said.add(words);
                    Thread.ofVirtual().start(() -> pass(caller, called, words));
                    Thread.ofVirtual()
                            .start(() -> pass(called, caller, new ByteArrayOutputStream()));
                } catch (IOException closing) {
                    // closed by the test
                }
            }
        }

        private static void pass(Socket from, Socket to, ByteArrayOutputStream copy) {
            byte[] buffer = new byte[16 << 10];
            try (from;
                    to) {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                    copy.write(buffer, 0, length);
                    out.write(buffer, 0, length);
                }
            } catch (IOException closing) {
                // one side hung up: so does the other
            }
        }

        @Override
        public void close() throws IOException {
            front.close();
            for (Socket socket : open) {
                socket.close();
            }
        }
    }
}
