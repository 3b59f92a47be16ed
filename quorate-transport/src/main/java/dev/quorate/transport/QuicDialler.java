package dev.quorate.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelBootstrap;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.Objects;

/// Dials over QUIC, from one UDP socket.
final class QuicDialler implements Dialler {
    private static final AttributeKey<QuicCarrier> CARRIER =
            AttributeKey.valueOf(QuicDialler.class, "carrier");

    private final UdpSocket socket;
    private final LinksOptions options;
    private final int lanes;

    /// @param name of the thread
    /// @param lanes how many lanes each connection gets
    QuicDialler(LinksOptions options, String name, int lanes) {
        this.options = options;
        this.lanes = lanes;
        // same host, any port: peers see where we listen, unless we listen everywhere
        this.socket =
                UdpSocket.bind(
                        UdpSocket.loop(name),
                        new InetSocketAddress(options.bind().getAddress(), 0),
                        UdpSocket.slotBytes(options),
                        UdpSocket.tune(new QuicClientCodecBuilder(), options, 0)
                                .sslEngineProvider(channel -> carrierOf(channel).newEngine(channel))
                                .build());
    }

    @Override
    public EventLoop loop() {
        return socket.loop();
    }

    @Override
    public QuicCarrier dial(DialedConnection connection) {
        long millis = options.handshakeTimeout().toMillis();
        QuicCarrier carrier = new QuicCarrier(connection, lanes);
        QuicChannelBootstrap bootstrap =
                QuicChannel.newBootstrap(socket.channel())
                        .handler(carrier)
                        .streamHandler(new Uninvited())
                        .attr(CARRIER, carrier)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                (int) Math.min(millis, Integer.MAX_VALUE))
                        .option(
                                QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR,
                                UdpSocket.segments())
                        .remoteAddress(connection.address());
        var _ =
                bootstrap
                        .connect()
                        .addListener((Future<QuicChannel> dialled) -> carrier.dialled(dialled));
        return carrier;
    }

    @Override
    public void close() {
        socket.close();
    }

    private static QuicCarrier carrierOf(QuicChannel channel) {
        return Objects.requireNonNull(channel.attr(CARRIER).get());
    }

    /// A stream that the peer opens: it may open none on our connection.
    private static final class Uninvited extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            var _ = ctx.channel().parent().close();
        }
    }
}
