package dev.quorate.transport;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// What all transfers that a node serves share: who answers, how many at once, how fast.
/// Thread-safe.
final class BulkService {
    private final BulkOptions options;
    private final Pacer pacer;
    private final Semaphore room;
    private final AtomicReference<BulkLinks.@Nullable Server> server = new AtomicReference<>();
    private final Set<BulkServing> active = ConcurrentHashMap.newKeySet();

    BulkService(BulkOptions options) {
        this.options = options;
        this.pacer = new Pacer(options.bytesPerSecond(), System.nanoTime());
        this.room = new Semaphore(options.servedMax());
    }

    BulkOptions options() {
        return options;
    }

    Pacer pacer() {
        return pacer;
    }

    void serve(BulkLinks.Server answering) {
        server.set(answering);
    }

    /// Opens what a peer asks for; may block.
    BulkLinks.BulkSource open(NodeId peer, Bytes request, long offset)
            throws BulkRefused, IOException {
        BulkLinks.Server answering = server.get();
        if (answering == null) {
            throw new BulkRefused(
                    BulkFailure.Code.NOT_FOUND, Retry.LATER, "nothing is served here yet");
        }
        return answering.open(peer, request, offset);
    }

    /// Takes one more transfer, or says that there is no room.
    boolean enter(BulkServing serving) {
        return room.tryAcquire() && active.add(serving);
    }

    void leave(BulkServing serving) {
        if (active.remove(serving)) {
            room.release();
        }
    }

    /// Ends what is served to nodes that are no peers.
    void peers(Set<NodeId> peers) {
        for (BulkServing serving : active) {
            if (!peers.contains(serving.peer())) {
                serving.gone(serving.peer() + " is no peer of ours");
            }
        }
    }

    /// Ends all.
    void close() {
        for (BulkServing serving : active) {
            serving.gone("this node is shutting down");
        }
    }
}
