package dev.quorate.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.types.KeySlot;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// The load follows the cluster, counts what was acknowledged and nothing else.
class LoadLoopTest {
    private static final Duration SHORT = Duration.ofMillis(200);

    /// Two nodes of which the first moves everything to the second.
    private static final class Nodes implements AutoCloseable {
        private final ServerSocket first = open();
        private final ServerSocket second = open();
        private final AtomicInteger written = new AtomicInteger();
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

        private static ServerSocket open() {
            try {
                return new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        List<String> start() {
            String there = "127.0.0.1:" + second.getLocalPort();
            threads.execute(() -> serve(first, "-MOVED %d " + there + "\r\n", false));
            threads.execute(() -> serve(second, "+OK\r\n", true));
            return List.of("127.0.0.1:" + first.getLocalPort(), there);
        }

        private void serve(ServerSocket node, String answer, boolean counts) {
            try {
                while (true) {
                    Socket client = node.accept();
                    threads.execute(() -> answer(client, answer, counts));
                }
            } catch (IOException e) {
                // closed: the test is over
            }
        }

        private void answer(Socket client, String answer, boolean counts) {
            try (client) {
                var in =
                        new BufferedReader(
                                new InputStreamReader(
                                        client.getInputStream(), StandardCharsets.US_ASCII));
                OutputStream out = client.getOutputStream();
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    String reply = "";
                    if (line.equals("CLUSTER SLOTS")) {
                        reply = slots();
                    } else if (line.startsWith("key:")) {
                        int slot = KeySlot.of(line.getBytes(StandardCharsets.US_ASCII));
                        written.addAndGet(counts ? 1 : 0);
                        reply = answer.formatted(slot);
                    }
                    out.write(reply.getBytes(StandardCharsets.US_ASCII));
                }
            } catch (IOException e) {
                // the load hung up
            }
        }

        private String slots() {
            String port = ":" + first.getLocalPort() + "\r\n";
            return "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n" + port + "$2\r\nid\r\n";
        }

        @Override
        public void close() throws IOException {
            first.close();
            second.close();
            threads.close();
        }
    }

    @Test
    void movedWritesGoToWhereTheyBelongAndCountOnce() throws IOException {
        try (Nodes nodes = new Nodes();
                LoadLoop loop = new LoadLoop(nodes.start(), 16, 1)) {
            AtomicInteger looks = new AtomicInteger();
            LoadLoop.Result result =
                    loop.run(4, SHORT, SHORT, looks::incrementAndGet, looks::incrementAndGet);

            assertThat(looks).hasValue(2);
            assertThat(result.latency().getTotalCount())
                    .isPositive()
                    .isLessThanOrEqualTo(nodes.written.get());
            assertThat(result.opsPerSecond()).isPositive();
        }
    }

    @Test
    void usageOfThisProcessIsRead() throws IOException {
        ProcessUsage usage = ProcessUsage.of(List.of(ProcessHandle.current().pid()));
        assertThat(usage.cpuMicros()).isPositive();
        assertThat(usage.rssBytes()).isGreaterThan(1 << 20);
        assertThat(usage.threads()).isPositive();
    }
}
