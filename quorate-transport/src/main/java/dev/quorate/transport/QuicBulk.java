package dev.quorate.transport;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// [BulkLinks] over QUIC: one connection per peer, made when it is needed, and one stream per
/// transfer. Its two sockets and event loops are no others' than its own.
final class QuicBulk implements BulkLinks, Acceptor.Ear {
    /// Streams that a peer may have open: refused transfers need one too.
    private static final int STREAMS_EXTRA = 32;

    private final LinkContext context;
    private final BulkOptions options;
    private final Function<NodeId, @Nullable InetSocketAddress> where;
    private final BulkService service;
    private final QuicDialler dialler;
    private final QuicServer server;
    private final Semaphore room;
    // of the dialling loop
    private final Map<NodeId, BulkLink> links = new TreeMap<>();
    private volatile boolean closed;

    /// @param where a peer takes bulk transfers, or null if that is not known; asked from the loop
    QuicBulk(LinkContext context, Function<NodeId, @Nullable InetSocketAddress> where) {
        this.context = context;
        this.options = context.options().bulk();
        this.where = where;
        this.service = new BulkService(options);
        this.room = new Semaphore(options.fetchedMax());
        LinksOptions all = context.options();
        this.dialler = new QuicDialler(all, "quorate-bulk-dial-" + all.self(), 1);
        try {
            this.server =
                    new QuicServer(
                            context,
                            new QuicServer.Purpose(
                                    new InetSocketAddress(all.bind().getAddress(), options.port()),
                                    "quorate-bulk-accept-" + all.self(),
                                    1,
                                    1 + options.servedMax() + STREAMS_EXTRA),
                            this,
                            service);
        } catch (RuntimeException e) {
            dialler.close();
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
            dialler.loop().execute(() -> begin(from, fetch));
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
        dialler.loop()
                .execute(() -> {
                    for (NodeId known : new TreeSet<>(links.keySet())) {
                        BulkLink link = links.get(known);
                        if (link != null && !peers.contains(known)) {
                            links.remove(known);
                            link.close(known + " is no peer of ours");
                        } else if (link != null) {
                            link.judgeAgain();
                        }
                    }
                });
    }

    /// Holds all certificates against pins and roots again. From any thread.
    void judgeAgain() {
        server.acceptor().judgeAgain();
        dialler.loop().execute(() -> links.values().forEach(BulkLink::judgeAgain));
    }

    /// Ends all transfers and frees the port; waits for a few seconds at most.
    void close() {
        closed = true;
        service.close();
        dialler.loop()
                .execute(() -> {
                    for (BulkLink link : links.values()) {
                        link.close("this node is shutting down");
                    }
                    links.clear();
                });
        dialler.close();
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
            links.computeIfAbsent(peer, _ -> new BulkLink(context, dialler, peer))
                    .begin(address, fetch);
        }
    }

    private static BulkFailure stopping() {
        return new BulkFailure(
                BulkFailure.Code.STOPPING, Retry.NEVER, "this node is shutting down");
    }
}
