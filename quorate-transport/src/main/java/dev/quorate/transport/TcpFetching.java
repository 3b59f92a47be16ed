package dev.quorate.transport;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.types.NodeId;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Transfers over TCP: a connection each.
final class TcpFetching implements Fetching {
    private final LinkContext context;
    private final TcpDialler dialler;
    private final Set<Fetched> active = new LinkedHashSet<>();

    TcpFetching(LinkContext context) {
        this.context = context;
        LinksOptions options = context.options();
        this.dialler = new TcpDialler(options, "quorate-bulk-dial-" + options.self());
    }

    @Override
    public EventLoop loop() {
        return dialler.loop();
    }

    @Override
    public void begin(NodeId peer, InetSocketAddress address, BulkFetch fetch) {
        Fetched fetched = new Fetched(fetch);
        DialedConnection connection =
                new DialedConnection(context, dialler, peer, address, fetched);
        fetched.connection = connection;
        active.add(fetched);
        connection.dial();
    }

    @Override
    public void peers(Set<NodeId> peers) {
        for (Fetched fetched : List.copyOf(active)) {
            DialedConnection connection = fetched.connection;
            if (connection != null && !peers.contains(connection.peer())) {
                connection.close(RefusalCode.CLOSED, connection.peer() + " is no peer of ours");
            }
        }
        judgeAgain();
    }

    /// A certificate that was only superseded is good until the transfer is over.
    @Override
    public void judgeAgain() {
        for (Fetched fetched : List.copyOf(active)) {
            if (fetched.connection != null) {
                var _ = fetched.connection.superseded();
            }
        }
    }

    @Override
    public void closeAll(String cause) {
        for (Fetched fetched : List.copyOf(active)) {
            if (fetched.connection != null) {
                fetched.connection.close(RefusalCode.CLOSED, cause);
            }
        }
    }

    @Override
    public void end() {
        dialler.close();
    }

    /// One transfer and its connection.
    private final class Fetched implements DialedConnection.Owner {
        private final BulkFetch fetch;
        private @Nullable DialedConnection connection;

        Fetched(BulkFetch fetch) {
            this.fetch = fetch;
        }

        @Override
        public void up(DialedConnection connected) {
            Channel channel =
                    connected.carrier() instanceof TcpCarrier carrier ? carrier.channel() : null;
            if (channel == null) {
                throw new IllegalStateException("a connection without a channel");
            }
            fetch.opened(channel, Unpooled.EMPTY_BUFFER);
        }

        @Override
        public void ended(DialedConnection over, Ending how, String cause) {
            active.remove(this);
            fetch.fail(new BulkFailure(BulkFailure.Code.LINK, Retry.LATER, cause));
        }

        @Override
        public void writable() {}

        @Override
        public void frame(ByteBuffer content) throws Refused {
            fetch.frame(BulkFrames.decode(content));
        }
    }
}
