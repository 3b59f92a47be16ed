package dev.quorate.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/// Takes calls over TCP with TLS, on one event loop.
final class TcpServer implements Listening {
    private static final int BACKLOG = 128;
    private static final long CLOSE_MILLIS = 2_000;

    private final EventLoopGroup group;
    private final EventLoop loop;
    private final Acceptor acceptor;
    private final Channel channel;

    /// Starts to listen.
    ///
    /// @param perPeerMax connections that one peer may have
    /// @param transfers what serves the connections of a port for transfers; null on one for links
    /// @throws UncheckedIOException if the address cannot be bound
    TcpServer(
            LinkContext context,
            InetSocketAddress bind,
            String name,
            Acceptor.Ear ear,
            int perPeerMax,
            @Nullable BulkService transfers) {
        this.group = UdpSocket.loop(name);
        this.loop = group.next();
        this.acceptor = new Acceptor(loop, ear, perPeerMax);
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loop)
                        .channel(TcpSocket.server())
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(TcpSocket.NO_DELAY, true)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, TcpSocket.WATER)
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel child) {
                                        prepare(context, child, transfers);
                                    }
                                })
                        .bind(bind)
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            TcpSocket.end(group, false);
            throw new UncheckedIOException(
                    "TCP " + bind + " cannot be used: " + bound.cause().getMessage(),
                    new IOException(bound.cause()));
        }
        this.channel = bound.channel();
    }

    @Override
    public Acceptor acceptor() {
        return acceptor;
    }

    @Override
    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    @Override
    public void close() {
        acceptor.close();
        boolean own = loop.inEventLoop();
        var closed = channel.close();
        if (!own) {
            closed.awaitUninterruptibly(CLOSE_MILLIS);
        }
        TcpSocket.end(group, own);
    }

    private void prepare(LinkContext context, Channel child, @Nullable BulkService transfers) {
        SSLEngine engine = TcpTls.server(context, child.alloc());
        SslHandler tls = new SslHandler(engine);
        tls.setHandshakeTimeoutMillis(context.options().handshakeTimeout().toMillis());
        long idle = context.options().idleTimeout().toMillis();
        child.pipeline()
                .addLast(
                        tls,
                        new IdleStateHandler(idle, 0, 0, TimeUnit.MILLISECONDS),
                        new TcpCaller(acceptor, context, child, engine, transfers));
    }
}
