package dev.quorate.transport;

import dev.quorate.transport.PeerTrust.Standing;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection that a peer dialled: proves who it is, answers its hello, hands on its frames.
///
/// Owned by the acceptor's event loop.
final class AcceptedConnection {
    private enum State {
        HANDSHAKE,
        CERTIFIED,
        OPEN,
        CLOSED
    }

    private static final ByteBuffer ECHO = ByteBuffer.allocate(Integer.BYTES).asReadOnlyBuffer();
    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);

    private final Acceptor acceptor;
    private final LinkContext context;
    private final Caller caller;
    private final boolean[] lanes;
    private State state = State.HANDSHAKE;
    private @Nullable NodeId peer;
    private long boot;
    private boolean stale;
    private boolean failed;

    /// @param lanes how many lanes the caller may open
    AcceptedConnection(Acceptor acceptor, LinkContext context, Caller caller, int lanes) {
        this.acceptor = acceptor;
        this.context = context;
        this.caller = caller;
        this.lanes = new boolean[lanes];
    }

    /// Who it is, once hello was answered.
    @Nullable NodeId peer() {
        return state == State.OPEN ? peer : null;
    }

    /// What the peer showed, or null.
    @Nullable X509Certificate certificate() {
        try {
            return PeerTrust.shown(caller.engine().getSession())[0];
        } catch (Refused none) {
            return null;
        }
    }

    /// Which start of the peer it comes from, once hello was answered: the hello's nonce.
    long boot() {
        return boot;
    }

    // ---- what the carrier tells --------------------------------------------------------------

    /// Starts the clock for hello, or refuses a caller too many.
    void arrived() {
        if (!acceptor.callerArrived(this)) {
            refuse(new Refused(RefusalCode.BUSY, "too many callers have not said hello yet"));
            return;
        }
        // after the certificate was judged but before the carrier goes on: only then does the
        // alert leave
        PeerTrust.onVerdict(
                caller.engine(), refused -> acceptor.loop().execute(() -> refuse(refused)));
        long millis = context.options().handshakeTimeout().toMillis();
        var _ = acceptor.loop().schedule(this::expire, millis, TimeUnit.MILLISECONDS);
    }

    /// The handshake is over: judges the certificate again, for a resumed session skipped that.
    void connected() {
        if (state != State.HANDSHAKE) {
            return;
        }
        state = State.CERTIFIED;
        try {
            peer = context.trust().peerOf(caller.engine());
        } catch (Refused refused) {
            refuse(refused);
        }
    }

    /// The connection is gone.
    void gone() {
        state = State.CLOSED;
        acceptor.callerLeft(this);
    }

    /// The caller did not like our certificate.
    void refusedByCaller(String sentence) {
        context.report(caller.remote(), name(), null, "refused us " + sentence);
    }

    /// The carrier failed.
    void failed(Throwable cause) {
        Refused verdict = PeerTrust.verdict(caller.engine());
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
            LOG.debug("connection from {} failed", caller.remote(), cause);
            refuse(new Refused(RefusalCode.PROTOCOL_ERROR, "the connection failed: " + cause));
        }
    }

    /// A stream said which lane it is.
    void claim(int lane) throws Refused {
        if (lane < 0 || lane >= lanes.length) {
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
    void frame(ByteBuffer content) throws Refused {
        switch (state) {
            case HANDSHAKE ->
                    throw new Refused(RefusalCode.PROTOCOL_ERROR, "data before the handshake");
            case CERTIFIED -> greet(content);
            case OPEN -> {
                if (!content.hasRemaining()) {
                    // a keepalive: its arrival was its purpose, its echo tells the round trip
                    caller.reply(ECHO.duplicate());
                } else if (peer != null) {
                    handOn(peer, content);
                }
            }
            case CLOSED -> {}
        }
    }

    /// A listener that fails on a frame is our fault, not the link's: only the frame is lost.
    private void handOn(NodeId from, ByteBuffer content) throws Refused {
        try {
            caller.received(from, content);
        } catch (RuntimeException e) {
            if (!failed) {
                failed = true;
                LOG.error("a frame from {} was not taken; later failures are counted", from, e);
            }
            context.report(
                    caller.remote(),
                    name(),
                    RefusalCode.INTERNAL,
                    "this node failed on a frame: " + e);
        }
    }

    // ---- steps -------------------------------------------------------------------------------

    /// Refuses, says so to both sides, and closes.
    void refuse(Refused refused) {
        if (state == State.CLOSED) {
            return;
        }
        context.report(caller.remote(), name(), refused.code(), refused.sentence());
        close(refused.code(), refused.sentence());
    }

    /// Closes with a sentence for the peer.
    void close(RefusalCode code, String sentence) {
        boolean certified = state != State.HANDSHAKE;
        state = State.CLOSED;
        caller.close(certified, code, sentence);
        acceptor.callerLeft(this);
    }

    /// Holds the certificate against pins and roots as they are now. A peer whose certificate only
    /// got old has some time to come with a new one.
    void judgeAgain() {
        if (state != State.OPEN) {
            return;
        }
        try {
            if (context.trust().standing(caller.engine()) == Standing.STALE && !stale) {
                stale = true;
                long millis = context.identity().grace().toMillis();
                var _ =
                        acceptor.loop()
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
                context.trust().peerOf(caller.engine());
            } catch (Refused refused) {
                refuse(refused);
            }
        }
    }

    private void greet(ByteBuffer content) throws Refused {
        Hello theirs = Hello.decode(content);
        NodeId certified = context.trust().peerOf(caller.engine());
        context.hello().accept(theirs, certified);
        context.boots().see(theirs);
        boot = theirs.nonce();
        state = State.OPEN;
        caller.reply(context.hello().frame());
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
}
