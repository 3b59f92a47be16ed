package dev.quorate.app;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Dials a node's link port as somebody who does not belong there, and says something.
final class QuicStranger implements AutoCloseable {
    private static final int SECONDS = 10;

    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel udp;

    /// @param identity directory whose `tls/` holds key and certificate; null to show none
    QuicStranger(@Nullable Path identity) {
        QuicSslContextBuilder builder =
                QuicSslContextBuilder.forClient()
                        .trustManager(InsecureTrustManagerFactory.INSTANCE)
                        .applicationProtocols("quorate/1");
        if (identity != null) {
            builder.keyManager(
                    identity.resolve("tls/node.key").toFile(),
                    null,
                    identity.resolve("tls/node.pem").toFile());
        }
        QuicSslContext tls = builder.build();
        udp =
                new Bootstrap()
                        .group(group)
                        .channel(NioDatagramChannel.class)
                        .handler(
                                new QuicClientCodecBuilder()
                                        .sslContext(tls)
                                        .maxIdleTimeout(SECONDS, TimeUnit.SECONDS)
                                        .initialMaxData(1 << 20)
                                        .initialMaxStreamDataBidirectionalLocal(1 << 20)
                                        .build())
                        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .syncUninterruptibly()
                        .channel();
    }

    /// Calls and sends bytes on a stream; however that ends is fine.
    void speak(InetSocketAddress to, byte[] bytes) throws Exception {
        try {
            QuicChannel channel =
                    QuicChannel.newBootstrap(udp)
                            .handler(new Deaf())
                            .streamHandler(new Deaf())
                            .remoteAddress(to)
                            .connect()
                            .get(SECONDS, TimeUnit.SECONDS);
            QuicStreamChannel stream =
                    channel.createStream(QuicStreamType.BIDIRECTIONAL, new Deaf())
                            .get(SECONDS, TimeUnit.SECONDS);
            stream.writeAndFlush(Unpooled.wrappedBuffer(bytes)).await(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            // refused before the stream was open: what the test looks for is on the other side
        }
    }

    @Override
    public void close() {
        udp.close().syncUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
    }

    private static final class Deaf extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ChannelFuture _ = ctx.close();
        }
    }
}
