package dev.quorate.transport;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// [BulkLinks] over connections of any kind: on a port and loops of their own, with the same checks
/// as the links.
final class Bulk implements BulkLinks, Acceptor.Ear {
    /// What a peer may have open beyond what is served: refused transfers need a stream, too.
    private static final int STREAMS_EXTRA = 32;

    /// Makes the port on which transfers are served.
    @FunctionalInterface
    interface Opening {
        /// Opens it.
        ///
        /// @param streamsMax how many streams or connections for transfers a peer may have open
        Listening open(Acceptor.Ear ear, BulkService service, int streamsMax);
    }

    private final BulkOptions options;
    private final Function<NodeId, @Nullable InetSocketAddress> where;
    private final BulkService service;
    private final Fetching fetching;
    private final Listening server;
    private final Semaphore room;
    private volatile boolean closed;

    /// @param where a peer takes bulk transfers, or null if that is not known; asked from the loop
    /// @param fetching ended together with this, or when this cannot be made
    Bulk(
            BulkOptions options,
            Function<NodeId, @Nullable InetSocketAddress> where,
            Fetching fetching,
            Opening opening) {
        this.options = options;
        this.where = where;
        this.service = new BulkService(options);
        this.fetching = fetching;
        this.room = new Semaphore(options.fetchedMax());
        try {
            this.server = opening.open(this, service, options.servedMax() + STREAMS_EXTRA);
        } catch (RuntimeException e) {
            fetching.end();
            throw e;
        }
    }

    /// Where transfers are served.
    int port() {
        return server.address().getPort();
    }

    @Override
    public void serve(Server answering) {
        service.serve(answering);
    }

    @Override
    public Transfer fetch(NodeId from, Bytes request, long offset, Sink sink) {
        if (request.length() > REQUEST_BYTES_MAX || offset < 0) {
            throw new IllegalArgumentException(
                    "a request of " + request.length() + " bytes from offset " + offset);
        }
        boolean entered = room.tryAcquire();
        BulkFetch fetch =
                new BulkFetch(
                        from,
                        request,
                        offset,
                        sink,
                        options,
                        () -> {
                            if (entered) {
                                room.release();
                            }
                        });
        fetch.start();
        if (!entered) {
            fetch.fail(
                    new BulkFailure(
                            BulkFailure.Code.BUSY,
                            Retry.LATER,
                            "this node fetches " + options.fetchedMax() + " transfers already"));
            return fetch;
        }
        try {
            fetching.loop().execute(() -> begin(from, fetch));
        } catch (RejectedExecutionException e) {
            fetch.fail(stopping());
        }
        return fetch;
    }

    /// Ends what is under way with others, and holds all certificates against the pins again. From
    /// any thread.
    void peers(Set<NodeId> peers) {
        service.peers(peers);
        server.acceptor().peers(peers);
        fetching.loop().execute(() -> fetching.peers(peers));
    }

    /// Holds all certificates against pins and roots again. From any thread.
    void judgeAgain() {
        server.acceptor().judgeAgain();
        fetching.loop().execute(fetching::judgeAgain);
    }

    /// Ends all transfers and frees the port; waits for a few seconds at most.
    void close() {
        closed = true;
        service.close();
        fetching.loop().execute(() -> fetching.closeAll("this node is shutting down"));
        fetching.end();
        server.close();
    }

    /// A peer may fetch: that is all there is to know.
    @Override
    public void heard(Hello hello) {}

    @Override
    public void received(NodeId from, ByteBuffer frame) throws Refused {
        throw new Refused(
                RefusalCode.PROTOCOL_ERROR, "a connection for transfers carries nothing else");
    }

    private void begin(NodeId peer, BulkFetch fetch) {
        InetSocketAddress address = where.apply(peer);
        if (closed) {
            fetch.fail(stopping());
        } else if (address == null) {
            fetch.fail(
                    new BulkFailure(
                            BulkFailure.Code.LINK,
                            Retry.LATER,
                            "there is no link to "
                                    + peer
                                    + " at the moment, or it serves no transfers"));
        } else {
            fetching.begin(peer, address, fetch);
        }
    }

    private static BulkFailure stopping() {
        return new BulkFailure(
                BulkFailure.Code.STOPPING, Retry.NEVER, "this node is shutting down");
    }
}
