package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.SslSessionTicketKey;
import io.netty.handler.ssl.ClientAuth;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What all connections of one node share: who it is, whom it trusts, and who hears of it.
/// Thread-safe.
final class LinkContext {
    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);
    private static final String PROTOCOL_NAME = "quorate/1";

    private final SecureRandom random = new SecureRandom();
    private final LinksOptions options;
    private volatile Hello hello;
    private final LiveIdentity identity;
    private final PeerTrust trust;
    private final Boots boots = new Boots();
    private final RefusalLog refusals;
    private final Links.Listener listener;
    private volatile boolean muted;
    private volatile @Nullable ServerTls server;

    private record ServerTls(NodeIdentity of, QuicSslContext context) {}

    LinkContext(LinksOptions options, Hello hello, LiveIdentity identity, Links.Listener listener) {
        this.options = options;
        this.hello = hello;
        this.identity = identity;
        this.trust = PeerTrust.of(identity, options.pins());
        this.listener = listener;
        this.refusals = new RefusalLog(this::refused, System::nanoTime);
    }

    LinksOptions options() {
        return options;
    }

    Hello hello() {
        return hello;
    }

    /// Says in every hello from here on where bulk transfers are served.
    void bulkServedAt(int port) {
        hello = hello.withBulkPort(port);
    }

    LiveIdentity identity() {
        return identity;
    }

    PeerTrust trust() {
        return trust;
    }

    Boots boots() {
        return boots;
    }

    /// For the next caller, with the identity of now: a client certificate is required, and no
    /// session is resumed, for tickets are sealed with a key that changes with every caller. A
    /// resumed session would skip the trust manager; and Netty logs sessions at its debug level, so
    /// that whoever reads such a log could come back as the peer.
    QuicSslContext serverTls() {
        NodeIdentity now = identity.now();
        ServerTls known = server;
        if (known == null || known.of() != now) {
            known =
                    new ServerTls(
                            now,
                            QuicSslContextBuilder.forServer(now.key(), null, chain(now))
                                    .trustManager(trust)
                                    .clientAuth(ClientAuth.REQUIRE)
                                    .applicationProtocols(PROTOCOL_NAME)
                                    .earlyData(false)
                                    .build());
            server = known;
        }
        known.context().sessionContext().setTicketKeys(newTicketKey());
        return known.context();
    }

    private SslSessionTicketKey newTicketKey() {
        byte[] name = new byte[SslSessionTicketKey.NAME_SIZE];
        byte[] hmac = new byte[SslSessionTicketKey.HMAC_KEY_SIZE];
        byte[] aes = new byte[SslSessionTicketKey.AES_KEY_SIZE];
        random.nextBytes(name);
        random.nextBytes(hmac);
        random.nextBytes(aes);
        return new SslSessionTicketKey(name, hmac, aes);
    }

    /// For one dial to one peer: a new context has no session to resume, and a resumed session
    /// would skip the trust manager.
    QuicSslContext clientTls(NodeId peer, NodeIdentity now) {
        return QuicSslContextBuilder.forClient()
                .keyManager(now.key(), null, chain(now))
                .trustManager(trust.expecting(peer))
                .applicationProtocols(PROTOCOL_NAME)
                .earlyData(false)
                .build();
    }

    /// Nothing is reported from here on.
    void mute() {
        muted = true;
    }

    void linkUp(NodeId peer) {
        tell(() -> listener.linkUp(peer));
    }

    void linkDown(NodeId peer, String cause) {
        tell(() -> listener.linkDown(peer, cause));
    }

    void turnedAway(NodeId by, String why) {
        tell(() -> listener.turnedAway(by, why));
    }

    void received(NodeId from, ByteBuffer frame) {
        if (!muted) {
            listener.received(from, frame);
        }
    }

    /// Reports that we refused, or were refused, unless that was said a moment ago.
    void report(SocketAddress address, String name, @Nullable RefusalCode code, String cause) {
        refusals.report(address, name, code, cause);
    }

    private void refused(String who, String cause) {
        tell(() -> listener.refused(who, cause));
    }

    private void tell(Runnable event) {
        if (muted) {
            return;
        }
        try {
            event.run();
        } catch (RuntimeException e) {
            LOG.error("the listener of the links failed", e);
        }
    }

    private static X509Certificate[] chain(NodeIdentity now) {
        return now.chain().toArray(new X509Certificate[0]);
    }
}
