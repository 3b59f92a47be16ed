package dev.quorate.transport;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.concurrent.TimeUnit;

/// What TCP sockets of ours have in common.
final class TcpSocket {
    /// Beyond this a channel takes no more until it is down to half of it: what waits in front of a
    /// vote is bounded by this and the kernel's buffer.
    static final WriteBufferWaterMark WATER = new WriteBufferWaterMark(64 << 10, 128 << 10);

    /// Bounds what the kernel holds of a connection, for the same reason.
    static final int SEND_BUFFER_BYTES = 256 << 10;

    static final ChannelOption<Boolean> NO_DELAY = ChannelOption.TCP_NODELAY;

    private static final long CLOSE_MILLIS = 2_000;

    private TcpSocket() {}

    static Class<? extends SocketChannel> client() {
        return Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    static Class<? extends ServerChannel> server() {
        return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    /// Ends a loop, and waits unless called on it.
    static void end(EventLoopGroup group, boolean own) {
        // connections that say goodbye get a moment for it
        var ended = group.shutdownGracefully(50, CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        if (!own) {
            ended.awaitUninterruptibly(CLOSE_MILLIS);
        }
    }
}
