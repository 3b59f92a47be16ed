package dev.quorate.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Takes calls over QUIC: one UDP port.
final class QuicServer implements Listening {
    /// What a server is for.
    ///
    /// @param bind where to listen
    /// @param name of the thread
    /// @param lanes how many lanes a caller may open
    /// @param streamsMax how many streams it may have open, lanes included
    record Purpose(InetSocketAddress bind, String name, int lanes, int streamsMax) {}

    private static final AttributeKey<QuicSslEngine> ENGINE =
            AttributeKey.valueOf(QuicServer.class, "engine");
    private static final AttributeKey<QuicCaller> CALLER =
            AttributeKey.valueOf(QuicServer.class, "caller");

    private final Acceptor acceptor;
    private final UdpSocket socket;

    /// Starts to listen.
    ///
    /// @param transfers what serves streams that are no lanes; null if there are none
    /// @throws java.io.UncheckedIOException if the address cannot be bound
    QuicServer(
            LinkContext context,
            Purpose purpose,
            Acceptor.Ear ear,
            @Nullable BulkService transfers) {
        LinksOptions options = context.options();
        EventLoopGroup group = UdpSocket.loop(purpose.name());
        EventLoop loop = group.next();
        this.acceptor = new Acceptor(loop, ear, 1);
        ChannelHandler codec =
                UdpSocket.tune(new QuicServerCodecBuilder(), options, purpose.streamsMax())
                        .sslEngineProvider(channel -> engine(context, channel))
                        // run at once, a refused handshake is freed before its TLS alert was sent,
                        // and the caller would hear nothing
                        .sslTaskExecutor(loop)
                        .tokenHandler(new AddressTokens())
                        .option(
                                QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR,
                                UdpSocket.segments())
                        .handler(
                                new ChannelInitializer<QuicChannel>() {
                                    @Override
                                    protected void initChannel(QuicChannel channel) {
                                        accept(acceptor, context, channel, purpose.lanes());
                                    }
                                })
                        .streamHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel stream) {
                                        read((QuicStreamChannel) stream, transfers);
                                    }
                                })
                        .build();
        this.socket = UdpSocket.bind(group, purpose.bind(), UdpSocket.slotBytes(options), codec);
    }

    @Override
    public Acceptor acceptor() {
        return acceptor;
    }

    @Override
    public InetSocketAddress address() {
        return socket.address();
    }

    @Override
    public void close() {
        acceptor.close();
        socket.close();
    }

    /// From the context of now: certificates may have been renewed.
    private static QuicSslEngine engine(LinkContext context, QuicChannel channel) {
        QuicSslEngine engine = context.serverTls().newEngine(channel.alloc());
        channel.attr(ENGINE).set(engine);
        return engine;
    }

    private static void accept(
            Acceptor acceptor, LinkContext context, QuicChannel channel, int lanes) {
        QuicSslEngine engine = Objects.requireNonNull(channel.attr(ENGINE).get());
        QuicCaller caller = new QuicCaller(acceptor, context, channel, engine, lanes);
        channel.attr(CALLER).set(caller);
        channel.pipeline().addLast(caller);
    }

    private static void read(QuicStreamChannel stream, @Nullable BulkService transfers) {
        QuicCaller caller = Objects.requireNonNull(stream.parent().attr(CALLER).get());
        stream.pipeline().addLast(new LaneReader(caller, transfers));
    }
}
