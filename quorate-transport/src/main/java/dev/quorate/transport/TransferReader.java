package dev.quorate.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import org.jspecify.annotations.Nullable;

/// Reads a transfer's stream, at either end.
final class TransferReader extends ChannelInboundHandlerAdapter {
    /// One end of a transfer, on the event loop of its stream.
    interface End {
        /// A frame came.
        void frame(BulkFrames.Frame frame) throws Refused;

        /// Nothing more will come.
        void gone(String cause);
    }

    private final End end;
    private @Nullable FrameSplitter frames;

    TransferReader(End end) {
        this.end = end;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        frames =
                new FrameSplitter(
                        ctx.alloc(),
                        BulkFrames.FRAME_BYTES_MAX,
                        content -> end.frame(BulkFrames.decode(content)));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (frames != null) {
                frames.add(in);
            }
        } catch (Refused refused) {
            close();
            end.gone(refused.sentence());
            var _ = ctx.close();
        } finally {
            in.release();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            end.gone("the peer ended the transfer");
            var _ = ctx.close();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        close();
        end.gone("the connection was lost");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        end.gone("the transfer failed: " + cause.getMessage());
        var _ = ctx.close();
    }

    private void close() {
        if (frames != null) {
            frames.close();
            frames = null;
        }
    }
}
