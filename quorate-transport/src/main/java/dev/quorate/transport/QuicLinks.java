package dev.quorate.transport;

import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import io.netty.handler.codec.quic.Quic;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// [Links] over QUIC (RFC 9000) with mutual TLS 1.3.
///
/// Two UDP sockets, each with its event loop: one takes calls, the other makes them. Per ordered
/// pair of nodes there is one connection, dialled by the sender, with one long-lived stream per
/// lane; a stream per message would cost several times the processor time. Bulk transfers have two
/// more of both, and a stream per transfer.
public final class QuicLinks implements Links {
    private final LinkContext context;
    private final Bulk bulk;
    private final QuicServer server;
    private final PeerLinks links;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Runnable judgeAll = this::judgeAll;

    private QuicLinks(LinkContext context) {
        this.context = context;
        LinksOptions options = context.options();
        QuicDialler dialler = new QuicDialler(options, "quorate-dial-" + options.self(), LANES);
        this.links = new PeerLinks(context, dialler);
        Bulk opened = null;
        try {
            opened =
                    new Bulk(
                            options.bulk(),
                            links::bulkAddress,
                            new QuicFetching(context),
                            (ear, service, streamsMax) ->
                                    new QuicServer(context, bulkPurpose(streamsMax), ear, service));
            this.bulk = opened;
            // before anybody can call: the port is part of every hello
            context.bulkServedAt(bulk.port());
            this.server =
                    new QuicServer(
                            context,
                            new QuicServer.Purpose(
                                    options.bind(),
                                    "quorate-accept-" + options.self(),
                                    LANES,
                                    LANES),
                            links,
                            null);
        } catch (RuntimeException e) {
            dialler.close();
            if (opened != null) {
                opened.close();
            }
            throw e;
        }
    }

    /// The same for a node whose certificates are not replaced while it runs.
    public static QuicLinks start(
            LinksOptions options, NodeIdentity identity, Links.Listener listener) {
        return start(options, new LiveIdentity(identity), listener);
    }

    /// Starts to listen; dials nobody until [#peers] is called.
    ///
    /// @throws IllegalStateException if QUIC does not run on this machine, in a sentence
    /// @throws IllegalArgumentException if the identity is another node's or another cluster's
    /// @throws java.io.UncheckedIOException if the address cannot be bound
    public static QuicLinks start(
            LinksOptions options, LiveIdentity identity, Links.Listener listener) {
        options.requireFitting(identity.now());
        requireQuic();
        Hello hello = Hello.of(options, new SecureRandom().nextLong());
        QuicLinks links = new QuicLinks(new LinkContext(options, hello, identity, listener));
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

    /// The identity was replaced: every link is formed anew, without a break.
    private void judgeAll() {
        if (!closed.get()) {
            links.judgeAgain();
            server.acceptor().judgeAgain();
            bulk.judgeAgain();
        }
    }

    /// The certificate that a peer showed on the newest connection it made to us; null without one.
    CompletableFuture<@Nullable X509Certificate> certificateOf(NodeId peer) {
        return server.acceptor().certificateOf(peer);
    }

    private QuicServer.Purpose bulkPurpose(int streamsMax) {
        LinksOptions options = context.options();
        return new QuicServer.Purpose(
                new InetSocketAddress(options.bind().getAddress(), options.bulk().port()),
                "quorate-bulk-accept-" + options.self(),
                1,
                1 + streamsMax);
    }

    private static void requireQuic() {
        try {
            Quic.ensureAvailability();
        } catch (UnsatisfiedLinkError e) {
            throw new IllegalStateException(
                    "QUIC does not run here: the native library for this system and processor is"
                            + " missing from the class path, or the JVM lacks"
                            + " --enable-native-access ("
                            + e.getMessage()
                            + ")",
                    e);
        }
    }
}
