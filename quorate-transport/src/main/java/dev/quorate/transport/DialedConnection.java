package dev.quorate.transport;

import dev.quorate.transport.PeerTrust.Standing;
import dev.quorate.types.NodeId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelBootstrap;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One attempt to reach a peer, and the connection it becomes: handshake, hello, lanes, keepalive.
///
/// Connected means that hello was answered; QUIC's own success says only that the peer's
/// certificate was good, not that ours was. Owned by the dialling event loop.
final class DialedConnection extends ChannelInboundHandlerAdapter {
    /// Hears how an attempt goes, on the event loop.
    interface Owner {
        /// Frames can pass.
        void up(DialedConnection connection);

        /// It is over, or never came to be. Called once.
        void ended(DialedConnection connection, String cause);
    }

    private enum State {
        DIALLING,
        GREETING,
        UP,
        CLOSED
    }

    private static final AttributeKey<DialedConnection> CONNECTION =
            AttributeKey.valueOf(DialedConnection.class, "connection");

    private final LinkContext context;
    private final NodeId peer;
    private final InetSocketAddress address;
    private final Owner owner;
    private final EventLoop loop;
    private final @Nullable QuicStreamChannel[] lanes = new QuicStreamChannel[Links.LANES];
    private State state = State.DIALLING;
    private @Nullable QuicChannel channel;
    private @Nullable QuicSslEngine engine;
    private @Nullable NodeIdentity shown;
    private @Nullable Hello answer;
    private boolean stale;
    private @Nullable ScheduledFuture<?> keepalive;
    private boolean wrote;
    private boolean pinging;

    DialedConnection(
            LinkContext context,
            NodeId peer,
            InetSocketAddress address,
            Owner owner,
            EventLoop loop) {
        this.context = context;
        this.peer = peer;
        this.address = address;
        this.owner = owner;
        this.loop = loop;
    }

    /// The TLS engine for a connection that is being dialled: the codec asks for it.
    static QuicSslEngine engineFor(QuicChannel channel) {
        DialedConnection connection = channel.attr(CONNECTION).get();
        NodeIdentity now = connection.context.identity().now();
        QuicSslEngine engine =
                connection.context.clientTls(connection.peer, now).newEngine(channel.alloc());
        connection.shown = now;
        connection.engine = engine;
        return engine;
    }

    /// Starts the attempt.
    void dial(UdpSocket socket) {
        long millis = context.options().handshakeTimeout().toMillis();
        QuicChannelBootstrap bootstrap =
                QuicChannel.newBootstrap(socket.channel())
                        .handler(this)
                        .streamHandler(new Uninvited())
                        .attr(CONNECTION, this)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                (int) Math.min(millis, Integer.MAX_VALUE))
                        .option(
                                QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR,
                                UdpSocket.segments())
                        .remoteAddress(address);
        var _ = loop.schedule(this::expire, millis, TimeUnit.MILLISECONDS);
        var _ = bootstrap.connect().addListener((Future<QuicChannel> dialled) -> dialled(dialled));
    }

    /// Where it leads.
    InetSocketAddress address() {
        return address;
    }

    /// The start of the peer that answered, or null before.
    @Nullable Hello answer() {
        return answer;
    }

    /// Sends bytes on a lane; the future ends when QUIC has taken all of them.
    ChannelFuture write(int lane, ByteBuf bytes) {
        QuicStreamChannel stream = lanes[lane];
        if (stream == null) {
            throw new IllegalStateException("lane " + lane + " is not open");
        }
        wrote = true;
        return stream.writeAndFlush(bytes);
    }

    /// Closes with a sentence, for the peer and for the link.
    void close(RefusalCode code, String sentence) {
        QuicChannel open = channel;
        if (open != null && state != State.CLOSED) {
            var _ =
                    open.close(
                            true, code.number(), Unpooled.wrappedBuffer(Sentences.utf8(sentence)));
        }
        end(sentence);
    }

    /// Holds the peer's certificate against pins and roots as they are now, and closes if it must
    /// not be here.
    ///
    /// @return whether either side's certificate has been superseded: form the link anew
    boolean superseded() {
        QuicSslEngine tls = engine;
        if (tls == null || state != State.UP) {
            return false;
        }
        try {
            Standing standing = context.trust().expecting(peer).standing(tls);
            if (standing == Standing.STALE && !stale) {
                stale = true;
                long millis = context.identity().grace().toMillis();
                var _ = loop.schedule(this::judgeAgain, millis, TimeUnit.MILLISECONDS);
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
        QuicSslEngine tls = engine;
        if (tls != null && (state == State.GREETING || state == State.UP)) {
            try {
                context.trust().expecting(peer).peerOf(tls);
            } catch (Refused refused) {
                refuse(refused);
            }
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        channel = (QuicChannel) ctx.channel();
        if (state != State.DIALLING) {
            var _ = ctx.close();
            return;
        }
        state = State.GREETING;
        judgeAgain();
        if (state == State.GREETING) {
            ByteBuf hello = Unpooled.wrappedBuffer(context.hello().frame());
            open(0, hello);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        boolean silent = ((QuicChannel) ctx.channel()).isTimedOut();
        end(
                silent
                        ? "no sign of life from " + peer + " for " + context.options().idleTimeout()
                        : "the connection to " + peer + " was lost");
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof QuicConnectionCloseEvent close) {
            closedByPeer(close);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Refused verdict = PeerTrust.verdict(engine);
        if (verdict != null) {
            refuse(verdict);
        } else {
            close(RefusalCode.PROTOCOL_ERROR, "the connection failed: " + cause.getMessage());
        }
    }

    /// What a TLS alert in place of an answer means.
    static String tlsRefusal(QuicConnectionCloseEvent close) {
        return "refused us in the TLS handshake (alert "
                + QuicConnectionCloseEvent.extractTlsError(close.error())
                + "): see the other side's log for its reason";
    }

    /// The sentence that came with a close; empty if there was none.
    static String sentence(QuicConnectionCloseEvent close) {
        try {
            return Sentences.printable(new String(close.reason(), StandardCharsets.UTF_8));
        } catch (NullPointerException e) {
            // Netty 4.2.18 copies the reason without asking whether there is one
            return "";
        }
    }

    private void dialled(Future<QuicChannel> dialled) {
        if (dialled.isSuccess()) {
            channel = dialled.getNow();
            if (state == State.CLOSED) {
                var _ = dialled.getNow().close();
            }
            return;
        }
        Refused verdict = PeerTrust.verdict(engine);
        if (verdict != null) {
            refuse(verdict);
        } else {
            end(peer + " at " + address + " cannot be reached: " + dialled.cause().getMessage());
        }
    }

    private void closedByPeer(QuicConnectionCloseEvent close) {
        String sentence = sentence(close);
        RefusalCode code = close.isApplicationClose() ? RefusalCode.of(close.error()) : null;
        if (close.isTlsError()) {
            context.report(address, peer.toString(), null, tlsRefusal(close));
            end(peer + " " + tlsRefusal(close));
        } else if (code == null) {
            end(peer + " closed the connection with code " + close.error() + ": " + sentence);
        } else if (code == RefusalCode.CLOSED || code == RefusalCode.REPLACED) {
            end(peer + " closed the connection: " + sentence);
        } else {
            context.report(address, peer.toString(), code, "refused us: " + sentence);
            end(peer + " refused us: " + sentence);
        }
    }

    private void refuse(Refused refused) {
        if (state != State.CLOSED) {
            context.report(address, peer.toString(), refused.code(), refused.sentence());
            close(refused.code(), refused.sentence());
        }
    }

    private void open(int lane, ByteBuf first) {
        QuicChannel connected = channel;
        if (connected == null || state == State.CLOSED) {
            first.release();
            return;
        }
        var _ =
                connected
                        .createStream(QuicStreamType.BIDIRECTIONAL, new Answers(lane))
                        .addListener((Future<QuicStreamChannel> created) -> {
                            if (created.isSuccess() && state != State.CLOSED) {
                                lanes[lane] = created.getNow();
                                ByteBuf number = Unpooled.wrappedBuffer(new byte[] {(byte) lane});
                                var _ = write(lane, Unpooled.wrappedBuffer(number, first));
                                opened(lane);
                            } else {
                                first.release();
                                String sentence = "lane " + lane + " could not be opened";
                                close(RefusalCode.PROTOCOL_ERROR, sentence);
                            }
                        });
    }

    private void opened(int lane) {
        if (lane == 0) {
            return;
        }
        for (QuicStreamChannel stream : lanes) {
            if (stream == null) {
                return;
            }
        }
        state = State.UP;
        long millis = context.options().keepalive().toMillis();
        keepalive = loop.scheduleAtFixedRate(this::ping, millis, millis, TimeUnit.MILLISECONDS);
        owner.up(this);
    }

    private void answered(ByteBuffer content) throws Refused {
        if (state == State.UP) {
            if (content.hasRemaining()) {
                throw new Refused(RefusalCode.PROTOCOL_ERROR, peer + " spoke on our connection");
            }
            return;
        }
        if (state != State.GREETING || answer != null) {
            throw new Refused(RefusalCode.PROTOCOL_ERROR, peer + " spoke out of turn");
        }
        Hello theirs = Hello.decode(content);
        context.hello().accept(theirs, peer);
        context.boots().see(theirs);
        answer = theirs;
        for (int lane = 1; lane < Links.LANES; lane++) {
            open(lane, Unpooled.EMPTY_BUFFER);
        }
    }

    /// QUIC has no keepalive of its own: an empty frame whenever nothing else was sent.
    private void ping() {
        if (state == State.UP && !wrote && !pinging) {
            pinging = true;
            ByteBuf empty = Unpooled.wrappedBuffer(new byte[Integer.BYTES]);
            var _ = write(0, empty).addListener(done -> pinging = false);
        }
        wrote = false;
    }

    private void expire() {
        if (state == State.DIALLING || state == State.GREETING) {
            close(
                    RefusalCode.TIMEOUT,
                    peer
                            + " at "
                            + address
                            + " did not answer hello within "
                            + context.options().handshakeTimeout());
        }
    }

    private void end(String cause) {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        if (keepalive != null) {
            keepalive.cancel(false);
        }
        owner.ended(this, cause);
    }

    /// The peer's bytes on a lane that we opened: the answer to hello, and no more.
    private final class Answers extends ChannelInboundHandlerAdapter {
        private final int lane;
        private @Nullable FrameSplitter frames;

        Answers(int lane) {
            this.lane = lane;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            frames = new FrameSplitter(ctx.alloc(), DialedConnection.this::answered);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            try {
                if (lane != 0) {
                    throw new Refused(RefusalCode.PROTOCOL_ERROR, peer + " spoke on lane " + lane);
                }
                if (frames != null && state != State.CLOSED) {
                    frames.add(in);
                }
            } catch (Refused refused) {
                refuse(refused);
            } finally {
                in.release();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                close(RefusalCode.PROTOCOL_ERROR, peer + " ended lane " + lane);
            }
            ctx.fireUserEventTriggered(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (frames != null) {
                frames.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            close(RefusalCode.PROTOCOL_ERROR, "lane " + lane + " failed: " + cause.getMessage());
        }
    }

    /// A stream that the peer opens: it may open none on our connection.
    private static final class Uninvited extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            var _ = ctx.channel().parent().close();
        }
    }
}
