package dev.quorate.transport;

import dev.quorate.transport.PeerTrust.Standing;
import dev.quorate.types.NodeId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/// One attempt to reach a peer, and the connection it becomes: hello, lanes, keepalive.
///
/// Connected means that hello was answered; the handshake's success says only that the peer's
/// certificate was good, not that ours was. Owned by the dialling event loop.
final class DialedConnection {
    /// Hears how an attempt goes, on the event loop.
    interface Owner {
        /// Frames can pass.
        void up(DialedConnection connection);

        /// It is over, or never came to be. Called once.
        void ended(DialedConnection connection, Ending how, String cause);

        /// The carrier takes more again.
        void writable();

        /// A frame, after hello.
        ///
        /// @throws Refused if the peer has no business to speak here
        void frame(ByteBuffer content) throws Refused;
    }

    private enum State {
        DIALLING,
        GREETING,
        UP,
        CLOSED
    }

    private final LinkContext context;
    private final Dialler dialler;
    private final NodeId peer;
    private final InetSocketAddress address;
    private final Owner owner;
    private State state = State.DIALLING;
    private @Nullable Carrier carrier;
    private @Nullable SSLEngine engine;
    private @Nullable NodeIdentity shown;
    private @Nullable Hello answer;
    private boolean stale;
    private @Nullable ScheduledFuture<?> keepalive;
    private boolean pinging;
    private long pingedNanos;
    private volatile long rttMicros;

    DialedConnection(
            LinkContext context,
            Dialler dialler,
            NodeId peer,
            InetSocketAddress address,
            Owner owner) {
        this.context = context;
        this.dialler = dialler;
        this.peer = peer;
        this.address = address;
        this.owner = owner;
    }

    /// Starts the attempt.
    void dial() {
        long millis = context.options().handshakeTimeout().toMillis();
        var _ = dialler.loop().schedule(this::expire, millis, TimeUnit.MILLISECONDS);
        Carrier dialled = dialler.dial(this);
        if (state == State.CLOSED) {
            dialled.close(RefusalCode.CLOSED, "the attempt is over");
        } else {
            carrier = dialled;
        }
    }

    LinkContext context() {
        return context;
    }

    NodeId peer() {
        return peer;
    }

    /// Where the peer was dialled.
    InetSocketAddress address() {
        return address;
    }

    /// The start of the peer that answered, or null before.
    @Nullable Hello answer() {
        return answer;
    }

    /// The carrier, once there is one.
    @Nullable Carrier carrier() {
        return carrier;
    }

    boolean isUp() {
        return state == State.UP;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    /// From a keepalive to its echo, in microseconds; 0 while nothing was measured. From any
    /// thread.
    long rttMicros() {
        return rttMicros;
    }

    /// Sends bytes on a lane; the future ends when the carrier has taken all of them.
    ChannelFuture write(int lane, ByteBuf bytes) {
        return up().write(lane, bytes);
    }

    /// Whether the carrier would take more now.
    boolean writable() {
        return state == State.UP && up().writable();
    }

    /// Closes with a sentence, for the peer and for the link.
    void close(RefusalCode code, String sentence) {
        boolean wanted = code == RefusalCode.CLOSED || code == RefusalCode.REPLACED;
        close(wanted ? Ending.CLOSED : Ending.REFUSED, code, sentence);
    }

    /// Holds the peer's certificate against pins and roots as they are now, and closes if it must
    /// not be here.
    ///
    /// @return whether either side's certificate has been superseded: form the link anew
    boolean superseded() {
        SSLEngine tls = engine;
        if (tls == null || state != State.UP) {
            return false;
        }
        try {
            Standing standing = context.trust().expecting(peer).standing(tls);
            if (standing == Standing.STALE && !stale) {
                stale = true;
                long millis = context.identity().grace().toMillis();
                var _ = dialler.loop().schedule(this::judgeAgain, millis, TimeUnit.MILLISECONDS);
            }
            return standing == Standing.STALE || shown != context.identity().now();
        } catch (Refused refused) {
            refuse(refused);
            return false;
        }
    }

    /// Holds the peer's certificate against pins and roots as they are now, without any grace.
    private void judgeAgain() {
        stale = false;
        SSLEngine tls = engine;
        if (tls != null && (state == State.GREETING || state == State.UP)) {
            try {
                context.trust().expecting(peer).peerOf(tls);
            } catch (Refused refused) {
                refuse(refused);
            }
        }
    }

    // ---- what the carrier tells --------------------------------------------------------------

    /// The handshake begins: this is who we say we are.
    void showing(NodeIdentity identity) {
        shown = identity;
    }

    /// The handshake is over.
    void connected(Carrier connected, SSLEngine tls) {
        if (state != State.DIALLING) {
            connected.close(RefusalCode.CLOSED, "the attempt is over");
            return;
        }
        carrier = connected;
        engine = tls;
        state = State.GREETING;
        judgeAgain();
        if (state == State.GREETING) {
            connected.greet(context.hello().frame());
        }
    }

    /// A frame came.
    void frame(ByteBuffer content) throws Refused {
        switch (state) {
            case DIALLING ->
                    throw new Refused(RefusalCode.PROTOCOL_ERROR, peer + " spoke out of turn");
            case GREETING -> greeted(content);
            case UP -> {
                if (content.hasRemaining()) {
                    owner.frame(content);
                } else {
                    echoed();
                }
            }
            case CLOSED -> {}
        }
    }

    /// All lanes are open.
    void lanesOpen() {
        if (state != State.GREETING) {
            return;
        }
        state = State.UP;
        long millis = context.options().keepalive().toMillis();
        keepalive =
                dialler.loop()
                        .scheduleAtFixedRate(this::ping, millis, millis, TimeUnit.MILLISECONDS);
        owner.up(this);
        ping();
    }

    /// The carrier takes more again.
    void carrierWritable() {
        if (state == State.UP) {
            owner.writable();
        }
    }

    /// We would not go on.
    void refuse(Refused refused) {
        if (state != State.CLOSED) {
            context.report(address, peer.toString(), refused.code(), refused.sentence());
            close(Ending.REFUSED, refused.code(), refused.sentence());
        }
    }

    /// The peer would not go on.
    ///
    /// @param code null if it came as a bare TLS alert or as a number nobody knows
    void refusedByPeer(@Nullable RefusalCode code, String sentence) {
        if (state == State.CLOSED) {
            return;
        }
        if (code == RefusalCode.CLOSED || code == RefusalCode.REPLACED) {
            end(Ending.CLOSED, peer + " closed the connection: " + sentence);
        } else {
            String told = (code == null ? "refused us " : "refused us: ") + sentence;
            context.report(address, peer.toString(), code, told);
            // before our own look at its certificate, anybody could have said that
            if (code == RefusalCode.REMOVED && state != State.DIALLING) {
                context.turnedAway(peer, sentence);
            }
            end(Ending.REFUSED, peer + " " + told);
        }
    }

    /// The connection is gone, or never came.
    void failed(String cause) {
        end(Ending.FAULT, cause);
    }

    /// The peer broke the protocol of the carrier, or the carrier itself broke.
    void broken(String sentence) {
        close(Ending.FAULT, RefusalCode.PROTOCOL_ERROR, sentence);
    }

    // ---- steps -------------------------------------------------------------------------------

    private void greeted(ByteBuffer content) throws Refused {
        if (answer != null) {
            throw new Refused(RefusalCode.PROTOCOL_ERROR, peer + " spoke out of turn");
        }
        Hello theirs = Hello.decode(content);
        context.hello().accept(theirs, peer);
        context.boots().see(theirs);
        answer = theirs;
        up().openLanes();
    }

    /// No carrier has a keepalive of its own that would do: an empty frame, which the peer echoes.
    private void ping() {
        if (state == State.UP && !pinging) {
            pinging = true;
            pingedNanos = System.nanoTime();
            var _ =
                    write(0, Unpooled.wrappedBuffer(new byte[Integer.BYTES]))
                            .addListener(done -> pinging = false);
        }
    }

    private void echoed() {
        rttMicros = Math.max(1, (System.nanoTime() - pingedNanos) / 1_000);
    }

    private void expire() {
        if (state == State.DIALLING || state == State.GREETING) {
            close(
                    Ending.FAULT,
                    RefusalCode.TIMEOUT,
                    peer
                            + " at "
                            + address
                            + " did not answer hello within "
                            + context.options().handshakeTimeout());
        }
    }

    private void close(Ending how, RefusalCode code, String sentence) {
        Carrier open = carrier;
        if (open != null && state != State.CLOSED) {
            open.close(code, sentence);
        }
        end(how, sentence);
    }

    private void end(Ending how, String cause) {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        if (keepalive != null) {
            keepalive.cancel(false);
        }
        owner.ended(this, how, cause);
    }

    private Carrier up() {
        Carrier open = carrier;
        if (open == null) {
            throw new IllegalStateException("there is no connection to " + peer);
        }
        return open;
    }
}
