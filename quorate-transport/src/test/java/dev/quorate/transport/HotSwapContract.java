package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.DAY;
import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quorate.types.NodeId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Certificates, roots and pins change while two nodes talk without a pause.
abstract class HotSwapContract {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int WINDOW = 256;

    private final TestCluster cluster = new TestCluster();
    private final ClusterCa next = ClusterCa.create(cluster.id);
    private final TestCluster.Kind kind;
    private final Speaker one;
    private final Speaker two;

    HotSwapContract(TestCluster.Kind kind) {
        this.kind = kind;
        one = new Speaker(N1, Duration.ofSeconds(30));
        two = new Speaker(N2, Duration.ofSeconds(30));
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
    }

    @Test
    void leavesAreRenewedAndTheRootIsReplacedUnderLoadWithoutLosingAFrame() {
        link(one, two);
        talk();
        List<X509Certificate> old = List.of(cluster.ca.root());
        List<X509Certificate> both = List.of(cluster.ca.root(), next.root());

        // renewal, one after the other
        one.become(cluster.ca, old);
        one.awaitConnectionShowingItTo(two);
        talk();
        two.become(cluster.ca, old);
        two.awaitConnectionShowingItTo(one);
        talk();
        // the next root is trusted beside the old one, then used, then alone
        one.become(cluster.ca, both);
        talk();
        two.become(cluster.ca, both);
        talk();
        one.become(next, both);
        talk();
        two.become(next, both);
        talk();
        // every node has reissued: only now may the old root go
        one.awaitConnectionShowingItTo(two);
        two.awaitConnectionShowingItTo(one);
        one.become(next, List.of(next.root()));
        two.become(next, List.of(next.root()));
        one.awaitConnectionShowingItTo(two);
        two.awaitConnectionShowingItTo(one);
        talk();

        assertThat(one.down).isEmpty();
        assertThat(two.down).isEmpty();
        assertThat(one.refused).isEmpty();
        assertThat(two.refused).isEmpty();
    }

    @Test
    void peerThatKeepsTheOldRootIsLetGoWhenItsTimeIsUp() {
        Speaker strict = new Speaker(new NodeId(3), Duration.ZERO);
        try {
            link(strict, two);
            strict.become(next, List.of(next.root()));
            await().atMost(PATIENCE).until(() -> !strict.refused.isEmpty());
            assertThat(strict.refused.iterator().next()).contains("its certificate is not trusted");
            await().atMost(PATIENCE).until(() -> !strict.down.isEmpty());
        } finally {
            strict.close();
        }
    }

    @Test
    void identityOfAnotherNodeDoesNotReplaceOurs() {
        NodeIdentity other = cluster.ca.newIdentity(N2, DAY);
        assertThatThrownBy(() -> one.live.replace(other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("that is another node");
    }

    private void link(Speaker a, Speaker b) {
        a.links.peers(Map.of(b.id, b.links.localAddress()));
        b.links.peers(Map.of(a.id, a.links.localAddress()));
        await().atMost(PATIENCE).until(() -> a.up.get() == 1 && b.up.get() == 1);
    }

    /// A thousand frames each way, never more than a window of them on the way.
    private void talk() {
        for (int i = 0; i < 1000; i++) {
            one.say(two);
            two.say(one);
        }
        await().atMost(PATIENCE).until(() -> two.heard.size() == one.said);
        await().atMost(PATIENCE).until(() -> one.heard.size() == two.said);
    }

    private final class Speaker implements Links.Listener {
        final NodeId id;
        final KeyPair keys = NodeIdentity.newKeyPair();
        final LiveIdentity live;
        final Links links;
        final AtomicInteger up = new AtomicInteger();
        final Set<String> down = ConcurrentHashMap.newKeySet();
        final Set<String> refused = ConcurrentHashMap.newKeySet();
        final Set<Integer> heard = ConcurrentHashMap.newKeySet();
        final Set<String> doubled = ConcurrentHashMap.newKeySet();
        int said;

        Speaker(NodeId id, Duration grace) {
            this.id = id;
            live = new LiveIdentity(identity(cluster.ca, List.of(cluster.ca.root())), grace);
            cluster.pins.put(id, live.now().spkiSha256());
            InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            LinksOptions options =
                    LinksOptions.of(cluster.id, id, 1, "test", any, cluster.pins::get);
            links =
                    switch (kind) {
                        case QUIC -> QuicLinks.start(options, live, this);
                        case TCP -> TcpLinks.start(options, live, this);
                    };
        }

        NodeIdentity identity(ClusterCa ca, List<X509Certificate> roots) {
            return NodeIdentity.of(
                    keys.getPrivate(), List.of(ca.issue(id, keys.getPublic(), DAY)), roots);
        }

        void become(ClusterCa ca, List<X509Certificate> roots) {
            live.replace(identity(ca, roots));
        }

        void say(Speaker to) {
            if (said - to.heard.size() >= WINDOW) {
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> said - to.heard.size() < WINDOW);
            }
            assertThat(links.send(to.id, said % Links.LANES, frames(Integer.toString(said))))
                    .as("%s sends frame %d", id, said)
                    .isTrue();
            said++;
        }

        /// Waits until the peer hears us on a connection that shows our certificate of now.
        void awaitConnectionShowingItTo(Speaker to) {
            X509Certificate now = live.now().chain().getFirst();
            await().atMost(PATIENCE).until(() -> now.equals(to.shownBy(id)));
        }

        /// The certificate on the newest connection that a peer made to us.
        @Nullable X509Certificate shownBy(NodeId peer) {
            return switch (links) {
                case QuicLinks quic -> quic.certificateOf(peer).join();
                case TcpLinks tcp -> tcp.certificateOf(peer).join();
                default -> throw new IllegalStateException("unknown links");
            };
        }

        @Override
        public void linkUp(NodeId peer) {
            up.incrementAndGet();
        }

        @Override
        public void linkDown(NodeId peer, String cause) {
            down.add(peer + ": " + cause);
        }

        @Override
        public void received(NodeId from, ByteBuffer frame) {
            byte[] text = new byte[frame.remaining()];
            frame.get(text);
            int number =
                    Integer.parseInt(new String(text, java.nio.charset.StandardCharsets.UTF_8));
            if (!heard.add(number)) {
                doubled.add(from + ": " + number);
            }
        }

        @Override
        public void refused(String who, String cause) {
            refused.add(cause);
        }

        void close() {
            assertThat(doubled).isEmpty();
            links.close();
        }
    }
}
