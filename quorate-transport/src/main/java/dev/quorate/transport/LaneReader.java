package dev.quorate.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads one stream of an accepted connection: the lane's number, then frames. A stream that says
/// it is a transfer is handed to the [BulkService] instead, if there is one.
final class LaneReader extends ChannelInboundHandlerAdapter {
    /// What a stream begins with that is a transfer and no lane.
    static final int TRANSFER = 0xB1;

    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);

    private final QuicCaller caller;
    private final @Nullable BulkService transfers;
    private @Nullable FrameSplitter frames;
    private boolean ended;

    LaneReader(QuicCaller caller, @Nullable BulkService transfers) {
        this.caller = caller;
        this.transfers = transfers;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (frames == null && in.isReadable() && isTransfer(in)) {
                begin(ctx, in.skipBytes(1).retain());
            } else if (!ended && in.isReadable()) {
                splitter(ctx, in).add(in);
            }
        } catch (Refused refused) {
            end();
            caller.connection().refuse(refused);
        } catch (RuntimeException e) {
            LOG.error("a received frame was not taken", e);
            end();
            caller.connection()
                    .refuse(new Refused(RefusalCode.INTERNAL, "this node failed on a frame: " + e));
        } finally {
            in.release();
        }
    }

    /// A lane lives as long as its connection: its end is the end of both.
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            refuseEnd("it ended a lane");
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        refuseEnd("a lane failed: " + cause.getMessage());
    }

    private boolean isTransfer(ByteBuf in) {
        return transfers != null && in.getUnsignedByte(in.readerIndex()) == TRANSFER;
    }

    /// From here on the stream is the transfer's.
    private void begin(ChannelHandlerContext ctx, ByteBuf rest) throws Refused {
        var peer = caller.connection().peer();
        if (peer == null || transfers == null) {
            rest.release();
            throw new Refused(RefusalCode.PROTOCOL_ERROR, "a transfer before hello");
        }
        ended = true;
        BulkServing serving = new BulkServing(transfers, peer, ctx.channel());
        var pipeline = ctx.pipeline();
        pipeline.replace(this, null, new TransferReader(serving));
        pipeline.fireChannelRead(rest);
    }

    private FrameSplitter splitter(ChannelHandlerContext ctx, ByteBuf in) throws Refused {
        FrameSplitter splitter = frames;
        if (splitter == null) {
            caller.claim(in.readUnsignedByte(), ctx.channel());
            splitter =
                    new FrameSplitter(
                            ctx.alloc(), Links.FRAME_BYTES_MAX, caller.connection()::frame);
            frames = splitter;
        }
        return splitter;
    }

    private void refuseEnd(String sentence) {
        if (!ended) {
            end();
            caller.connection().refuse(new Refused(RefusalCode.PROTOCOL_ERROR, sentence));
        }
    }

    private void end() {
        ended = true;
        if (frames != null) {
            frames.close();
        }
    }
}
