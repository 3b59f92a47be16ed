package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A caller over QUIC: tells its [AcceptedConnection] what happens to the connection. Its streams
/// are read by [LaneReader]s.
final class QuicCaller extends ChannelInboundHandlerAdapter implements Caller {
    /// CONNECTION_REFUSED (RFC 9000 §20.1).
    private static final int REFUSED = 0x02;

    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);

    private final Acceptor acceptor;
    private final AcceptedConnection connection;
    private final QuicChannel channel;
    private final SSLEngine engine;
    private final SocketAddress remote;
    private @Nullable Channel laneZero;

    QuicCaller(
            Acceptor acceptor,
            LinkContext context,
            QuicChannel channel,
            SSLEngine engine,
            int lanes) {
        this.acceptor = acceptor;
        this.channel = channel;
        this.engine = engine;
        this.remote = describe(channel);
        this.connection = new AcceptedConnection(acceptor, context, this, lanes);
    }

    AcceptedConnection connection() {
        return connection;
    }

    /// A stream said that it is this lane.
    void claim(int lane, Channel stream) throws Refused {
        connection.claim(lane);
        if (lane == 0) {
            laneZero = stream;
        }
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
        Channel stream = laneZero;
        if (stream != null) {
            var _ = stream.writeAndFlush(Unpooled.wrappedBuffer(frame));
        }
    }

    @Override
    public void received(NodeId from, ByteBuffer frame) throws Refused {
        acceptor.received(from, frame);
    }

    @Override
    public void close(boolean certified, RefusalCode code, String sentence) {
        // RFC 9000 §10.2.3: an application's close cannot be read before the handshake is over
        int number = certified ? code.number() : REFUSED;
        var _ = channel.close(certified, number, Unpooled.wrappedBuffer(Sentences.utf8(sentence)));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        connection.arrived();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        connection.connected();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        connection.gone();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof QuicConnectionCloseEvent close) {
            LOG.debug("{} closed its connection: {}", remote, close);
            if (close.isTlsError()) {
                connection.refusedByCaller(QuicCarrier.tlsRefusal(close));
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        connection.failed(cause);
    }

    private static SocketAddress describe(QuicChannel channel) {
        SocketAddress address = channel.remoteSocketAddress();
        return address == null ? InetSocketAddress.createUnresolved("unknown", 0) : address;
    }
}
