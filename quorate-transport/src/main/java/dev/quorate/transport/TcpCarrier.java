package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleStateEvent;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// A dialled connection as TCP with TLS: all lanes on one connection. Urgent frames overtake others
/// before they reach it, so it takes no more than a little at a time.
final class TcpCarrier extends ChannelInboundHandlerAdapter implements Carrier {
    private final DialedConnection connection;
    private final NodeId peer;
    private @Nullable Channel channel;
    private @Nullable SSLEngine engine;
    private @Nullable FrameSplitter frames;
    private boolean closed;

    TcpCarrier(DialedConnection connection) {
        this.connection = connection;
        this.peer = connection.peer();
    }

    /// The TLS engine for this connection.
    SSLEngine newEngine(Channel of) {
        NodeIdentity now = connection.context().identity().now();
        SSLEngine made = TcpTls.client(connection.context(), peer, now, of.alloc());
        connection.showing(now);
        engine = made;
        channel = of;
        return made;
    }

    /// Takes note of how connecting went.
    void dialled(ChannelFuture dialled) {
        if (!dialled.isSuccess()) {
            connection.failed(
                    peer
                            + " at "
                            + connection.address()
                            + " cannot be reached: "
                            + dialled.cause().getMessage());
        } else if (closed) {
            var _ = dialled.channel().close();
        }
    }

    /// The connection itself, for a transfer that takes it over.
    @Nullable Channel channel() {
        return channel;
    }

    @Override
    public void greet(ByteBuffer hello) {
        var _ = write(0, Unpooled.wrappedBuffer(hello));
    }

    @Override
    public void openLanes() {
        connection.lanesOpen();
    }

    @Override
    public ChannelFuture write(int lane, ByteBuf bytes) {
        Channel open = channel;
        if (open == null) {
            throw new IllegalStateException("there is no connection to " + peer);
        }
        return open.writeAndFlush(bytes);
    }

    @Override
    public boolean writable() {
        Channel open = channel;
        return open != null && open.isWritable();
    }

    @Override
    public void close(RefusalCode code, String sentence) {
        closed = true;
        Channel open = channel;
        if (open != null) {
            TcpFrames.close(open, code, sentence);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        frames = new FrameSplitter(ctx.alloc(), Links.FRAME_BYTES_MAX, this::frame);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
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
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            connection.carrierWritable();
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        SSLEngine tls = engine;
        if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess() && tls != null) {
            connection.connected(this, tls);
        } else if (event instanceof IdleStateEvent) {
            connection.broken(
                    "no sign of life from "
                            + peer
                            + " for "
                            + connection.context().options().idleTimeout());
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (frames != null) {
            frames.close();
        }
        connection.failed("the connection to " + peer + " was lost");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Refused verdict = PeerTrust.verdict(engine);
        Throwable inner =
                cause instanceof DecoderException && cause.getCause() != null
                        ? cause.getCause()
                        : cause;
        if (verdict != null) {
            connection.refuse(verdict);
        } else if (inner instanceof SSLException) {
            connection.refusedByPeer(null, tlsRefusal(inner));
        } else {
            connection.failed("the connection to " + peer + " failed: " + inner.getMessage());
        }
        var _ = ctx.close();
    }

    /// What a TLS alert in place of an answer means.
    static String tlsRefusal(Throwable failure) {
        return "in the TLS handshake ("
                + failure.getMessage()
                + "): see the other side's log for its reason";
    }

    private void frame(ByteBuffer content) throws Refused {
        TcpFrames.Close close = TcpFrames.close(content);
        if (close != null) {
            connection.refusedByPeer(close.code(), close.sentence());
        } else {
            connection.frame(content);
        }
    }
}
