package dev.quorate.transport;

import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A cluster on loopback for tests: a root, identities, pins, and nodes that write down what they
/// hear.
final class TestCluster implements AutoCloseable {
    static final NodeId N1 = new NodeId(1);
    static final NodeId N2 = new NodeId(2);
    static final NodeId N3 = new NodeId(3);
    static final Duration DAY = Duration.ofDays(1);

    /// What carries the links.
    enum Kind {
        QUIC,
        TCP
    }

    final ClusterId id;
    final ClusterCa ca;
    final Map<NodeId, Bytes> pins = new ConcurrentHashMap<>();

    /// Why nodes are part of the cluster no more.
    final Map<NodeId, String> gone = new ConcurrentHashMap<>();

    /// How often each node's pin was looked up.
    final Map<NodeId, Integer> lookedUp = new ConcurrentHashMap<>();

    private final Map<NodeId, NodeIdentity> identities = new TreeMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Kind kind;

    TestCluster() {
        this(Kind.QUIC);
    }

    TestCluster(Kind kind) {
        this(kind, new ClusterId(0x1122334455667788L, 0x99aabbccddeeff00L));
    }

    TestCluster(Kind kind, ClusterId id) {
        this.kind = kind;
        this.id = id;
        ca = ClusterCa.create(id);
    }

    /// A node's identity, made and pinned at first use.
    NodeIdentity identity(NodeId node) {
        return identities.computeIfAbsent(
                node,
                unknown -> {
                    NodeIdentity identity = ca.newIdentity(node, DAY);
                    pins.put(node, identity.spkiSha256());
                    return identity;
                });
    }

    Node start(NodeId node) {
        return start(node, 1, 0, options -> options);
    }

    Node start(NodeId node, long bootEpoch, int port, UnaryOperator<LinksOptions> change) {
        return start(identity(node), bootEpoch, port, change);
    }

    Node start(
            NodeIdentity identity, long bootEpoch, int port, UnaryOperator<LinksOptions> change) {
        LinksOptions options =
                LinksOptions.of(
                        identity.name().cluster(),
                        identity.name().node(),
                        bootEpoch,
                        "test",
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        new Pins() {
                            @Override
                            public @Nullable Bytes pinOf(NodeId asked) {
                                lookedUp.merge(asked, 1, Integer::sum);
                                return pins.get(asked);
                            }

                            @Override
                            public @Nullable String whyGone(NodeId asked, Bytes key) {
                                return gone.get(asked);
                            }
                        });
        Recorder recorder = new Recorder();
        Node node =
                new Node(
                        identity.name().node(),
                        recorder,
                        open(change.apply(options), identity, recorder));
        nodes.add(node);
        return node;
    }

    private Links open(LinksOptions options, NodeIdentity identity, Recorder recorder) {
        LiveIdentity live = new LiveIdentity(identity);
        return switch (kind) {
            case QUIC -> QuicLinks.start(options, live, recorder);
            case TCP -> TcpLinks.start(options, live, recorder);
        };
    }

    /// Tells every node of all of them.
    void introduce(Node... all) {
        Map<NodeId, InetSocketAddress> addresses = new TreeMap<>();
        for (Node node : all) {
            addresses.put(node.id(), node.address());
        }
        for (Node node : all) {
            node.links().peers(addresses);
        }
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
    }

    /// Whole frames, one per text.
    static ByteBuffer frames(String... texts) {
        List<byte[]> contents = new ArrayList<>();
        for (String text : texts) {
            contents.add(Bytes.utf8(text).toByteArray());
        }
        return frames(contents);
    }

    static ByteBuffer frames(List<byte[]> contents) {
        int bytes = contents.stream().mapToInt(content -> content.length + 4).sum();
        ByteBuffer out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        contents.forEach(content -> out.putInt(content.length).put(content));
        return out.flip();
    }

    record Node(NodeId id, Recorder heard, Links links) {
        InetSocketAddress address() {
            return links.localAddress();
        }

        void peer(NodeId peer, InetSocketAddress address) {
            links.peers(Map.of(peer, address));
        }

        void close() {
            links.close();
        }
    }

    /// Writes down what a node hears.
    static final class Recorder implements Links.Listener {
        final List<NodeId> up = new CopyOnWriteArrayList<>();
        final List<String> down = new CopyOnWriteArrayList<>();
        final List<String> refused = new CopyOnWriteArrayList<>();
        final List<String> turnedAway = new CopyOnWriteArrayList<>();
        final Map<NodeId, List<Bytes>> frames = new ConcurrentHashMap<>();
        volatile Function<ByteBuffer, Boolean> keep = frame -> true;

        @Override
        public void linkUp(NodeId peer) {
            up.add(peer);
        }

        @Override
        public void linkDown(NodeId peer, String cause) {
            down.add(peer + ": " + cause);
        }

        @Override
        public void received(NodeId from, ByteBuffer frame) {
            if (keep.apply(frame)) {
                frames.computeIfAbsent(from, unknown -> new CopyOnWriteArrayList<>())
                        .add(Bytes.read(frame, frame.remaining()));
            }
        }

        @Override
        public void refused(String who, String cause) {
            refused.add(who + " | " + cause);
        }

        @Override
        public void turnedAway(NodeId by, String why) {
            turnedAway.add(by + ": " + why);
        }

        List<String> texts(NodeId from) {
            return frames.getOrDefault(from, List.of()).stream().map(Bytes::toUtf8).toList();
        }
    }
}
