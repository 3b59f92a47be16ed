package dev.quorate.transport;

import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// [Links] over TCP with mutual TLS 1.3, for networks that do not let UDP through.
///
/// Hello, frames, certificates and their judgement are those of [QuicLinks]. All lanes share one
/// connection per ordered pair of nodes, so a lost packet holds all of them up; urgent frames
/// overtake others only as long as those wait here. All nodes of a cluster use the same kind.
public final class TcpLinks implements Links {
    private final LinkContext context;
    private final Bulk bulk;
    private final TcpServer server;
    private final PeerLinks links;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Runnable judgeAll = this::judgeAll;

    private TcpLinks(LinkContext context) {
        this.context = context;
        LinksOptions options = context.options();
        TcpDialler dialler = new TcpDialler(options, "quorate-dial-" + options.self());
        this.links = new PeerLinks(context, dialler);
        Bulk opened = null;
        try {
            opened =
                    new Bulk(
                            options.bulk(),
                            links::bulkAddress,
                            new TcpFetching(context),
                            (ear, service, connectionsMax) ->
                                    new TcpServer(
                                            context,
                                            new InetSocketAddress(
                                                    options.bind().getAddress(),
                                                    options.bulk().port()),
                                            "quorate-bulk-accept-" + options.self(),
                                            ear,
                                            connectionsMax,
                                            service));
            this.bulk = opened;
            // before anybody can call: the port is part of every hello
            context.bulkServedAt(bulk.port());
            this.server =
                    new TcpServer(
                            context,
                            options.bind(),
                            "quorate-accept-" + options.self(),
                            links,
                            1,
                            null);
        } catch (RuntimeException e) {
            dialler.close();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
    }

    /// Starts to listen; dials nobody until [#peers] is called.
    ///
    /// @throws IllegalArgumentException if the identity is another node's or another cluster's
    /// @throws java.io.UncheckedIOException if the address cannot be bound
    public static TcpLinks start(
            LinksOptions options, LiveIdentity identity, Links.Listener listener) {
        options.requireFitting(identity.now());
        Hello hello = Hello.of(options, new SecureRandom().nextLong());
        TcpLinks links = new TcpLinks(new LinkContext(options, hello, identity, listener));
        identity.onReplaced(links.judgeAll);
        return links;
    }

    @Override
    public boolean send(NodeId to, int lane, ByteBuffer frames) {
        return links.send(to, lane, frames);
    }

    @Override
    public void peers(Map<NodeId, InetSocketAddress> addresses) {
        if (!closed.get()) {
            server.acceptor().peers(links.peers(addresses));
            bulk.peers(links.others(addresses));
        }
    }

    @Override
    public @Nullable FeatureSet features(NodeId peer) {
        return links.features(peer);
    }

    @Override
    public List<LinkStats> stats() {
        return links.stats();
    }

    @Override
    public BulkLinks bulk() {
        return bulk;
    }

    @Override
    public InetSocketAddress localAddress() {
        return server.address();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        context.identity().forget(judgeAll);
        context.mute();
        links.close();
        bulk.close();
        server.close();
    }

    /// The certificate that a peer showed on the newest connection it made to us; null without one.
    CompletableFuture<@Nullable X509Certificate> certificateOf(NodeId peer) {
        return server.acceptor().certificateOf(peer);
    }

    /// The identity was replaced: every link is formed anew, without a break.
    private void judgeAll() {
        if (!closed.get()) {
            links.judgeAgain();
            server.acceptor().judgeAgain();
            bulk.judgeAgain();
        }
    }
}
