package dev.quorate.transport;

import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The links to all peers, whatever carries them: one [DialedLink] each, and what came from them.
/// Thread-safe.
final class PeerLinks implements Acceptor.Ear {
    private final LinkContext context;
    private final Dialler dialler;
    private final ConcurrentHashMap<NodeId, DialedLink> links = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<NodeId, Inbound> inbound = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    /// @param dialler closed together with this
    PeerLinks(LinkContext context, Dialler dialler) {
        this.context = context;
        this.dialler = dialler;
    }

    /// See [Links#send].
    boolean send(NodeId to, int lane, ByteBuffer frames) {
        if (lane < 0 || lane >= Links.LANES) {
            throw new IllegalArgumentException("there is no lane " + lane);
        }
        int count = SendQueue.requireFrames(frames);
        DialedLink link = links.get(to);
        return link != null && link.send(lane, frames, count);
    }

    /// See [Links#peers].
    ///
    /// @return who they are, without this node
    Set<NodeId> peers(Map<NodeId, InetSocketAddress> addresses) {
        Map<NodeId, InetSocketAddress> others = new TreeMap<>(addresses);
        others.remove(context.options().self());
        dialler.loop().execute(() -> dial(others));
        return others(addresses);
    }

    /// Holds all peers' certificates against pins and roots again.
    void judgeAgain() {
        dialler.loop().execute(() -> links.values().forEach(DialedLink::judgeAgain));
    }

    /// The nodes without this one.
    Set<NodeId> others(Map<NodeId, InetSocketAddress> addresses) {
        Set<NodeId> others = new TreeSet<>(addresses.keySet());
        others.remove(context.options().self());
        return others;
    }

    /// See [Links#features].
    @Nullable FeatureSet features(NodeId peer) {
        DialedLink link = links.get(peer);
        return link == null ? null : link.features();
    }

    /// Where a peer takes bulk transfers, or null if that is not known.
    @Nullable InetSocketAddress bulkAddress(NodeId peer) {
        DialedLink link = links.get(peer);
        return link == null ? null : link.bulkAddress();
    }

    /// See [Links#stats].
    List<LinkStats> stats() {
        List<LinkStats> stats = new ArrayList<>();
        new TreeMap<>(links).forEach((peer, link) -> stats.add(link.stats(inboundOf(peer))));
        return stats;
    }

    /// Ends all links and the dialler.
    void close() {
        closed.set(true);
        dialler.loop()
                .execute(() -> {
                    for (DialedLink link : links.values()) {
                        link.close("this node is shutting down");
                    }
                    links.clear();
                });
        dialler.close();
    }

    /// On the accepting loop: a peer was let in.
    @Override
    public void heard(Hello hello) {
        DialedLink link = links.get(hello.node());
        if (link != null) {
            dialler.loop().execute(() -> link.heard(hello));
        }
    }

    /// On the accepting loop.
    @Override
    public void received(NodeId from, ByteBuffer frame) {
        inboundOf(from).count(frame.remaining());
        context.received(from, frame);
    }

    /// On the dialling loop: makes the links what they should be.
    private void dial(Map<NodeId, InetSocketAddress> addresses) {
        if (closed.get()) {
            return;
        }
        for (NodeId known : new TreeSet<>(links.keySet())) {
            DialedLink link = links.get(known);
            if (link != null && !addresses.containsKey(known)) {
                links.remove(known);
                inbound.remove(known);
                link.close(known + " is no peer of ours");
            }
        }
        addresses.forEach((peer, address) -> {
            DialedLink link = links.get(peer);
            if (link == null) {
                DialedLink added = new DialedLink(context, dialler, breaker(), peer, address);
                links.put(peer, added);
                added.dial();
            } else {
                link.address(address);
                link.judgeAgain();
            }
        });
    }

    private Breaker breaker() {
        return new Breaker(
                context.options().redialMin().toNanos(),
                context.options().redialMax().toNanos(),
                new SplittableRandom());
    }

    private Inbound inboundOf(NodeId peer) {
        return inbound.computeIfAbsent(peer, _ -> new Inbound());
    }
}
