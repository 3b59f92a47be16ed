package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.DAY;
import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.transport.TestCluster.Node;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Callers over TCP that must not be let in, and bytes that no honest node sends.
class TcpRefusalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestCluster cluster = new TestCluster(TestCluster.Kind.TCP);
    private Node one;

    @BeforeEach
    void start() {
        one = cluster.start(N1);
    }

    @AfterEach
    void stop() {
        assertThat(one.heard().frames).doesNotContainKey(N2);
        cluster.close();
    }

    @Test
    void callerWithoutCertificateIsRefused() throws Exception {
        refused(null, hello(N2, 1).frame(), "TLS handshake failed");
    }

    @Test
    void callerOfAnotherRootIsRefused() throws Exception {
        NodeIdentity foreign = ClusterCa.create(cluster.id).newIdentity(N2, DAY);
        cluster.pins.put(N2, foreign.spkiSha256());
        refused(foreign, hello(N2, 1).frame(), "its certificate is not trusted");
    }

    @Test
    void unknownNodeIsRefused() throws Exception {
        NodeIdentity unknown = cluster.ca.newIdentity(new NodeId(9), DAY);
        refused(unknown, hello(new NodeId(9), 1).frame(), "n9 is not a node of this cluster");
    }

    @Test
    void nodeWithAnotherKeyThanPinnedIsRefused() throws Exception {
        cluster.identity(N2);
        refused(
                cluster.ca.newIdentity(N2, DAY),
                hello(N2, 1).frame(),
                "n2 shows another key than the one pinned to it");
    }

    @Test
    void helloThatContradictsTheCertificateIsRefused() throws Exception {
        refused(
                cluster.identity(N2),
                hello(new NodeId(3), 1).frame(),
                "it says it is n3, its certificate says n2");
    }

    @Test
    void helloOfAnotherClusterIsRefused() throws Exception {
        Hello lie = new Hello(1, 1, 0, new ClusterId(1, 1), N2, 1, 1, "raw");
        refused(cluster.identity(N2), lie.frame(), "it says cluster 0000");
    }

    @Test
    void frameThatClaimsTooMuchEndsTheConnection() throws Exception {
        refused(
                cluster.identity(N2),
                ByteBuffer.wrap(new byte[] {0, 0, 0, 127}),
                "a frame claims 2130706432 bytes");
    }

    @Test
    void dataBeforeHelloIsNotDelivered() throws Exception {
        refused(cluster.identity(N2), frames("early"), "the first frame is no hello");
    }

    @Test
    void garbageInPlaceOfTlsHarmsNobody() throws Exception {
        try (Socket socket = new Socket(one.address().getAddress(), one.address().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(drain(socket.getInputStream())).isLessThan(100);
        }
        Node two = cluster.start(N2);
        two.peer(N1, one.address());
        await().atMost(PATIENCE).until(() -> two.heard().up.contains(N1));
    }

    @Test
    void silentCallersAreTurnedAwayBeyondABoundAndTheirPlacesAreFreeOnceTheyAreGone()
            throws Exception {
        Node crowded =
                cluster.start(
                        new NodeId(4),
                        1,
                        0,
                        options ->
                                options.withTimeouts(
                                        Duration.ofMinutes(2),
                                        Duration.ofSeconds(20),
                                        Duration.ofSeconds(1)));
        List<Socket> silent = new ArrayList<>();
        try {
            await("one is turned away")
                    .atMost(PATIENCE)
                    .pollInSameThread()
                    .until(() -> {
                        for (int i = 0; i < 100; i++) {
                            silent.add(
                                    new Socket(
                                            crowded.address().getAddress(),
                                            crowded.address().getPort()));
                        }
                        return crowded.heard().refused.stream()
                                .anyMatch(line -> line.contains("too many callers have not said"));
                    });
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
        Node three = cluster.start(new NodeId(3));
        three.peer(new NodeId(4), crowded.address());
        await().atMost(PATIENCE).until(() -> three.heard().up.contains(new NodeId(4)));
    }

    /// Calls, speaks, and expects that node 1 says why it would not listen.
    private void refused(@Nullable NodeIdentity identity, ByteBuffer bytes, String cause)
            throws Exception {
        var _ = new TcpStranger(identity).speak(one.address(), bytes);
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(one.heard().refused)
                                .anySatisfy(line -> assertThat(line).contains(cause)));
    }

    /// How many bytes came until the other side closed.
    private static int drain(InputStream in) throws IOException {
        int count = 0;
        while (in.read() >= 0) {
            count++;
        }
        return count;
    }

    private Hello hello(NodeId node, long bootEpoch) {
        return new Hello(1, 1, 0, cluster.id, node, bootEpoch, 1, "raw");
    }
}
