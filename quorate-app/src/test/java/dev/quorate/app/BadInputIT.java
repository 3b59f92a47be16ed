package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.app.admin.NodeReport;
import dev.quorate.app.cluster.DevProcess;
import dev.quorate.app.cluster.ReadyFile;
import dev.quorate.transport.ClusterCa;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisCluster;

/// Nothing that strangers send brings a node down or in, and the node says what it refused.
class BadInputIT {
    private static final long SEED = 20_260_101;
    private static final int ROUNDS = 60;
    private static final int BYTES_MAX = 3_000;
    private static final int ANSWER_MILLIS = 2_000;
    private static final Duration NOTICED = Duration.ofSeconds(60);

    @TempDir private static Path directory;
    private static DevProcess dev;

    @BeforeAll
    static void startCluster() throws IOException {
        dev = Clusters.start(directory, "--groups", "4");
    }

    @AfterAll
    static void stopCluster() {
        dev.close();
    }

    @AfterEach
    void theClusterStillServesWithTheSameProcesses() throws IOException {
        try (JedisCluster jedis = Clusters.jedis(dev.ready())) {
            for (int i = 0; i < 20; i++) {
                assertThat(jedis.set("after:" + i, "fine")).isEqualTo("OK");
                assertThat(jedis.get("after:" + i)).isEqualTo("fine");
            }
        }
        for (ReadyFile.Node node : dev.ready().nodes()) {
            assertThat(ProcessHandle.of(node.pid()).filter(ProcessHandle::isAlive))
                    .as("the first process of node " + node.id())
                    .isPresent();
        }
    }

    @Test
    void garbageAtTheTcpPortsIsAnsweredOrClosed() throws IOException {
        Random random = new Random(SEED);
        for (ReadyFile.Node node : dev.ready().nodes()) {
            for (int round = 0; round < ROUNDS; round++) {
                sendTcp(address(node.redis()), garbage(random));
                sendTcp(adminAddress(node), garbage(random));
            }
        }
    }

    @Test
    void garbageAtTheLinkPortsIsIgnored() throws IOException {
        Random random = new Random(SEED);
        try (DatagramSocket socket = new DatagramSocket()) {
            for (InetSocketAddress links : linkAddresses()) {
                for (int round = 0; round < ROUNDS; round++) {
                    byte[] bytes = garbage(random);
                    socket.send(new DatagramPacket(bytes, Math.min(bytes.length, 1_400), links));
                }
            }
        }
    }

    @Test
    void requestsThatClaimToBeHugeAreRefusedAtOnce() throws IOException {
        InetSocketAddress redis = address(dev.ready().nodes().getFirst().redis());
        for (String claim :
                List.of(
                        "*2147483647\r\n",
                        "*2\r\n$3\r\nGET\r\n$2147483647\r\n",
                        "*1\r\n$99999999999999999999\r\n",
                        "*1\r\n:5\r\n")) {
            assertThat(sendTcp(redis, claim.getBytes(StandardCharsets.US_ASCII)))
                    .as("answer to " + claim.strip())
                    .startsWith("-ERR Protocol error");
        }
        byte[] endless = "x".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
        assertThat(sendTcp(redis, endless)).startsWith("-ERR Protocol error");
    }

    @Test
    void valuesThatAreTooLongAreRefusedAndNothingIsWritten() throws IOException {
        int length = 3 << 20;
        String start = "*3\r\n$3\r\nSET\r\n$4\r\nhuge\r\n$" + length + "\r\n";
        byte[] request = (start + "v".repeat(length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        for (ReadyFile.Node node : dev.ready().nodes()) {
            assertThat(sendTcp(address(node.redis()), request)).startsWith("-");
        }
        try (JedisCluster jedis = Clusters.jedis(dev.ready())) {
            assertThat(jedis.get("huge")).isNull();
        }
    }

    @Test
    void callersOfAnotherAuthorityAreRefusedWithTheCauseInTheLog() throws Exception {
        ClusterId cluster = ClusterId.parse(dev.ready().clusterId());
        Path other = Files.createDirectories(directory.resolve("other-authority"));
        ClusterCa.create(cluster).newIdentity(new NodeId(2), Duration.ofDays(1)).save(other);
        assertRefused(other, "its certificate is not trusted");
    }

    @Test
    void callersWithoutACertificateAreRefusedWithTheCauseInTheLog() throws Exception {
        assertRefused(null, "before it showed a certificate");
    }

    @Test
    void nodesThatTheClusterDoesNotKnowAreRefusedWithTheCauseInTheLog() throws Exception {
        ClusterId cluster = ClusterId.parse(dev.ready().clusterId());
        Path unknown = Files.createDirectories(directory.resolve("unknown-node"));
        ClusterCa.load(directory.resolve("ca"), cluster)
                .newIdentity(new NodeId(9), Duration.ofDays(1))
                .save(unknown);
        assertRefused(unknown, "n9");
    }

    /// Calls again and again: a node reports the same kind of refusal only every ten seconds.
    private static void assertRefused(@Nullable Path identity, String cause) throws Exception {
        ReadyFile.Node node = dev.ready().nodes().getFirst();
        InetSocketAddress links = linkAddresses().getFirst();
        try (QuicStranger stranger = new QuicStranger(identity)) {
            await("node 1 tells whom it refused")
                    .atMost(NOTICED)
                    .pollInterval(Duration.ofSeconds(1))
                    .untilAsserted(() -> {
                        stranger.speak(links, new byte[] {0, 1, 2, 3, 4, 5, 6, 7});
                        assertThat(refusals(node)).anyMatch(line -> line.contains(cause));
                    });
        }
        assertThat(Files.readString(Path.of(node.dir(), "node.log"))).contains("Refused:");
    }

    private static List<String> refusals(ReadyFile.Node node) throws IOException {
        return Clusters.report(node).refusals();
    }

    private static List<InetSocketAddress> linkAddresses() throws IOException {
        return Clusters.report(dev.ready().nodes().getFirst()).nodes().stream()
                .map(NodeReport.Node::links)
                .map(BadInputIT::address)
                .toList();
    }

    private static InetSocketAddress adminAddress(ReadyFile.Node node) {
        URI uri = URI.create(node.admin());
        return new InetSocketAddress(uri.getHost(), uri.getPort());
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(
                text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    /// Sometimes noise, sometimes noise behind a beginning that makes sense.
    private static byte[] garbage(Random random) {
        byte[] noise = new byte[1 + random.nextInt(BYTES_MAX)];
        random.nextBytes(noise);
        List<String> starts =
                List.of("", "*3\r\n$3\r\nSET\r\n", "GET / HTTP/1.1\r\n", "*1\r\n$4\r\n");
        byte[] start =
                starts.get(random.nextInt(starts.size())).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(start, 0, noise, 0, Math.min(start.length, noise.length));
        return noise;
    }

    /// Sends bytes, and returns the first thing that is answered; empty if nothing is.
    private static String sendTcp(InetSocketAddress to, byte[] bytes) throws IOException {
        byte[] answer = new byte[512];
        try (Socket socket = new Socket()) {
            socket.connect(to, ANSWER_MILLIS);
            socket.setSoTimeout(ANSWER_MILLIS);
            try {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
            } catch (SocketException e) {
                // closed by the node while we were still talking; its answer may be there
            }
            int length = socket.getInputStream().read(answer);
            return new String(answer, 0, Math.max(0, length), StandardCharsets.UTF_8);
        } catch (SocketException | SocketTimeoutException e) {
            return "";
        }
    }
}
