package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.DAY;
import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.N3;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.transport.EnrolmentReply.Issued;
import dev.quorate.transport.EnrolmentReply.Issuer;
import dev.quorate.transport.EnrolmentReply.Peer;
import dev.quorate.transport.EnrolmentReply.Refusal;
import dev.quorate.transport.EnrolmentReply.Retry;
import dev.quorate.transport.EnrolmentRequest.Announcement;
import dev.quorate.transport.EnrolmentRequest.FetchIssuer;
import dev.quorate.transport.EnrolmentRequest.Present;
import dev.quorate.transport.EnrolmentRequest.Renew;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Asking for certificates over real sockets, at a door whose registrar keeps one token.
class EnrolmentTest {
    private static final Announcement HERE =
            new Announcement(
                    "127.0.0.1:9",
                    "",
                    new TreeMap<>(),
                    new TreeMap<>(java.util.Map.of("zone", "a")),
                    1,
                    1);

    @TempDir Path directory;

    private final TestCluster cluster = new TestCluster();
    private final List<EnrolmentRequest> asked = new CopyOnWriteArrayList<>();
    private final List<@Nullable NodeId> callers = new CopyOnWriteArrayList<>();
    private final AtomicReference<@Nullable Bytes> holder = new AtomicReference<>();
    private final LiveIdentity server = new LiveIdentity(cluster.identity(N1));
    private final EnrolmentDoor door = open(server, cluster.ca);
    private final JoinToken token = token(cluster.ca, door);

    @AfterEach
    void close() {
        door.close();
    }

    @Test
    void processWithNothingButATokenEndsUpAsANode() throws IOException {
        // when
        Enrolment.Joined joined = Enrolment.join(JoinToken.parse(token.text()), directory, HERE);

        // then it has an identity, on disk too, and knows its peers
        assertThat(joined.identity().name()).isEqualTo(new NodeName(cluster.id, N2));
        assertThat(joined.identity().roots()).containsExactly(cluster.ca.root());
        assertThat(joined.peers()).extracting(Peer::id).containsExactly(N1);
        assertThat(NodeIdentity.load(directory).chain()).isEqualTo(joined.identity().chain());
        Path key = directory.resolve("tls/node.key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        assertThat(((Present) asked.getFirst()).announcement()).isEqualTo(HERE);
    }

    @Test
    void joinerThatCrashedAsksWithTheSameKeyAndGetsTheSameCertificate() throws IOException {
        Enrolment.Joined first = Enrolment.join(token, directory, HERE);
        // the answer was lost: only the key was written
        Files.delete(directory.resolve("tls/node.pem"));
        Enrolment.Joined again = Enrolment.join(token, directory, HERE);
        assertThat(again.identity().chain()).isEqualTo(first.identity().chain());
        assertThat(asked).hasSize(2);
    }

    @Test
    void aHundredPresentersAtOnceGetExactlyOneCertificate() throws Exception {
        List<Future<NodeIdentity>> presenters = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 100; i++) {
                KeyPair keys = NodeIdentity.newKeyPair();
                presenters.add(threads.submit(() -> Enrolment.join(token, keys, HERE).identity()));
            }
        }
        List<Throwable> failures =
                presenters.stream()
                        .filter(one -> one.state() == Future.State.FAILED)
                        .map(Future::exceptionNow)
                        .toList();
        assertThat(failures)
                .hasSize(99)
                .allSatisfy(failure ->
                        assertThat(failure)
                                .isInstanceOf(EnrolmentRefused.class)
                                .hasMessage("held by another key"));
    }

    @Test
    void joinerSendsNothingToACorrectlyAddressedStranger() {
        // given a door of another authority at the seed's address, for the same cluster id even
        ClusterCa other = ClusterCa.create(cluster.id);
        LiveIdentity stranger = new LiveIdentity(other.newIdentity(N1, DAY));
        try (EnrolmentDoor impostor = open(stranger, other)) {
            JoinToken misled = token(cluster.ca, impostor);
            assertThatThrownBy(() -> Enrolment.join(misled, NodeIdentity.newKeyPair(), HERE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("not the one that the join token names");
            assertThat(asked).isEmpty();
        }
    }

    @Test
    void joinerDoesNotBelieveARootThatTheServerOnlyShows() {
        // given a server whose chain claims the right root but was not issued by it
        ClusterCa other = ClusterCa.create(cluster.id);
        NodeIdentity forged = other.newIdentity(N1, DAY);
        NodeIdentity claims =
                NodeIdentity.of(
                        forged.key(),
                        List.of(forged.chain().getFirst(), other.root(), cluster.ca.root()),
                        List.of(cluster.ca.root()));
        try (EnrolmentDoor impostor = open(new LiveIdentity(claims), other)) {
            JoinToken misled = token(cluster.ca, impostor);
            assertThatThrownBy(() -> Enrolment.join(misled, NodeIdentity.newKeyPair(), HERE))
                    .isInstanceOf(IOException.class);
            assertThat(asked).isEmpty();
        }
    }

    @Test
    void nodeRenewsEvenWithAnExpiredCertificate() throws IOException {
        KeyPair keys = NodeIdentity.newKeyPair();
        NodeIdentity expired = cluster.ca.newIdentity(N3, keys, Duration.ofMinutes(-1));
        cluster.pins.put(N3, expired.spkiSha256());
        NodeIdentity next = Enrolment.renew(expired, cluster.pins::get, N1, at(door));
        assertThat(next.notAfter()).isAfter(Instant.now());
        assertThat(next.spkiSha256()).isEqualTo(expired.spkiSha256());
        assertThat(callers.getFirst()).isNull();
    }

    @Test
    void renewalIsNotAskedOfANodeThatIsNotTheOneMeant() {
        assertThatThrownBy(() ->
                        Enrolment.renew(cluster.identity(N3), cluster.pins::get, N2, at(door)))
                .isInstanceOf(IOException.class);
        assertThat(asked).isEmpty();
    }

    @Test
    void authoritysKeyGoesOnlyToACallerThatProvedWhoItIs() throws IOException {
        NodeIdentity three = cluster.identity(N3);
        Bytes root = cluster.ca.rootSha256();
        ClusterCa copy = Enrolment.fetchIssuer(three, cluster.pins::get, N1, at(door), root);
        assertThat(copy.rootSha256()).isEqualTo(root);
        assertThat(callers).containsExactly(N3);

        cluster.pins.remove(N3);
        assertThatThrownBy(() ->
                        Enrolment.fetchIssuer(
                                three,
                                node -> node.equals(N1) ? cluster.pins.get(N1) : null,
                                N1,
                                at(door),
                                root))
                .isInstanceOf(IOException.class);
        assertThat(callers).hasSize(1);
    }

    @Test
    void silentCallersDoNotKeepOthersOut() throws IOException {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 50; i++) {
                silent.add(new Socket(door.address().getAddress(), door.address().getPort()));
            }
            assertThat(Enrolment.join(token, directory, HERE).identity()).isNotNull();
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void replacedIdentityIsShownToTheNextCaller() throws IOException {
        ClusterCa next = ClusterCa.create(cluster.id);
        NodeIdentity now = server.now();
        server.replace(
                now.with(
                        List.of(next.issue(N1, now.request().key(), DAY)),
                        List.of(cluster.ca.root(), next.root())));
        JoinToken renewed = token(next, door);
        assertThat(Enrolment.join(renewed, directory, HERE).identity()).isNotNull();
        assertThat(asked).hasSize(1);
    }

    @Test
    void tokenMadeBeforeTheNextAuthorityWasStagedServesUntilTheOldOneGoes() throws IOException {
        ClusterCa next = ClusterCa.create(cluster.id);
        NodeIdentity now = server.now();
        server.replace(
                now.with(
                        List.of(
                                next.issue(N1, now.request().key(), DAY),
                                cluster.ca.crossSign(next.root())),
                        List.of(cluster.ca.root(), next.root())));
        assertThat(Enrolment.join(token, directory, HERE).identity()).isNotNull();

        server.replace(server.now().with(server.now().chain(), List.of(next.root())));
        assertThatThrownBy(() -> Enrolment.join(token, directory, HERE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the token is older than the last change");
    }

    @Test
    void authoritysFilesAreItsOwnersAlone() throws IOException {
        IssuerStore store = IssuerStore.open(directory, cluster.id);
        store.keep(cluster.ca);
        Bytes root = cluster.ca.rootSha256();
        Path key =
                directory
                        .resolve("tls/issuers")
                        .resolve(Certificates.brief(root))
                        .resolve("ca.key");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        IssuerStore again = IssuerStore.open(directory, cluster.id);
        assertThat(again.find(root)).isNotNull();
        again.discard(root);
        assertThat(Files.exists(key)).isFalse();
        assertThat(IssuerStore.open(directory, cluster.id).find(root)).isNull();
        assertThat(cluster.ca.toString()).doesNotContainIgnoringCase("key");
    }

    private EnrolmentDoor open(LiveIdentity identity, ClusterCa authority) {
        return EnrolmentDoor.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                identity,
                cluster.pins::get,
                (caller, request) -> answer(caller, request, authority));
    }

    private EnrolmentReply answer(
            @Nullable NodeId caller, EnrolmentRequest request, ClusterCa authority) {
        asked.add(request);
        callers.add(caller);
        return switch (request) {
            case Present present -> {
                Bytes key = present.request().spkiSha256();
                boolean held = !holder.compareAndSet(null, key) && !key.equals(holder.get());
                yield held
                        ? new Refusal(Retry.LATER, "held by another key")
                        : issued(N2, present.request(), authority);
            }
            case Renew renew -> issued(renew.node(), renew.request(), authority);
            case FetchIssuer _ ->
                    caller == null
                            ? new Refusal(Retry.NEVER, "who are you?")
                            : new Issuer(authority);
        };
    }

    private Issued issued(NodeId node, CertificateRequest request, ClusterCa authority) {
        Instant from = Instant.parse("2026-01-01T00:00:00Z");
        return new Issued(
                node,
                List.of(authority.issue(node, request.key(), from, Duration.ofDays(36_500))),
                List.of(authority.root()),
                List.of(new Peer(N1, cluster.pins.get(N1), "127.0.0.1:1", at(door))));
    }

    private JoinToken token(ClusterCa authority, EnrolmentDoor at) {
        return JoinToken.create(
                cluster.id,
                Instant.now().plusSeconds(60),
                List.of(authority.rootSha256()),
                List.of(at(at)));
    }

    private static String at(EnrolmentDoor door) {
        return "127.0.0.1:" + door.address().getPort();
    }

    @Test
    void doorOfAnotherClusterSaysSo() {
        JoinToken elsewhere =
                JoinToken.create(
                        new ClusterId(7, 7),
                        Instant.now().plusSeconds(60),
                        List.of(cluster.ca.rootSha256()),
                        List.of(at(door)));
        assertThatThrownBy(() -> Enrolment.join(elsewhere, directory, HERE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not to the token's");
    }
}
