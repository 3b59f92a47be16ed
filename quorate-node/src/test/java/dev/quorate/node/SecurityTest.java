package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.api.Outcome;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.metadata.MetadataEntry.DenyNode;
import dev.quorate.node.Founders.Founder;
import dev.quorate.node.Founders.Plan;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.node.identity.ClusterSecurity;
import dev.quorate.node.identity.SecurityRefused;
import dev.quorate.node.identity.SecurityReport;
import dev.quorate.transport.ClusterCa;
import dev.quorate.transport.Enrolment;
import dev.quorate.transport.EnrolmentRefused;
import dev.quorate.transport.EnrolmentReply;
import dev.quorate.transport.EnrolmentRequest.Announcement;
import dev.quorate.transport.JoinToken;
import dev.quorate.transport.Links;
import dev.quorate.transport.LinksOptions;
import dev.quorate.transport.NodeIdentity;
import dev.quorate.transport.QuicLinks;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Certificates, authorities, tokens and revocation in a cluster of three whole nodes in one
/// process, over real sockets and files.
class SecurityTest {
    private static final GroupId GROUP = new GroupId(1);

    @TempDir Path directory;
    private final Map<Integer, Quorate> nodes = new TreeMap<>();
    private ClusterId cluster = new ClusterId(0, 0);

    @AfterEach
    void close() {
        nodes.values().forEach(Quorate::close);
    }

    @Test
    void aTokenIsAllThatANewNodeNeedsAndItsFirstHelloConsumesIt() throws Exception {
        found(Map.of());
        JoinToken token = JoinToken.parse(security(1).createToken(Duration.ofHours(1)).text());
        InetSocketAddress here =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free());

        // when
        Enrolment.Joined joined =
                Enrolment.join(token, directory.resolve("n4"), announcement(here));

        // then it has a name, and the cluster holds the token for it until it says hello
        assertThat(joined.identity().name().node()).isEqualTo(new NodeId(4));
        assertThat(joined.peers()).extracting(EnrolmentReply.Peer::id).hasSize(4);
        assertThat(tokens(1)).extracting(SecurityReport.Token::state).containsExactly("in-flight");
        Map<NodeId, InetSocketAddress> peers = new TreeMap<>();
        Map<NodeId, Bytes> pins = new TreeMap<>();
        for (EnrolmentReply.Peer peer : joined.peers()) {
            peers.put(peer.id(), Addresses.resolve(peer.links()));
            pins.put(peer.id(), peer.spkiPin());
        }
        Ear ear = new Ear();
        LinksOptions options = LinksOptions.of(cluster, new NodeId(4), 1, "test", here, pins::get);
        try (QuicLinks links = QuicLinks.start(options, joined.identity(), ear)) {
            links.peers(peers);
            await().until(() -> ear.up.get() >= 3);
            await().until(() -> tokens(2).getFirst().state().equals("consumed"));
        }
        assertThat(tokens(2).getFirst().history())
                .extracting(SecurityReport.Step::state)
                .containsExactly("issued", "in-flight", "consumed");
        assertThatThrownBy(() -> Enrolment.join(token, directory.resolve("n5"), announcement(here)))
                .isInstanceOf(EnrolmentRefused.class)
                .hasMessage("the join token was used");
    }

    @Test
    void aHundredPresentersAtThreeDoorsGetOneCertificateBetweenThem() throws Exception {
        found(Map.of());
        JoinToken token = security(2).createToken(Duration.ofHours(1));
        InetSocketAddress here =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free());
        List<Future<NodeIdentity>> presenters = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 100; i++) {
                // each begins at another door
                List<String> seeds = new ArrayList<>(token.seeds());
                java.util.Collections.rotate(seeds, i);
                JoinToken mine =
                        new JoinToken(
                                cluster,
                                token.expiry(),
                                token.authorities(),
                                seeds,
                                token.secret());
                Path home = directory.resolve("joiner" + i);
                presenters.add(
                        threads.submit(
                                () -> Enrolment.join(mine, home, announcement(here)).identity()));
            }
        }
        assertThat(presenters).filteredOn(one -> one.state() == Future.State.SUCCESS).hasSize(1);
        assertThat(presenters)
                .filteredOn(one -> one.state() == Future.State.FAILED)
                .extracting(Future::exceptionNow)
                .allSatisfy(failure -> assertThat(failure).isInstanceOf(EnrolmentRefused.class));

        // and withdrawing the token turns that one away
        security(3).revokeToken(tokens(3).getFirst().id().substring(0, 8));
        await().until(() -> tokens(1).getFirst().state().equals("aborted"));
        assertThat(security(1).report().revoked()).hasSize(1);
    }

    @Test
    void leavesAreRenewedAndTheAuthorityIsReplacedWhileEveryWriteSucceeds() throws Exception {
        found(Map.of());
        String before = security(1).report().trust().issuer();
        try (Load load = new Load()) {
            load.awaitMore();
            for (int i = 1; i <= 3; i++) {
                String serial = security(i).report().certificate().serial();
                security(i).renew();
                assertThat(security(i).report().certificate().serial()).isNotEqualTo(serial);
            }
            load.awaitMore();

            // when
            security(2).stageAuthority(null);
            load.awaitMore();
            await().until(() -> phase(1).equals("ready-to-finalize"));
            load.awaitMore();
            security(3).finalizeAuthority();
            await().until(() -> Stream.of(1, 2, 3).allMatch(i -> phase(i).equals("steady")));
            load.awaitMore();

            // then nobody uses, trusts or holds the old one
            await().until(() ->
                    Stream.of(1, 2, 3)
                            .allMatch(i ->
                                    security(i).report().trust().keysHere().size() == 1
                                            && !usedIssuer(i).equals(before)));
            load.awaitMore();
            assertThat(load.failures).isEmpty();
        }
        assertThat(usedIssuer(1)).isEqualTo(usedIssuer(2)).isEqualTo(usedIssuer(3));

        // and all of that outlives a restart
        restart();
        assertThat(usedIssuer(1)).isNotEqualTo(before);
        write("after", "restart");
    }

    @Test
    void finalizingIsRefusedWhileANodeHasNotReissuedAndAChangeCanBeGivenUp() throws Exception {
        found(Map.of());
        String before = security(1).report().trust().issuer();
        node(3).close();
        nodes.remove(3);
        security(1).stageAuthority(null);
        await().until(() -> security(1).report().trust().waitingFor().size() == 1);
        assertThatThrownBy(() -> security(1).finalizeAuthority())
                .isInstanceOf(SecurityRefused.class)
                .hasMessageContaining("not finalized");

        security(1).abandonAuthority();

        await().until(() -> phase(1).equals("steady") && phase(2).equals("steady"));
        await().until(() -> usedIssuer(1).equals(before) && usedIssuer(2).equals(before));
        assertThatThrownBy(() -> security(1).finalizeAuthority())
                .hasMessageContaining("No change of the authority is under way");
    }

    @Test
    void nodeThatWasDownWhileTheNextAuthorityWasStagedFindsItsWayBack() throws Exception {
        // given two nodes that use the next authority, and a third that has never heard of it
        found(Map.of());
        node(3).close();
        nodes.remove(3);
        security(1).stageAuthority(null);
        await().until(() -> security(1).report().trust().reissued().size() == 2);
        String next = security(1).report().trust().staged();
        node(1).close();
        node(2).close();
        nodes.clear();

        // when all start anew
        startAll();

        // then the third learns of it, and the change can be ended
        await().until(() -> phase(1).equals("ready-to-finalize"));
        security(1).finalizeAuthority();
        await().until(() -> Stream.of(1, 2, 3).allMatch(i -> phase(i).equals("steady")));
        assertThat(usedIssuer(3)).isEqualTo(next);
        write("all", "there");
    }

    @Test
    void certificatesThatLastSecondsAreRenewedByThemselvesWhileEveryWriteSucceeds()
            throws Exception {
        found(Map.of("certificates.validity", "4s"));
        for (int i = 1; i <= 3; i++) {
            security(i).renew();
        }
        try (Load load = new Load()) {
            for (int times = 0; times < 3; times++) {
                for (int i = 1; i <= 3; i++) {
                    ClusterSecurity keeping = security(i);
                    SecurityReport.Certificate used = keeping.report().certificate();
                    await().until(() ->
                            !keeping.report().certificate().serial().equals(used.serial()));
                    // long before it would have expired
                    assertThat(Instant.now()).isBefore(used.notAfter());
                }
            }
            load.awaitMore();
            assertThat(load.failures).isEmpty();
        }
        write("still", "linked");
    }

    @Test
    void revokedNodeLosesItsLinksInBothDirectionsAndTheOthersGoOn() throws Exception {
        found(Map.of());
        security(1).revoke(new NodeId(3), "stolen", DenyNode.Care.SAFE);
        await().until(() -> !linked(1, 3) && !linked(2, 3));
        await().until(() -> !linked(3, 1) && !linked(3, 2));
        write("without", "three");
        assertThat(security(2).report().revoked())
                .extracting(SecurityReport.Revoked::node)
                .containsExactly(3L);
        assertThatThrownBy(
                        () -> security(1).revoke(new NodeId(1), "by mistake", DenyNode.Care.SAFE))
                .isInstanceOf(SecurityRefused.class);
    }

    @Test
    void clusterWhoseCertificatesAllExpiredWhileItWasDownComesBack() throws Exception {
        found(Map.of());
        nodes.values().forEach(Quorate::close);
        nodes.clear();
        ClusterCa authority = ClusterCa.load(directory.resolve("ca"), cluster);
        for (int i = 1; i <= 3; i++) {
            Path home = directory.resolve("n" + i);
            NodeIdentity identity = NodeIdentity.load(home);
            identity.with(
                            List.of(
                                    authority.issue(
                                            new NodeId(i),
                                            identity.request().key(),
                                            Duration.ofMinutes(-5))),
                            identity.roots())
                    .save(home);
        }
        // the third does not hold the authority's key: the others renew it
        try (Stream<Path> files = Files.walk(directory.resolve("n3/tls/issuers"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }

        startAll();

        write("back", "again");
        assertThat(NodeIdentity.load(directory.resolve("n3")).isExpired(Instant.now())).isFalse();
        // and it is given the key, which is its owner's alone
        await().until(() -> security(3).report().trust().keysHere().size() == 1);
        try (Stream<Path> files = Files.walk(directory.resolve("n3/tls/issuers"))) {
            assertThat(files.filter(file -> file.endsWith("ca.key")))
                    .isNotEmpty()
                    .allSatisfy(file ->
                            assertThat(
                                            PosixFilePermissions.toString(
                                                    Files.getPosixFilePermissions(file)))
                                    .isEqualTo("rw-------"));
        }
    }

    private void found(Map<String, String> settings) throws IOException {
        Map<String, String> all = new TreeMap<>(settings);
        all.put("journal.segment", "8MiB");
        List<Founder> founders = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            founders.add(
                    new Founder(
                            directory.resolve("n" + i), "127.0.0.1:" + Ports.free(), "", "", all));
        }
        cluster = Founders.prepare(new Plan(founders, 2, 3, directory.resolve("ca")));
        startAll();
    }

    private void startAll() {
        for (int i = 1; i <= 3; i++) {
            QuorateConfig config =
                    QuorateConfig.load(directory.resolve("n" + i), Map.of(), Map.of());
            nodes.put(i, Quorate.start(config, group -> new Registers()));
        }
        nodes.values()
                .forEach(node ->
                        assertThat(node.awaitReady(Duration.ofSeconds(30)))
                                .as(() -> node.status().toString())
                                .isTrue());
    }

    private void restart() {
        nodes.values().forEach(Quorate::close);
        nodes.clear();
        startAll();
    }

    private Quorate node(int i) {
        return Objects.requireNonNull(nodes.get(i));
    }

    private ClusterSecurity security(int i) {
        return Objects.requireNonNull(node(i).security());
    }

    private List<SecurityReport.Token> tokens(int i) {
        return security(i).tokens();
    }

    private String phase(int i) {
        return security(i).report().trust().phase();
    }

    private String usedIssuer(int i) {
        return security(i).report().certificate().issuerSha256();
    }

    /// A node that has ended, because it was turned away, has no links, whatever it saw last.
    private boolean linked(int from, int to) {
        return !node(from).ended().isDone()
                && Objects.requireNonNull(node(from).view().node(new NodeId(to))).linkUp();
    }

    private void write(String key, String value) {
        Outcome outcome =
                node(1).group(GROUP)
                        .submit(
                                Bytes.utf8(key + "=" + value),
                                Duration.ofSeconds(20),
                                Reach.FORWARD)
                        .join();
        assertThat(outcome).isInstanceOf(Outcome.Applied.class);
    }

    private static Announcement announcement(InetSocketAddress links) {
        return new Announcement(
                "127.0.0.1:" + links.getPort(), "", new TreeMap<>(), new TreeMap<>(), 1, 1);
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60));
    }

    private static final class Ear implements Links.Listener {
        final AtomicInteger up = new AtomicInteger();

        @Override
        public void linkUp(NodeId peer) {
            up.incrementAndGet();
        }

        @Override
        public void linkDown(NodeId peer, String cause) {}

        @Override
        public void received(NodeId from, ByteBuffer frame) {}

        @Override
        public void refused(String who, String cause) {}
    }

    /// Writes through every node without a pause, and writes down what fails.
    private final class Load implements AutoCloseable {
        final ConcurrentLinkedQueue<Outcome> failures = new ConcurrentLinkedQueue<>();
        final AtomicInteger done = new AtomicInteger();
        private volatile boolean stopping;
        private final List<Thread> writers = new ArrayList<>();

        Load() {
            nodes.forEach((i, node) -> writers.add(Thread.ofVirtual().start(() -> write(i, node))));
        }

        private void write(int writer, Quorate node) {
            for (int i = 0; !stopping; i++) {
                Outcome outcome =
                        node.group(new GroupId(1 + i % 2))
                                .submit(
                                        Bytes.utf8("k" + writer + "=" + i),
                                        Duration.ofSeconds(30),
                                        Reach.FORWARD)
                                .join();
                if (outcome instanceof Outcome.Applied) {
                    done.incrementAndGet();
                } else {
                    failures.add(outcome);
                }
            }
        }

        void awaitMore() {
            int goal = done.get() + 300;
            await().until(() -> done.get() >= goal || !failures.isEmpty());
        }

        @Override
        public void close() {
            stopping = true;
            writers.forEach(Threads::join);
        }
    }
}
