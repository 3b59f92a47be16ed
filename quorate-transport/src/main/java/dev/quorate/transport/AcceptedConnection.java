package dev.quorate.transport;

import dev.quorate.transport.PeerTrust.Standing;
import dev.quorate.types.NodeId;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection that a peer dialled: proves who it is, answers its hello, hands on its frames.
///
/// Owned by the acceptor's event loop.
final class AcceptedConnection extends ChannelInboundHandlerAdapter {
    private enum State {
        HANDSHAKE,
        CERTIFIED,
        OPEN,
        CLOSED
    }

    /// CONNECTION_REFUSED (RFC 9000 §20.1).
    private static final int REFUSED = 0x02;

    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);

    private final Acceptor acceptor;
    private final LinkContext context;
    private final QuicChannel channel;
    private final SSLEngine engine;
    private final SocketAddress remote;
    private final boolean[] lanes = new boolean[Links.LANES];
    private State state = State.HANDSHAKE;
    private @Nullable NodeId peer;
    private long boot;
    private boolean stale;

    AcceptedConnection(
            Acceptor acceptor, LinkContext context, QuicChannel channel, SSLEngine engine) {
        this.acceptor = acceptor;
        this.context = context;
        this.channel = channel;
        this.engine = engine;
        this.remote = describe(channel);
    }

    /// Who it is, once hello was answered.
    @Nullable NodeId peer() {
        return state == State.OPEN ? peer : null;
    }

    /// What the peer showed, or null.
    @Nullable X509Certificate certificate() {
        try {
            return PeerTrust.shown(engine.getSession())[0];
        } catch (Refused none) {
            return null;
        }
    }

    /// Which start of the peer it comes from, once hello was answered: the hello's nonce.
    long boot() {
        return boot;
    }

    /// Starts the clock for hello, or refuses a caller too many.
    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (!acceptor.callerArrived(this)) {
            refuse(new Refused(RefusalCode.BUSY, "too many callers have not said hello yet"));
            return;
        }
        // after the certificate was judged but before QUIC goes on: only then does the alert leave
        PeerTrust.onVerdict(engine, refused -> ctx.executor().execute(() -> refuse(refused)));
        long millis = context.options().handshakeTimeout().toMillis();
        var _ = ctx.executor().schedule(this::expire, millis, TimeUnit.MILLISECONDS);
    }

    /// The handshake is over: judges the certificate again, for a resumed session skipped that.
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        try {
            peer = context.trust().peerOf(engine);
            state = State.CERTIFIED;
        } catch (Refused refused) {
            refuse(refused);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        state = State.CLOSED;
        acceptor.callerLeft(this);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof QuicConnectionCloseEvent close) {
            LOG.debug("{} at {} closed its connection: {}", name(), remote, close);
            if (close.isTlsError()) {
                context.report(remote, name(), null, DialedConnection.tlsRefusal(close));
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Refused verdict = PeerTrust.verdict(engine);
        if (verdict != null) {
            refuse(verdict);
        } else if (cause instanceof SSLException) {
            refuse(
                    new Refused(
                            RefusalCode.UNTRUSTED,
                            "the TLS handshake failed before it showed a certificate that could be"
                                    + " judged: "
                                    + cause.getMessage()));
        } else {
            LOG.debug("connection from {} failed", remote, cause);
            refuse(new Refused(RefusalCode.PROTOCOL_ERROR, "the connection failed: " + cause));
        }
    }

    /// Refuses, says so to both sides, and closes.
    void refuse(Refused refused) {
        if (state == State.CLOSED) {
            return;
        }
        context.report(remote, name(), refused.code(), refused.sentence());
        close(refused.code(), refused.sentence());
    }

    /// Closes with a sentence for the peer.
    void close(RefusalCode code, String sentence) {
        // RFC 9000 §10.2.3: an application's close cannot be read before the handshake is over
        boolean early = state == State.HANDSHAKE;
        int number = early ? REFUSED : code.number();
        state = State.CLOSED;
        var _ = channel.close(!early, number, Unpooled.wrappedBuffer(Sentences.utf8(sentence)));
        acceptor.callerLeft(this);
    }

    /// Holds the certificate against pins and roots as they are now. A peer whose certificate only
    /// got old has some time to come with a new one.
    void judgeAgain() {
        if (state != State.OPEN) {
            return;
        }
        try {
            if (context.trust().standing(engine) == Standing.STALE && !stale) {
                stale = true;
                long millis = context.identity().grace().toMillis();
                var _ =
                        channel.eventLoop()
                                .schedule(this::judgeStrictly, millis, TimeUnit.MILLISECONDS);
            }
        } catch (Refused refused) {
            refuse(refused);
        }
    }

    private void judgeStrictly() {
        stale = false;
        if (state == State.OPEN) {
            try {
                context.trust().peerOf(engine);
            } catch (Refused refused) {
                refuse(refused);
            }
        }
    }

    /// A stream said which lane it is.
    void claim(int lane) throws Refused {
        if (lane < 0 || lane >= Links.LANES) {
            throw new Refused(RefusalCode.PROTOCOL_ERROR, "there is no lane " + lane);
        }
        if (lanes[lane]) {
            throw new Refused(RefusalCode.PROTOCOL_ERROR, "lane " + lane + " was opened twice");
        }
        if (state != State.OPEN && lane != 0) {
            throw new Refused(RefusalCode.PROTOCOL_ERROR, "lane " + lane + " before hello");
        }
        lanes[lane] = true;
    }

    /// Takes a frame: hello first, then what the listener is for.
    void frame(QuicStreamChannel stream, ByteBuffer content) throws Refused {
        switch (state) {
            case HANDSHAKE ->
                    throw new Refused(RefusalCode.PROTOCOL_ERROR, "data before the handshake");
            case CERTIFIED -> greet(stream, content);
            case OPEN -> {
                // an empty frame is a keepalive: its arrival was its purpose
                if (content.hasRemaining() && peer != null) {
                    context.received(peer, content);
                }
            }
            case CLOSED -> {}
        }
    }

    private void greet(QuicStreamChannel stream, ByteBuffer content) throws Refused {
        Hello theirs = Hello.decode(content);
        NodeId certified = context.trust().peerOf(engine);
        context.hello().accept(theirs, certified);
        context.boots().see(theirs);
        boot = theirs.nonce();
        state = State.OPEN;
        var _ = stream.writeAndFlush(Unpooled.wrappedBuffer(context.hello().frame()));
        acceptor.opened(this, theirs);
    }

    private void expire() {
        if (state == State.HANDSHAKE || state == State.CERTIFIED) {
            refuse(new Refused(RefusalCode.TIMEOUT, "it did not say hello in time"));
        }
    }

    private String name() {
        return peer == null ? "" : peer.toString();
    }

    private static SocketAddress describe(QuicChannel channel) {
        SocketAddress address = channel.remoteSocketAddress();
        return address == null ? InetSocketAddress.createUnresolved("unknown", 0) : address;
    }
}
