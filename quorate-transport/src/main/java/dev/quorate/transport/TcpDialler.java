package dev.quorate.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.concurrent.TimeUnit;

/// Dials over TCP.
final class TcpDialler implements Dialler {
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final LinksOptions options;

    /// @param name of the thread
    TcpDialler(LinksOptions options, String name) {
        this.options = options;
        this.group = UdpSocket.loop(name);
        this.loop = group.next();
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public TcpCarrier dial(DialedConnection connection) {
        TcpCarrier carrier = new TcpCarrier(connection);
        long millis = options.handshakeTimeout().toMillis();
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(loop)
                        .channel(TcpSocket.client())
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                (int) Math.min(millis, Integer.MAX_VALUE))
                        .option(TcpSocket.NO_DELAY, true)
                        .option(ChannelOption.SO_SNDBUF, TcpSocket.SEND_BUFFER_BYTES)
                        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, TcpSocket.WATER)
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        prepare(channel, carrier);
                                    }
                                });
        var _ =
                bootstrap
                        .connect(connection.address())
                        .addListener(done -> carrier.dialled((ChannelFuture) done));
        return carrier;
    }

    @Override
    public void close() {
        TcpSocket.end(group, loop.inEventLoop());
    }

    private void prepare(Channel channel, TcpCarrier carrier) {
        SslHandler tls = new SslHandler(carrier.newEngine(channel));
        tls.setHandshakeTimeoutMillis(options.handshakeTimeout().toMillis());
        long idle = options.idleTimeout().toMillis();
        channel.pipeline()
                .addLast(tls, new IdleStateHandler(idle, 0, 0, TimeUnit.MILLISECONDS), carrier);
    }
}
