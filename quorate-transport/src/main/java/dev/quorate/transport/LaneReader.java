package dev.quorate.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads one stream of an accepted connection: the lane's number, then frames.
final class LaneReader extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);

    private final AcceptedConnection connection;
    private @Nullable FrameSplitter frames;
    private boolean ended;

    LaneReader(AcceptedConnection connection) {
        this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (!ended && in.isReadable()) {
                splitter(ctx, in).add(in);
            }
        } catch (Refused refused) {
            end();
            connection.refuse(refused);
        } catch (RuntimeException e) {
            LOG.error("a received frame was not taken", e);
            end();
            connection.refuse(
                    new Refused(RefusalCode.INTERNAL, "this node failed on a frame: " + e));
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

    private FrameSplitter splitter(ChannelHandlerContext ctx, ByteBuf in) throws Refused {
        FrameSplitter splitter = frames;
        if (splitter == null) {
            connection.claim(in.readUnsignedByte());
            QuicStreamChannel stream = (QuicStreamChannel) ctx.channel();
            splitter = new FrameSplitter(ctx.alloc(), frame -> connection.frame(stream, frame));
            frames = splitter;
        }
        return splitter;
    }

    private void refuseEnd(String sentence) {
        if (!ended) {
            end();
            connection.refuse(new Refused(RefusalCode.PROTOCOL_ERROR, sentence));
        }
    }

    private void end() {
        ended = true;
        if (frames != null) {
            frames.close();
        }
    }
}
