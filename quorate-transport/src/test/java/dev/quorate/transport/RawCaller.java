package dev.quorate.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A caller for tests that speaks QUIC but does what it likes: any certificate or none, resumed
/// sessions, any bytes on any stream.
final class RawCaller implements AutoCloseable {
    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel udp;
    final AtomicInteger answeredBytes = new AtomicInteger();
    volatile @Nullable String closed;

    RawCaller(QuicSslContext tls) {
        QuicClientCodecBuilder codec =
                new QuicClientCodecBuilder()
                        .sslEngineProvider(channel -> tls.newEngine(channel.alloc(), "peer", 1))
                        .maxIdleTimeout(20, TimeUnit.SECONDS)
                        .initialMaxData(1 << 20)
                        .initialMaxStreamDataBidirectionalLocal(1 << 20)
                        .maxSendUdpPayloadSize(1350)
                        .maxRecvUdpPayloadSize(1500);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        udp =
                new Bootstrap()
                        .group(group)
                        .channel(NioDatagramChannel.class)
                        .handler(codec.build())
                        .bind(any)
                        .syncUninterruptibly()
                        .channel();
    }

    /// A client's TLS that believes every server. One context keeps its sessions for resumption.
    static QuicSslContext tls(@Nullable NodeIdentity identity) {
        QuicSslContextBuilder builder =
                QuicSslContextBuilder.forClient()
                        .trustManager(InsecureTrustManagerFactory.INSTANCE)
                        .applicationProtocols("quorate/1");
        if (identity != null) {
            builder.keyManager(
                    identity.key(), null, identity.chain().toArray(new X509Certificate[0]));
        }
        return builder.build();
    }

    /// Completes the client's half of the handshake, or throws.
    QuicChannel connect(InetSocketAddress to) throws Exception {
        return QuicChannel.newBootstrap(udp)
                .handler(new Ear())
                .streamHandler(new Ear())
                .remoteAddress(to)
                .connect()
                .get(10, TimeUnit.SECONDS);
    }

    /// Opens a stream and writes bytes on it.
    QuicStreamChannel stream(QuicChannel channel, ByteBuffer... bytes) throws Exception {
        QuicStreamChannel stream =
                channel.createStream(QuicStreamType.BIDIRECTIONAL, new Ear())
                        .get(10, TimeUnit.SECONDS);
        stream.writeAndFlush(Unpooled.wrappedBuffer(bytes)).await(10, TimeUnit.SECONDS);
        return stream;
    }

    @Override
    public void close() {
        udp.close().syncUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
    }

    private final class Ear extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof ByteBuf bytes) {
                answeredBytes.addAndGet(bytes.readableBytes());
                bytes.release();
            } else {
                ctx.fireChannelRead(message);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof QuicConnectionCloseEvent close) {
                closed =
                        (close.isTlsError() ? "tls " : "code ")
                                + close.error()
                                + " "
                                + QuicCarrier.sentence(close);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // refused callers see all kinds of failures; the tests look at `closed`
            var _ = ctx.close();
        }
    }
}
