package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A dialled connection as QUIC: one long-lived stream per lane.
final class QuicCarrier extends ChannelInboundHandlerAdapter implements Carrier {
    private final DialedConnection connection;
    private final NodeId peer;
    private final @Nullable QuicStreamChannel[] lanes;
    private @Nullable QuicChannel channel;
    private @Nullable QuicSslEngine engine;
    private boolean closed;

    /// @param lanes how many lanes the connection has
    QuicCarrier(DialedConnection connection, int lanes) {
        this.connection = connection;
        this.peer = connection.peer();
        this.lanes = new QuicStreamChannel[lanes];
    }

    /// The TLS engine for this connection: the codec asks for it.
    QuicSslEngine newEngine(QuicChannel of) {
        NodeIdentity now = connection.context().identity().now();
        QuicSslEngine made = connection.context().clientTls(peer, now).newEngine(of.alloc());
        connection.showing(now);
        engine = made;
        return made;
    }

    /// Takes note of how dialling went.
    void dialled(Future<QuicChannel> dialled) {
        if (dialled.isSuccess()) {
            channel = dialled.getNow();
            if (closed || connection.isClosed()) {
                var _ = dialled.getNow().close();
            }
            return;
        }
        Refused verdict = PeerTrust.verdict(engine);
        if (verdict != null) {
            connection.refuse(verdict);
        } else {
            connection.failed(
                    peer
                            + " at "
                            + connection.address()
                            + " cannot be reached: "
                            + dialled.cause().getMessage());
        }
    }

    @Override
    public void greet(ByteBuffer hello) {
        open(0, Unpooled.wrappedBuffer(hello));
    }

    @Override
    public void openLanes() {
        if (lanes.length == 1) {
            connection.lanesOpen();
        }
        for (int lane = 1; lane < lanes.length; lane++) {
            open(lane, Unpooled.EMPTY_BUFFER);
        }
    }

    @Override
    public ChannelFuture write(int lane, ByteBuf bytes) {
        QuicStreamChannel stream = lanes[lane];
        if (stream == null) {
            throw new IllegalStateException("lane " + lane + " is not open");
        }
        return stream.writeAndFlush(bytes);
    }

    /// Always: lanes do not hold each other up, and the queue's budget bounds what piles up.
    @Override
    public boolean writable() {
        return true;
    }

    @Override
    public void close(RefusalCode code, String sentence) {
        closed = true;
        QuicChannel open = channel;
        if (open != null) {
            var _ =
                    open.close(
                            true, code.number(), Unpooled.wrappedBuffer(Sentences.utf8(sentence)));
        }
    }

    /// Opens one more stream, for a transfer.
    ///
    /// @param opened gets the stream, or null if there is none
    void stream(ChannelHandler handler, Consumer<@Nullable QuicStreamChannel> opened) {
        QuicChannel connected = channel;
        if (connected == null) {
            opened.accept(null);
            return;
        }
        var _ =
                connected
                        .createStream(QuicStreamType.BIDIRECTIONAL, handler)
                        .addListener((Future<QuicStreamChannel> created) ->
                                opened.accept(created.isSuccess() ? created.getNow() : null));
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        QuicChannel active = (QuicChannel) ctx.channel();
        channel = active;
        QuicSslEngine tls = engine;
        if (closed || tls == null) {
            var _ = ctx.close();
        } else {
            connection.connected(this, tls);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        boolean silent = ((QuicChannel) ctx.channel()).isTimedOut();
        connection.failed(
                silent
                        ? "no sign of life from "
                                + peer
                                + " for "
                                + connection.context().options().idleTimeout()
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
            connection.refuse(verdict);
        } else {
            connection.broken("the connection failed: " + cause.getMessage());
        }
    }

    /// What a TLS alert in place of an answer means.
    static String tlsRefusal(QuicConnectionCloseEvent close) {
        return "in the TLS handshake (alert "
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

    private void closedByPeer(QuicConnectionCloseEvent close) {
        RefusalCode code = close.isApplicationClose() ? RefusalCode.of(close.error()) : null;
        if (close.isTlsError()) {
            connection.refusedByPeer(null, tlsRefusal(close));
        } else if (code == null) {
            connection.failed(
                    peer
                            + " closed the connection with code "
                            + close.error()
                            + ": "
                            + sentence(close));
        } else {
            connection.refusedByPeer(code, sentence(close));
        }
    }

    private void open(int lane, ByteBuf first) {
        QuicChannel connected = channel;
        if (connected == null || connection.isClosed()) {
            first.release();
            return;
        }
        var _ =
                connected
                        .createStream(QuicStreamType.BIDIRECTIONAL, new Answers(lane))
                        .addListener((Future<QuicStreamChannel> created) -> {
                            if (created.isSuccess() && !connection.isClosed()) {
                                lanes[lane] = created.getNow();
                                ByteBuf number = Unpooled.wrappedBuffer(new byte[] {(byte) lane});
                                var _ = write(lane, Unpooled.wrappedBuffer(number, first));
                                opened(lane);
                            } else {
                                first.release();
                                connection.broken("lane " + lane + " could not be opened");
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
        connection.lanesOpen();
    }

    /// The peer's bytes on a lane that we opened: the answer to hello, and echoes.
    private final class Answers extends ChannelInboundHandlerAdapter {
        private final int lane;
        private @Nullable FrameSplitter frames;

        Answers(int lane) {
            this.lane = lane;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            frames = new FrameSplitter(ctx.alloc(), Hello.BYTES_MAX, connection::frame);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            try {
                if (lane != 0) {
                    throw new Refused(RefusalCode.PROTOCOL_ERROR, peer + " spoke on lane " + lane);
                }
                if (frames != null && !connection.isClosed()) {
                    frames.add(in);
                }
            } catch (Refused refused) {
                connection.refuse(refused);
            } finally {
                in.release();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                connection.broken(peer + " ended lane " + lane);
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
            connection.broken("lane " + lane + " failed: " + cause.getMessage());
        }
    }
}
