package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.DAY;
import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.N3;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quorate.transport.EnrolmentReply.Refusal;
import dev.quorate.transport.EnrolmentReply.Retry;
import dev.quorate.transport.TestCluster.Node;
import dev.quorate.wire.FrameType;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Everyone who must stay outside, against every message that travels between nodes and against the
/// one request of the enrolment door that asks who is calling. None gets through.
class StrangersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestCluster cluster = new TestCluster();
    private final Node one = cluster.start(N1);

    @AfterEach
    void stop() {
        cluster.close();
    }

    /// Who calls. All say they are node 2, which exists.
    enum Stranger {
        /// Shows nothing.
        WITHOUT_CERTIFICATE,
        /// Shows a certificate of another cluster's authority, for the pinned key even.
        OF_ANOTHER_AUTHORITY,
        /// Was node 2 until a minute ago.
        EXPIRED,
        /// Was node 2 until its key was denied.
        REVOKED,
        /// Has node 2's key and name, but a certificate for clients only.
        FOR_CLIENTS_ONLY,
        /// Has node 2's key and the right authority, but node 3's name.
        WITH_ANOTHER_NODES_NAME,
        /// Was let in before its key was denied, and comes back with its TLS session.
        REVOKED_WITH_A_SESSION
    }

    @ParameterizedTest
    @EnumSource
    void noMessageOfAStrangerIsHeard(Stranger stranger) throws Exception {
        KeyPair keys = NodeIdentity.newKeyPair();
        NodeIdentity good = cluster.ca.newIdentity(N2, keys, DAY);
        cluster.pins.put(N2, good.spkiSha256());
        cluster.identity(N3);
        QuicSslContext tls = RawCaller.tls(shown(stranger, keys));
        try (RawCaller caller = new RawCaller(tls)) {
            if (stranger == Stranger.REVOKED_WITH_A_SESSION) {
                QuicChannel before = caller.connect(one.address());
                caller.stream(before, lane(), hello(), frames("while it was good"));
                await().atMost(PATIENCE).until(() -> one.heard().texts(N2).size() == 1);
                before.close().await(5_000);
            }
            if (stranger == Stranger.REVOKED || stranger == Stranger.REVOKED_WITH_A_SESSION) {
                cluster.pins.remove(N2);
            }
            int answered = caller.answeredBytes.get();
            for (FrameType type : FrameType.values()) {
                call(caller, type);
            }
            assertThat(caller.answeredBytes).as("nothing is answered").hasValue(answered);
        }
        assertThat(one.heard().refused).isNotEmpty();
        assertThat(one.heard().texts(N2)).doesNotContain("smuggled").hasSizeLessThan(2);
        assertThat(one.heard().frames).doesNotContainKey(N3);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "REVOKED_WITH_A_SESSION")
    void noStrangerIsTakenForANodeAtTheEnrolmentDoor(Stranger stranger) throws IOException {
        KeyPair keys = NodeIdentity.newKeyPair();
        NodeIdentity good = cluster.ca.newIdentity(N2, keys, DAY);
        if (stranger != Stranger.REVOKED) {
            cluster.pins.put(N2, good.spkiSha256());
        }
        cluster.identity(N3);
        List<Object> callers = new CopyOnWriteArrayList<>();
        LiveIdentity server = new LiveIdentity(cluster.identity(N1));
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (EnrolmentDoor door =
                EnrolmentDoor.start(
                        any,
                        server,
                        cluster.pins::get,
                        (caller, request) -> {
                            callers.add(caller == null ? "nobody" : caller);
                            return new Refusal(Retry.NEVER, "who are you?");
                        })) {
            NodeIdentity shown = shown(stranger, keys);
            NodeIdentity caller = shown == null ? anonymous(good) : shown;
            assertThatThrownBy(() ->
                            Enrolment.fetchIssuer(
                                    caller,
                                    node -> cluster.identity(N1).spkiSha256(),
                                    N1,
                                    "127.0.0.1:" + door.address().getPort(),
                                    cluster.ca.rootSha256()))
                    .isInstanceOf(IOException.class);
        }
        assertThat(callers).isSubsetOf("nobody");
    }

    /// Somebody who trusts the server and has nothing that it trusts.
    private NodeIdentity anonymous(NodeIdentity good) {
        ClusterCa own = ClusterCa.create(cluster.id);
        return NodeIdentity.of(
                good.key(),
                List.of(own.issue(N2, good.request().key(), DAY)),
                List.of(cluster.ca.root(), own.root()));
    }

    private @Nullable NodeIdentity shown(Stranger stranger, KeyPair keys) {
        ClusterCa ca = cluster.ca;
        return switch (stranger) {
            case WITHOUT_CERTIFICATE -> null;
            case OF_ANOTHER_AUTHORITY -> ClusterCa.create(cluster.id).newIdentity(N2, keys, DAY);
            case EXPIRED -> ca.newIdentity(N2, keys, Duration.ofMinutes(-1));
            case REVOKED, REVOKED_WITH_A_SESSION -> ca.newIdentity(N2, keys, DAY);
            case WITH_ANOTHER_NODES_NAME -> ca.newIdentity(N3, keys, DAY);
            case FOR_CLIENTS_ONLY ->
                    NodeIdentity.of(
                            keys.getPrivate(),
                            List.of(
                                    ca.issue(
                                            new NodeName(cluster.id, N2),
                                            keys.getPublic(),
                                            Instant.now(),
                                            DAY,
                                            new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth))),
                            List.of(ca.root()));
        };
    }

    private void call(RawCaller caller, FrameType type) throws Exception {
        try {
            QuicChannel channel = caller.connect(one.address());
            byte[] smuggled = new byte[64];
            smuggled[0] = (byte) type.number();
            caller.stream(channel, lane(), hello(), frames(List.of(smuggled)), frames("smuggled"));
            assertThat(channel.closeFuture().await(PATIENCE.toMillis()))
                    .as("the connection that brought %s was closed", type)
                    .isTrue();
        } catch (ExecutionException | TimeoutException refusedEarly) {
            // before QUIC was even connected
            assertThat(refusedEarly).isNotNull();
        }
    }

    private ByteBuffer hello() {
        return new Hello(1, 1, 0, cluster.id, N2, 1, 1, "raw").frame();
    }

    private static ByteBuffer lane() {
        return ByteBuffer.wrap(new byte[] {0});
    }
}
