package dev.quorate.node;

import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.node.directory.ClusterCatalog;
import dev.quorate.node.directory.KnownPeer;
import dev.quorate.node.directory.NodeDirectory;
import dev.quorate.node.supervision.SupervisedThread;
import dev.quorate.node.supervision.SupervisedThread.Backoff;
import dev.quorate.transport.Links;
import dev.quorate.transport.Pins;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Knows which key and which address belong to which node: from the catalog at first, then from
/// group 0. Tells the links, and writes it down for the next start.
///
/// Works on a thread of its own: looking up a host name or forcing a file may take its time.
final class PeerBook implements Pins {
    private static final Logger LOG = LoggerFactory.getLogger(PeerBook.class);
    private static final long LOOK_UP_NANOS = Duration.ofSeconds(10).toNanos();
    private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

    private final NodeDirectory directory;
    private final LaneQueue<MetadataView> news = new LaneQueue<>();
    private final SupervisedThread thread;
    private ClusterCatalog catalog;
    private @Nullable Links links;
    private boolean unsaved;
    private boolean joined;
    private volatile String trouble = "";
    private volatile Map<NodeId, Bytes> pins;
    private volatile @Nullable MetadataView view;
    private final Map<NodeId, Hint> hints = new ConcurrentHashMap<>();
    private Map<NodeId, Long> incarnations = Map.of();

    /// What a peer said of itself.
    private record Hint(long bootEpoch, String address) {}

    PeerBook(ClusterCatalog catalog, NodeDirectory directory) {
        this.catalog = catalog;
        this.directory = directory;
        pins = pins(catalog.peers());
        thread = new SupervisedThread("quorate-peers", Backoff.DEFAULT, this::run);
    }

    /// Begins to tell these links who their peers are.
    void start(Links told) {
        links = told;
        told.peers(addresses());
        thread.start();
    }

    /// Takes a new view of group 0; returns at once.
    void update(MetadataView view) {
        news.put(view);
    }

    /// A peer says where it is: good for calling it back until group 0 knows better. Any thread.
    void hint(NodeId peer, long bootEpoch, String linksAddress) {
        if (!Addresses.canBeCalled(linksAddress)) {
            return;
        }
        Hint hint = new Hint(bootEpoch, linksAddress);
        Hint kept =
                hints.merge(
                        peer,
                        hint,
                        (held, given) -> given.bootEpoch() >= held.bootEpoch() ? given : held);
        if (kept.equals(hint)) {
            news.nudge();
        }
    }

    void close() {
        news.close();
        thread.join();
    }

    /// Why nothing is done just now; empty while it is.
    String trouble() {
        return thread.trouble().isEmpty() ? trouble : thread.trouble();
    }

    @Override
    public @Nullable Bytes pinOf(NodeId node) {
        return pins.get(node);
    }

    @Override
    public @Nullable String whyGone(NodeId node, Bytes spkiSha256) {
        MetadataView known = view;
        return known == null ? null : known.whyGone(node, spkiSha256);
    }

    private void run() {
        while (!news.closed()) {
            MetadataView latest = null;
            for (MetadataView next = news.poll(); next != null; next = news.poll()) {
                latest = next;
            }
            if (latest != null && latest.founded()) {
                take(latest);
            }
            if (!trouble.isEmpty()) {
                save();
            }
            // again and again: a name may resolve to another address tomorrow
            tell();
            news.await(trouble.isEmpty() ? LOOK_UP_NANOS : RETRY_NANOS);
        }
    }

    private void take(MetadataView view) {
        List<KnownPeer> peers = new ArrayList<>();
        for (NodeInfo node : view.topology().nodes()) {
            boolean denied = !node.id().equals(catalog.self()) && view.isRevoked(node.id());
            // without a pin nobody is let in, and nobody is called
            Bytes pin = denied ? Bytes.EMPTY : node.spkiPin();
            peers.add(new KnownPeer(node.id(), pin, node.linksAddress()));
        }
        unsaved |= !peers.equals(catalog.peers()) || !catalog.founding().isEmpty();
        this.view = view;
        pins = pins(peers);
        incarnations =
                view.topology().nodes().stream()
                        .collect(Collectors.toMap(NodeInfo::id, NodeInfo::incarnation));
        hints.keySet().removeIf(peer -> view.topology().node(peer) == null);
        catalog = catalog.founded(peers);
        joined = true;
        save();
    }

    /// Writes down what has changed; tried again as long as it fails, as on a full disk.
    private void save() {
        try {
            if (unsaved) {
                catalog.save(directory.catalog());
                unsaved = false;
            }
            if (joined) {
                directory.endJoining();
                joined = false;
            }
            trouble = "";
        } catch (IOException failure) {
            if (trouble.isEmpty()) {
                LOG.warn("{} could not be rewritten yet", directory.catalog(), failure);
            }
            trouble = directory.catalog() + " could not be rewritten: " + failure;
        }
    }

    private void tell() {
        if (links != null) {
            links.peers(addresses());
        }
    }

    private Map<NodeId, InetSocketAddress> addresses() {
        Map<NodeId, InetSocketAddress> addresses = new TreeMap<>();
        for (KnownPeer peer : catalog.peers()) {
            if (!peer.id().equals(catalog.self())
                    && !peer.spkiPin().isEmpty()
                    && !peer.linksAddress().isEmpty()) {
                InetSocketAddress address = Addresses.resolveOrNull(addressOf(peer));
                if (address == null) {
                    LOG.warn("The address of {} is none: {}", peer.id(), addressOf(peer));
                } else if (address.isUnresolved()) {
                    LOG.warn("The host of {} is not known: {}", peer.id(), addressOf(peer));
                } else {
                    addresses.put(peer.id(), address);
                }
            }
        }
        return addresses;
    }

    /// A life that group 0 has not heard of yet speaks for itself.
    private String addressOf(KnownPeer peer) {
        Hint hint = hints.get(peer.id());
        if (hint == null
                || !Addresses.canBeCalled(hint.address())
                || hint.bootEpoch() <= incarnations.getOrDefault(peer.id(), 0L)) {
            return peer.linksAddress();
        }
        return hint.address();
    }

    private static Map<NodeId, Bytes> pins(List<KnownPeer> peers) {
        Map<NodeId, Bytes> pins = new TreeMap<>();
        for (KnownPeer peer : peers) {
            if (!peer.spkiPin().isEmpty()) {
                pins.put(peer.id(), peer.spkiPin());
            }
        }
        return pins;
    }
}
