package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.DAY;
import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.N3;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quorate.api.Outcome;
import dev.quorate.transport.EnrolmentReply.Refusal;
import dev.quorate.transport.EnrolmentReply.Retry;
import dev.quorate.transport.TestCluster.Node;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import dev.quorate.wire.FrameType;
import io.netty.handler.codec.quic.QuicChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Everyone who must stay outside, against every message that travels between nodes, transfers, and
/// the requests of the enrolment door that ask who is calling; over QUIC and over TCP. None gets
/// through.
class StrangersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final NodeId N4 = new NodeId(4);

    private TestCluster cluster = new TestCluster();
    private final List<Bytes> transfers = new CopyOnWriteArrayList<>();
    private int bulkPort;
    private Node one;

    @AfterEach
    void stop() {
        cluster.close();
    }

    private void start(TestCluster.Kind kind) throws IOException {
        cluster = new TestCluster(kind);
        bulkPort = freePort();
        BulkOptions bulk = BulkOptions.DEFAULT.withPort(bulkPort);
        one = cluster.start(N1, 1, 0, options -> options.withBulk(bulk));
        one.links()
                .bulk()
                .serve((peer, request, offset) -> {
                    transfers.add(request);
                    throw new BulkRefused(BulkFailure.Code.NOT_FOUND, Outcome.Retry.NEVER, "no");
                });
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

    static Stream<Arguments> everybodyOnEverything() {
        return Stream.of(TestCluster.Kind.values())
                .flatMap(kind -> Stream.of(Stranger.values()).map(who -> Arguments.of(who, kind)));
    }

    @ParameterizedTest
    @MethodSource("everybodyOnEverything")
    void noMessageAndNoTransferOfAStrangerIsHeard(Stranger stranger, TestCluster.Kind kind)
            throws Exception {
        start(kind);
        KeyPair keys = NodeIdentity.newKeyPair();
        NodeIdentity good = cluster.ca.newIdentity(N2, keys, DAY);
        cluster.pins.put(N2, good.spkiSha256());
        cluster.identity(N3);
        try (Voice voice = voice(kind, shown(stranger, keys))) {
            if (stranger == Stranger.REVOKED_WITH_A_SESSION) {
                voice.speakOnce(one.address(), hello(), frames("while it was good"));
                await().atMost(PATIENCE).until(() -> one.heard().texts(N2).size() == 1);
            }
            if (stranger == Stranger.REVOKED || stranger == Stranger.REVOKED_WITH_A_SESSION) {
                cluster.pins.remove(N2);
            }
            int answered = voice.answered();
            for (FrameType type : FrameType.values()) {
                voice.speak(one.address(), hello(), frames(List.of(frame(type))));
            }
            voice.transfer(bulkAddress(), hello(), transferRequest());
            assertThat(voice.answered()).as("nothing is answered").isEqualTo(answered);
        }
        await().atMost(PATIENCE).until(() -> !one.heard().refused.isEmpty());
        assertThat(one.heard().texts(N2)).hasSizeLessThan(2).isSubsetOf("while it was good");
        assertThat(one.heard().frames).doesNotContainKey(N3);
        assertThat(transfers).isEmpty();
    }

    /// What the strangers do is right, but for who they are.
    @ParameterizedTest
    @EnumSource
    void theSameFromANodeIsHeard(TestCluster.Kind kind) throws Exception {
        start(kind);
        try (Voice voice = voice(kind, cluster.identity(N2))) {
            for (FrameType type : FrameType.values()) {
                voice.speakOnce(one.address(), hello(), frames(List.of(frame(type))));
            }
            await().atMost(PATIENCE)
                    .until(() -> one.heard().frames.get(N2).size() == FrameType.values().length);
            voice.transfer(bulkAddress(), hello(), transferRequest());
            await().atMost(PATIENCE).until(() -> transfers.size() == 1);
            assertThat(voice.answered()).isPositive();
        }
    }

    /// Whoever else joined: a node that exists, with its own good certificate, that calls itself
    /// another in its hello.
    @ParameterizedTest
    @EnumSource
    void aNodeCannotSpeakInAnothersName(TestCluster.Kind kind) throws Exception {
        start(kind);
        cluster.identity(N2);
        try (Voice voice = voice(kind, cluster.identity(N4))) {
            voice.speak(one.address(), hello(), frames("as another"));
        }
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(one.heard().refused)
                                .anySatisfy(line ->
                                        assertThat(line)
                                                .contains(
                                                        "it says it is n2, its certificate says")));
        assertThat(one.heard().frames).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "REVOKED_WITH_A_SESSION")
    void noStrangerIsTakenForANodeAtTheEnrolmentDoor(Stranger stranger) throws IOException {
        cluster.identity(N1);
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

    private InetSocketAddress bulkAddress() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), bulkPort);
    }

    private static byte[] frame(FrameType type) {
        byte[] smuggled = new byte[64];
        smuggled[0] = (byte) type.number();
        return smuggled;
    }

    private static ByteBuffer transferRequest() {
        return BulkFrames.encode(new BulkFrames.Request(0, 1 << 16, Bytes.utf8("all there is")));
    }

    private ByteBuffer hello() {
        return new Hello(1, 1, 0, cluster.id, N2, 1, 1, "raw").frame();
    }

    private static int freePort() throws IOException {
        try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return tcp.getLocalPort();
        }
    }

    private static Voice voice(TestCluster.Kind kind, @Nullable NodeIdentity shown) {
        return switch (kind) {
            case QUIC -> new QuicVoice(new RawCaller(RawCaller.tls(shown)));
            case TCP -> new TcpVoice(new TcpStranger(shown));
        };
    }

    /// How somebody speaks; keeps its TLS sessions.
    private interface Voice extends AutoCloseable {
        /// Says something and waits until the connection is closed by the other side.
        void speak(InetSocketAddress to, ByteBuffer... frames) throws Exception;

        /// Says something, and hangs up once it must have been heard.
        void speakOnce(InetSocketAddress to, ByteBuffer... frames) throws Exception;

        /// Says hello, and asks for a transfer.
        void transfer(InetSocketAddress to, ByteBuffer hello, ByteBuffer request) throws Exception;

        /// Bytes that came back so far.
        int answered();

        @Override
        void close();
    }

    private record QuicVoice(RawCaller caller) implements Voice {
        private static final ByteBuffer LANE = ByteBuffer.wrap(new byte[] {0});
        private static final ByteBuffer TRANSFER = ByteBuffer.wrap(new byte[] {(byte) 0xB1});

        @Override
        public void speak(InetSocketAddress to, ByteBuffer... frames) throws Exception {
            try {
                QuicChannel channel = caller.connect(to);
                caller.stream(channel, onLane(frames));
                assertThat(channel.closeFuture().await(PATIENCE.toMillis())).isTrue();
            } catch (ExecutionException | TimeoutException refusedEarly) {
                // before QUIC was even connected
                assertThat(refusedEarly).isNotNull();
            }
        }

        @Override
        public void speakOnce(InetSocketAddress to, ByteBuffer... frames) throws Exception {
            int before = caller.answeredBytes.get();
            QuicChannel channel = caller.connect(to);
            caller.stream(channel, onLane(frames));
            await().atMost(PATIENCE).until(() -> caller.answeredBytes.get() > before);
            channel.close().await(5_000);
        }

        @Override
        public void transfer(InetSocketAddress to, ByteBuffer hello, ByteBuffer request)
                throws Exception {
            try {
                int before = caller.answeredBytes.get();
                QuicChannel channel = caller.connect(to);
                caller.stream(channel, LANE.duplicate(), hello);
                await().atMost(PATIENCE)
                        .until(() -> !channel.isOpen() || caller.answeredBytes.get() > before);
                caller.stream(channel, TRANSFER.duplicate(), request);
            } catch (ExecutionException | TimeoutException refusedEarly) {
                assertThat(refusedEarly).isNotNull();
            }
        }

        @Override
        public int answered() {
            return caller.answeredBytes.get();
        }

        @Override
        public void close() {
            caller.close();
        }

        private static ByteBuffer[] onLane(ByteBuffer... frames) {
            return Stream.concat(Stream.of(LANE.duplicate()), Stream.of(frames))
                    .toArray(ByteBuffer[]::new);
        }
    }

    private static final class TcpVoice implements Voice {
        private final TcpStranger stranger;
        private final AtomicInteger answered = new AtomicInteger();

        TcpVoice(TcpStranger stranger) {
            this.stranger = stranger;
        }

        @Override
        public void speak(InetSocketAddress to, ByteBuffer... frames) throws IOException {
            answered.addAndGet(stranger.speak(to, frames));
        }

        @Override
        public void speakOnce(InetSocketAddress to, ByteBuffer... frames) throws IOException {
            // the other side closes once it has read everything before this
            ByteBuffer[] all = Arrays.copyOf(frames, frames.length + 1);
            all[frames.length] = goodbye();
            speak(to, all);
        }

        @Override
        public void transfer(InetSocketAddress to, ByteBuffer hello, ByteBuffer request)
                throws IOException {
            speak(to, hello, request);
        }

        @Override
        public int answered() {
            return answered.get();
        }

        private static ByteBuffer goodbye() {
            return frames(List.of(new byte[] {(byte) TcpFrames.CLOSE, 0, 0}));
        }

        @Override
        public void close() {
            // each call closes its own connection
        }
    }
}
