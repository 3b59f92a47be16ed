package dev.quorate.transport;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.types.NodeId;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connection on which transfers are fetched from one peer: made when the first is wanted, let
/// go when none was for a while. Owned by the event loop that dials for bulk.
final class BulkLink implements DialedConnection.Owner {
    private static final long UNUSED_SECONDS = 30;
    private static final Logger LOG = LoggerFactory.getLogger(QuicLinks.class);

    private final LinkContext context;
    private final QuicDialler dialler;
    private final NodeId peer;
    private final List<BulkFetch> waiting = new ArrayList<>();
    private @Nullable DialedConnection current;
    // streams of each connection that has some
    private final Map<DialedConnection, Integer> streams = new LinkedHashMap<>();
    private long uses;

    BulkLink(LinkContext context, QuicDialler dialler, NodeId peer) {
        this.context = context;
        this.dialler = dialler;
        this.peer = peer;
    }

    /// Opens a stream for a transfer as soon as there is a connection.
    void begin(InetSocketAddress address, BulkFetch fetch) {
        uses++;
        DialedConnection connection = current;
        if (connection != null && !connection.address().equals(address)) {
            connection.close(RefusalCode.CLOSED, peer + " serves transfers at " + address + " now");
            connection = current;
        }
        if (connection != null && connection.isUp()) {
            open(connection, fetch);
            return;
        }
        waiting.add(fetch);
        if (connection == null) {
            DialedConnection next = new DialedConnection(context, dialler, peer, address, this);
            current = next;
            next.dial();
        }
    }

    /// Holds the peer's certificate against pins and roots again. A connection whose certificates
    /// were superseded goes when its last transfer is over.
    void judgeAgain() {
        for (DialedConnection connection : open()) {
            if (connection.superseded() && connection == current) {
                current = null;
                if (!streams.containsKey(connection)) {
                    connection.close(RefusalCode.REPLACED, "a newer connection takes over");
                }
            }
        }
    }

    /// Ends all connections and what is under way on them.
    void close(String cause) {
        for (DialedConnection connection : open()) {
            connection.close(RefusalCode.CLOSED, cause);
        }
    }

    private List<DialedConnection> open() {
        List<DialedConnection> open = new ArrayList<>(streams.keySet());
        if (current != null && !open.contains(current)) {
            open.add(current);
        }
        return open;
    }

    @Override
    public void up(DialedConnection connection) {
        List<BulkFetch> ready = List.copyOf(waiting);
        waiting.clear();
        ready.forEach(fetch -> open(connection, fetch));
    }

    @Override
    public void ended(DialedConnection connection, Ending how, String cause) {
        if (connection != current) {
            return;
        }
        LOG.debug("the connection for transfers from {} ended: {}", peer, cause);
        current = null;
        List<BulkFetch> lost = List.copyOf(waiting);
        waiting.clear();
        lost.forEach(
                fetch -> fetch.fail(new BulkFailure(BulkFailure.Code.LINK, Retry.LATER, cause)));
    }

    @Override
    public void writable() {}

    /// What is fetched comes on streams of its own.
    @Override
    public void frame(ByteBuffer content) throws Refused {
        throw new Refused(RefusalCode.PROTOCOL_ERROR, peer + " spoke on our connection");
    }

    private void open(DialedConnection connection, BulkFetch fetch) {
        if (!(connection.carrier() instanceof QuicCarrier carrier)) {
            throw new IllegalStateException("transfers have streams on QUIC only");
        }
        streams.merge(connection, 1, Integer::sum);
        carrier.stream(
                new TransferReader(fetch),
                opened -> {
                    if (opened == null) {
                        streamEnded(connection);
                        fetch.fail(
                                new BulkFailure(
                                        BulkFailure.Code.LINK,
                                        Retry.LATER,
                                        "no stream could be opened to " + peer));
                    } else {
                        opened(connection, opened, fetch);
                    }
                });
    }

    private void opened(DialedConnection connection, QuicStreamChannel stream, BulkFetch fetch) {
        var _ = stream.closeFuture().addListener(_ -> streamEnded(connection));
        fetch.opened(stream, Unpooled.wrappedBuffer(new byte[] {(byte) LaneReader.TRANSFER}));
    }

    private void streamEnded(DialedConnection connection) {
        streams.computeIfPresent(connection, (_, count) -> count == 1 ? null : count - 1);
        if (streams.containsKey(connection) || connection.isClosed()) {
            return;
        }
        if (connection != current) {
            connection.close(RefusalCode.REPLACED, "a newer connection takes over");
            return;
        }
        long used = uses;
        var _ =
                dialler.loop()
                        .schedule(
                                () -> {
                                    if (used == uses && !streams.containsKey(connection)) {
                                        connection.close(RefusalCode.CLOSED, "it is not used");
                                    }
                                },
                                UNUSED_SECONDS,
                                TimeUnit.SECONDS);
    }
}
