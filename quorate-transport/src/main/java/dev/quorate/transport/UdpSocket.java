package dev.quorate.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.EpollQuicUtils;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicCongestionControlAlgorithm;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One UDP socket with the one event loop that serves it, tuned for QUIC.
///
/// Batched reads (`recvmmsg`) and segmented writes (GSO) need epoll; elsewhere NIO serves.
final class UdpSocket {
    /// Datagrams read in one go, and segments written in one go.
    private static final int READ_BATCH = 32;

    private static final int WRITE_SEGMENTS = 16;
    private static final int SOCKET_BUFFER_BYTES = 4 << 20;
    private static final int SLOT_BYTES_MIN = 2048;
    private static final int CONNECTION_WINDOW_BYTES = 16 << 20;
    private static final int STREAM_WINDOW_BYTES = 8 << 20;
    private static final long CLOSE_MILLIS = 2_000;
    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);

    private final EventLoopGroup group;
    private final Channel channel;

    private UdpSocket(EventLoopGroup group, Channel channel) {
        this.group = group;
        this.channel = channel;
    }

    /// A loop for one socket, on a thread of its own.
    static EventLoopGroup loop(String name) {
        return new MultiThreadIoEventLoopGroup(
                1,
                new DefaultThreadFactory(name, true),
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }

    /// Opens a socket on a loop made by [#loop(String)], which it takes over.
    ///
    /// @throws UncheckedIOException if the address cannot be bound, in a sentence
    static UdpSocket bind(
            EventLoopGroup group, InetSocketAddress address, int slot, ChannelHandler codec) {
        boolean epoll = Epoll.isAvailable();
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(group)
                        .channel(epoll ? EpollDatagramChannel.class : NioDatagramChannel.class)
                        .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER_BYTES)
                        .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER_BYTES)
                        .handler(codec);
        if (epoll) {
            bootstrap
                    .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, slot)
                    .option(
                            ChannelOption.RECVBUF_ALLOCATOR,
                            new FixedRecvByteBufAllocator(slot * READ_BATCH));
        } else {
            bootstrap.option(
                    ChannelOption.RECVBUF_ALLOCATOR,
                    new FixedRecvByteBufAllocator(slot).maxMessagesPerRead(READ_BATCH));
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            var _ = group.shutdownGracefully(0, CLOSE_MILLIS, TimeUnit.MILLISECONDS);
            Throwable cause = bound.cause();
            throw new UncheckedIOException(
                    "UDP " + address + " cannot be used: " + cause.getMessage(),
                    new IOException(cause));
        }
        warnIfCapped(bound.channel());
        return new UdpSocket(group, bound.channel());
    }

    /// Bytes kept for one received datagram; tells peers how large theirs may be.
    static int slotBytes(LinksOptions options) {
        return Math.max(SLOT_BYTES_MIN, options.udpPayloadBytes() + 100);
    }

    /// The QUIC settings of both sides.
    ///
    /// @param streamsMax how many streams the other side may have open
    static <B extends QuicCodecBuilder<B>> B tune(B builder, LinksOptions options, int streamsMax) {
        return builder.maxIdleTimeout(options.idleTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .initialMaxData(CONNECTION_WINDOW_BYTES)
                .initialMaxStreamDataBidirectionalLocal(STREAM_WINDOW_BYTES)
                .initialMaxStreamDataBidirectionalRemote(STREAM_WINDOW_BYTES)
                .initialMaxStreamDataUnidirectional(0)
                .initialMaxStreamsBidirectional(streamsMax)
                .initialMaxStreamsUnidirectional(0)
                .maxSendUdpPayloadSize(options.udpPayloadBytes())
                .maxRecvUdpPayloadSize(slotBytes(options))
                .congestionControlAlgorithm(QuicCongestionControlAlgorithm.CUBIC);
    }

    /// How packets are put together for one system call; [QuicChannelOption] takes it.
    static SegmentedDatagramPacketAllocator segments() {
        return Epoll.isAvailable()
                ? EpollQuicUtils.newSegmentedAllocator(WRITE_SEGMENTS)
                : SegmentedDatagramPacketAllocator.NONE;
    }

    Channel channel() {
        return channel;
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    /// Closes the socket and ends its loop; waits unless called on that loop.
    void close() {
        boolean own = loop().inEventLoop();
        var closed = channel.close();
        if (!own) {
            closed.awaitUninterruptibly(CLOSE_MILLIS);
        }
        var ended = group.shutdownGracefully(0, CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        if (!own) {
            ended.awaitUninterruptibly(CLOSE_MILLIS);
        }
    }

    private static void warnIfCapped(Channel channel) {
        Integer granted = channel.config().getOption(ChannelOption.SO_RCVBUF);
        if (granted != null && granted < SOCKET_BUFFER_BYTES) {
            LOG.warn(
                    "the kernel grants {} bytes of UDP receive buffer instead of {}: bursts will be"
                            + " lost and slow; raise net.core.rmem_max",
                    granted,
                    SOCKET_BUFFER_BYTES);
        }
    }
}
