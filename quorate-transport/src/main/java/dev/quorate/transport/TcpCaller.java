package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleStateEvent;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/// A caller over TCP with TLS. On a port for transfers its frames are one transfer's.
final class TcpCaller extends ChannelInboundHandlerAdapter implements Caller {
    private final Acceptor acceptor;
    private final @Nullable BulkService transfers;
    private final AcceptedConnection connection;
    private final Channel channel;
    private final SSLEngine engine;
    private final SocketAddress remote;
    private @Nullable FrameSplitter frames;
    private @Nullable BulkServing serving;
    private boolean closed;

    TcpCaller(
            Acceptor acceptor,
            LinkContext context,
            Channel channel,
            SSLEngine engine,
            @Nullable BulkService transfers) {
        this.acceptor = acceptor;
        this.transfers = transfers;
        this.channel = channel;
        this.engine = engine;
        SocketAddress address = channel.remoteAddress();
        this.remote = address == null ? InetSocketAddress.createUnresolved("unknown", 0) : address;
        this.connection = new AcceptedConnection(acceptor, context, this, 1);
    }

    @Override
    public SSLEngine engine() {
        return engine;
    }

    @Override
    public SocketAddress remote() {
        return remote;
    }

    @Override
    public void reply(ByteBuffer frame) {
        var _ = channel.writeAndFlush(Unpooled.wrappedBuffer(frame));
    }

    @Override
    public void received(NodeId from, ByteBuffer frame) throws Refused {
        if (transfers == null) {
            acceptor.received(from, frame);
            return;
        }
        BulkServing transfer = serving;
        if (transfer == null) {
            transfer = new BulkServing(transfers, from, channel);
            serving = transfer;
        }
        transfer.frame(BulkFrames.decode(frame));
    }

    @Override
    public void close(boolean certified, RefusalCode code, String sentence) {
        closed = true;
        if (certified) {
            TcpFrames.close(channel, code, sentence);
        } else {
            var _ = channel.close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        frames = new FrameSplitter(ctx.alloc(), Links.FRAME_BYTES_MAX, this::frame);
        connection.arrived();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (frames != null && !closed) {
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
        if (event instanceof SslHandshakeCompletionEvent done) {
            if (done.isSuccess()) {
                connection.connected();
            } else {
                connection.failed(done.cause());
            }
        } else if (event instanceof IdleStateEvent) {
            connection.close(RefusalCode.TIMEOUT, "nothing came for too long");
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (frames != null) {
            frames.close();
        }
        if (serving != null) {
            serving.gone("the connection was lost");
        }
        connection.gone();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Throwable inner =
                cause instanceof DecoderException && cause.getCause() != null
                        ? cause.getCause()
                        : cause;
        connection.failed(inner);
        var _ = ctx.close();
    }

    private void frame(ByteBuffer content) throws Refused {
        if (TcpFrames.close(content) == null) {
            connection.frame(content);
        } else {
            closed = true;
            var _ = channel.close();
        }
    }
}
