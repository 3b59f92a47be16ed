package dev.quorate.kv;

import dev.quorate.kv.door.Door;
import dev.quorate.kv.door.DoorInitializer;
import dev.quorate.kv.door.KvCounters;
import dev.quorate.kv.door.KvServerOptions;
import dev.quorate.node.Cluster;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// A node's front door for Redis clients. Thread-safe.
///
/// @see <a href="https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/">Redis
///   cluster specification</a>
public final class KvServer implements AutoCloseable {
    private static final int BACKLOG = 512;
    private static final WriteBufferWaterMark WRITE_BYTES =
            new WriteBufferWaterMark(256 * 1024, 1024 * 1024);
    private static final long CLOSE_MILLIS = 2_000;

    private final EventLoopGroup loops;
    private final Channel listener;
    private final Door door;

    private KvServer(EventLoopGroup loops, Channel listener, Door door) {
        this.loops = loops;
        this.listener = listener;
        this.door = door;
    }

    /// Opens the door to `cluster`.
    ///
    /// @throws IOException if the address cannot be listened on
    public static KvServer start(Cluster cluster, KvServerOptions options) throws IOException {
        boolean epoll = Epoll.isAvailable();
        EventLoopGroup loops =
                new MultiThreadIoEventLoopGroup(
                        options.threads(),
                        new DefaultThreadFactory("quorate-kv", true),
                        epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        // nobody is let in before the door, which needs to know its port, is complete
        AtomicReference<Door> door = new AtomicReference<>();
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loops)
                        .channel(
                                epoll
                                        ? EpollServerSocketChannel.class
                                        : NioServerSocketChannel.class)
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .option(ChannelOption.AUTO_READ, false)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_BYTES)
                        .childHandler(new DoorInitializer(door::get))
                        .bind(options.host(), options.port())
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            stop(loops);
            throw new IOException(
                    "cannot listen on "
                            + options.host()
                            + ":"
                            + options.port()
                            + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        Channel listener = bound.channel();
        int port = ((InetSocketAddress) listener.localAddress()).getPort();
        Door open = new Door(cluster, options, options.host(), port);
        door.set(open);
        listener.config().setAutoRead(true);
        return new KvServer(loops, listener, open);
    }

    /// Where clients connect.
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /// What the door has done so far.
    public KvCounters counters() {
        return door.counters();
    }

    /// Turns all clients out and lets nobody in any more. What they had in flight may still be
    /// carried out; they see a closed connection.
    @Override
    public void close() {
        listener.close().awaitUninterruptibly(CLOSE_MILLIS);
        stop(loops);
    }

    private static void stop(EventLoopGroup loops) {
        loops.shutdownGracefully(0, CLOSE_MILLIS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_MILLIS);
    }
}
