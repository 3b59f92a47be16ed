package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.DAY;
import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.N3;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.transport.TestCluster.Node;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who is not let in, and whether somebody can read why. Node 1 and node 3 are linked throughout
/// and must not notice.
class RefusalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestCluster cluster = new TestCluster();
    private Node one;
    private Node three;

    @BeforeEach
    void linkTwoGoodNodes() {
        one = cluster.start(N1);
        three = cluster.start(N3);
        cluster.introduce(one, three);
        await().atMost(PATIENCE)
                .until(() -> one.heard().up.contains(N3) && three.heard().up.contains(N1));
    }

    @AfterEach
    void goodNodesNoticedNothing() {
        assertThat(one.heard().down).isEmpty();
        assertThat(three.heard().down).isEmpty();
        assertThat(one.links().send(N3, 0, frames("fine"))).isTrue();
        assertThat(three.links().send(N1, 0, frames("fine"))).isTrue();
        await().atMost(PATIENCE).until(() -> three.heard().texts(N1).contains("fine"));
        await().atMost(PATIENCE).until(() -> one.heard().texts(N3).contains("fine"));
        cluster.close();
    }

    @Test
    void callerOfAnotherRootIsRefused() throws Exception {
        cluster.identity(N2);
        NodeIdentity foreign = ClusterCa.create(cluster.id).newIdentity(N2, DAY);
        refusedInTls(foreign, "its certificate is not trusted");
    }

    @Test
    void callerThatSignedItsOwnCertificateIsRefused() throws Exception {
        // a root is the shortest self-signed certificate at hand
        ClusterCa own = ClusterCa.create(cluster.id);
        KeyPair keys = NodeIdentity.newKeyPair();
        NodeIdentity leaf = own.newIdentity(N2, keys, DAY);
        cluster.pins.put(N2, leaf.spkiSha256());
        refusedInTls(leaf, "its certificate is not trusted");
    }

    @Test
    void callerWithoutCertificateIsRefused() throws Exception {
        refusedInTls(null, "before it showed a certificate");
    }

    @Test
    void expiredCallerIsRefused() throws Exception {
        NodeIdentity expired = cluster.ca.newIdentity(N2, Duration.ofMinutes(-1));
        cluster.pins.put(N2, expired.spkiSha256());
        refusedInTls(expired, "its certificate is not trusted: NotAfter");
    }

    @Test
    void callerOfAnotherClusterIsRefusedEvenUnderTheSameRoot() throws Exception {
        KeyPair keys = NodeIdentity.newKeyPair();
        NodeName elsewhere = new NodeName(new ClusterId(7, 7), N2);
        NodeIdentity foreign =
                NodeIdentity.of(
                        keys.getPrivate(),
                        List.of(cluster.ca.issue(elsewhere, keys.getPublic(), DAY)),
                        List.of(cluster.ca.root()));
        cluster.pins.put(N2, foreign.spkiSha256());
        refusedInTls(foreign, "it belongs to cluster 00000000000000070000000000000007");
    }

    @Test
    void unknownNodeIsRefused() throws Exception {
        NodeIdentity unknown = cluster.ca.newIdentity(new NodeId(9), DAY);
        refusedInTls(unknown, "n9 is not a node of this cluster, or its identity was revoked");
    }

    @Test
    void nodeWithAnotherKeyThanPinnedIsRefused() throws Exception {
        cluster.identity(N2);
        NodeIdentity impostor = cluster.ca.newIdentity(N2, DAY);
        refusedInTls(impostor, "n2 shows another key than the one pinned to it");
    }

    @Test
    void nodeThatCarriesThisNodesNameIsRefused() throws Exception {
        refusedInTls(cluster.identity(N1), "it calls itself n1, which is this node");
    }

    @Test
    void noSessionIsResumedSoEveryCertificateIsJudgedInTheHandshake() throws Exception {
        NodeIdentity two = cluster.identity(N2);
        // a caller that keeps its TLS session, and offers to resume it
        try (RawCaller caller = new RawCaller(RawCaller.tls(two))) {
            for (int times = 1; times <= 3; times++) {
                int answered = caller.answeredBytes.get();
                QuicChannel channel = caller.connect(one.address());
                caller.stream(channel, lane(0), hello(N2, 1).frame());
                await().atMost(PATIENCE).until(() -> caller.answeredBytes.get() > answered);
                channel.close().await(5_000);
                // in the handshake, when the connection became active, and at hello
                assertThat(cluster.lookedUp).containsEntry(N2, 3 * times);
            }
        }
    }

    @Test
    void revokedNodeIsRefusedThoughItsSessionCouldBeResumed() throws Exception {
        // given a caller that was served once and keeps its TLS session
        NodeIdentity two = cluster.identity(N2);
        QuicSslContext tls = RawCaller.tls(two);
        try (RawCaller caller = new RawCaller(tls)) {
            QuicChannel first = caller.connect(one.address());
            caller.stream(first, lane(0), hello(N2, 1).frame(), frames("while pinned"));
            await().atMost(PATIENCE).until(() -> one.heard().texts(N2).contains("while pinned"));
            first.close().await(5_000);

            // when it is revoked and calls again
            cluster.pins.remove(N2);
            callAndSpeak(caller, hello(N2, 1), "while revoked");

            // then
            awaitRefusal(one, "or its identity was revoked");
            assertThat(one.heard().texts(N2)).containsExactly("while pinned");
        }
    }

    @Test
    void revocationEndsLiveConnectionsBothWays() {
        // given node 2 linked with node 1 both ways
        Node two = cluster.start(N2);
        one.links().peers(Map.of(N2, two.address(), N3, three.address()));
        two.peer(N1, one.address());
        await().atMost(PATIENCE)
                .until(() -> one.heard().up.contains(N2) && two.heard().up.contains(N1));

        // when
        cluster.pins.remove(N2);
        one.links().peers(Map.of(N2, two.address(), N3, three.address()));

        // then
        await().atMost(PATIENCE)
                .until(() -> !one.heard().down.isEmpty() && !two.heard().down.isEmpty());
        assertThat(one.heard().down.getFirst()).contains("its identity was revoked");
        assertThat(two.heard().down.getFirst()).contains("n1 refused us: n2 is not a node");
        awaitRefusal(two, "refused us");
        one.heard().down.clear();
    }

    @Test
    void helloThatContradictsTheCertificateIsRefused() throws Exception {
        refusedAtHello(hello(N3, 1), "it says it is n3, its certificate says n2");
    }

    @Test
    void helloOfAnotherClusterIsRefused() throws Exception {
        Hello honest = hello(N2, 1);
        Hello lie = new Hello(1, 1, 0, new ClusterId(1, 1), N2, 1, honest.nonce(), honest.build());
        refusedAtHello(lie, "it says cluster 00000000000000010000000000000001");
    }

    @Test
    void helloOfAnotherProtocolIsRefused() throws Exception {
        Hello later = new Hello(2, 3, 0, cluster.id, N2, 1, 1, "later");
        refusedAtHello(later, "it speaks protocol 2 to 3, this node 1 to 1");
    }

    @Test
    void nodeWhoseBootEpochWentBackIsRefused() throws Exception {
        speakOnce(hello(N2, 5));
        refusedAtHello(hello(N2, 4), "n2 is at boot epoch 4 but was already seen at 5");
    }

    @Test
    void secondNodeAtTheSameBootEpochIsRefused() throws Exception {
        speakOnce(hello(N2, 5));
        Hello clone = new Hello(1, 1, 0, cluster.id, N2, 5, 77, "clone");
        refusedAtHello(clone, "there are two n2 at boot epoch 5");
    }

    @Test
    void serverThatIsNotTheNodeThatWasDialledIsRefusedByTheCaller() {
        // given node 2's address in the hands of node 3
        cluster.identity(N2);
        Node four = cluster.start(new NodeId(4));

        // when
        four.peer(N2, three.address());

        // then
        awaitRefusal(four, "n3 answered where n2 should be");
        assertThat(four.heard().refused.getFirst()).startsWith("n2 at ");
        assertThat(four.heard().up).isEmpty();
    }

    @Test
    void serverWithAnotherKeyThanPinnedIsRefusedByTheCaller() {
        Node four = cluster.start(new NodeId(4));
        NodeIdentity stale = cluster.ca.newIdentity(N2, DAY);
        cluster.identity(N2);
        Node impostor = cluster.start(stale, 1, 0, options -> options);
        four.peer(N2, impostor.address());
        awaitRefusal(four, "n2 shows another key than the one pinned to it");
        assertThat(four.heard().up).isEmpty();
    }

    @Test
    void nodeHearsThatItWasRefused() {
        // given a node whose key is not the pinned one
        cluster.identity(N2);
        Node two = cluster.start(cluster.ca.newIdentity(N2, DAY), 1, 0, options -> options);

        // when
        two.peer(N1, one.address());

        // then both sides say so, and the link never comes up
        awaitRefusal(one, "n2 shows another key");
        awaitRefusal(two, "refused us in the TLS handshake");
        assertThat(two.heard().up).isEmpty();
    }

    private void refusedInTls(@Nullable NodeIdentity identity, String cause) throws Exception {
        try (RawCaller caller = new RawCaller(RawCaller.tls(identity))) {
            callAndSpeak(caller, hello(N2, 1), "smuggled");
            awaitRefusal(one, cause);
            assertThat(caller.answeredBytes).hasValue(0);
        }
        assertThat(one.heard().frames).doesNotContainKey(N2);
    }

    private void refusedAtHello(Hello hello, String cause) throws Exception {
        try (RawCaller caller = new RawCaller(RawCaller.tls(cluster.identity(N2)))) {
            callAndSpeak(caller, hello, "smuggled");
            awaitRefusal(one, cause);
            await().atMost(PATIENCE).until(() -> caller.closed != null);
            assertThat(caller.closed).startsWith("code 2").contains(cause);
            assertThat(caller.answeredBytes).hasValue(0);
        }
        assertThat(one.heard().texts(N2)).doesNotContain("smuggled");
    }

    private void speakOnce(Hello hello) throws Exception {
        try (RawCaller caller = new RawCaller(RawCaller.tls(cluster.identity(N2)))) {
            callAndSpeak(caller, hello, "once");
            await().atMost(PATIENCE).until(() -> one.heard().texts(N2).contains("once"));
        }
    }

    private void callAndSpeak(RawCaller caller, Hello hello, String text) throws Exception {
        try {
            QuicChannel channel = caller.connect(one.address());
            caller.stream(channel, lane(0), hello.frame(), frames(text));
        } catch (ExecutionException e) {
            // refused so early that QUIC did not even connect: the listener has the reason
            assertThat(e).hasCauseInstanceOf(Exception.class);
        }
    }

    private Hello hello(NodeId node, long bootEpoch) {
        return new Hello(1, 1, 0, cluster.id, node, bootEpoch, 1, "raw");
    }

    private static ByteBuffer lane(int lane) {
        return ByteBuffer.wrap(new byte[] {(byte) lane});
    }

    private static void awaitRefusal(Node node, String cause) {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(node.heard().refused)
                                .anySatisfy(line -> assertThat(line).contains(cause)));
    }
}
