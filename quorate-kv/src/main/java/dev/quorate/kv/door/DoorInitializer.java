package dev.quorate.kv.door;

import dev.quorate.kv.command.Reply;
import dev.quorate.kv.resp.Protocol;
import dev.quorate.kv.resp.ReplyWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Lets clients in, or turns them away when there are too many.
// a refused client is closed whether the refusal could be written or not
@SuppressWarnings("FutureReturnValueIgnored")
public final class DoorInitializer extends ChannelInitializer<SocketChannel> {
    private final Supplier<Door> source;

    /// Lets clients in through the door that `source` names, once it is asked.
    public DoorInitializer(Supplier<Door> source) {
        this.source = source;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
        Door door = source.get();
        Tally tally = door.tally();
        KvServerOptions options = door.options();
        int connected = tally.connections.incrementAndGet();
        channel.closeFuture().addListener(_ -> tally.connections.decrementAndGet());
        if (connected > options.connectionsMax()) {
            tally.refused.increment();
            ByteBuf out = channel.alloc().buffer();
            Reply full = new Reply.Failure("ERR max number of clients reached");
            ReplyWriter.write(full, Protocol.RESP2, out);
            channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        tally.accepted.increment();
        if (options.idle().isPositive()) {
            channel.pipeline()
                    .addLast(
                            new IdleStateHandler(
                                    0, 0, options.idle().toMillis(), TimeUnit.MILLISECONDS));
        }
        Session session =
                new Session(
                        door.nextSession(),
                        text(channel.remoteAddress()),
                        text(channel.localAddress()),
                        System.nanoTime());
        channel.pipeline().addLast(new Connection(door, session));
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
