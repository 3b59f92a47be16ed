package dev.quorate.node;

import dev.quorate.core.NodeInput;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.MpscArrayQueue;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;

/// Everything that waits for the reactor, in three boxes that cannot crowd each other out:
/// completions always have room (their bound is the core's credits, rule R10), what peers say is
/// dropped when there is too much of it (they repeat themselves), and clients are refused.
final class Mailbox implements Completions {
    private static final int CHUNK = 1024;

    private final MpscUnboundedArrayQueue<NodeInput> completions =
            new MpscUnboundedArrayQueue<>(CHUNK);
    private final MpscArrayQueue<FromPeer> peers;
    private final MpscArrayQueue<ClientRequest> clients;
    private final AtomicLong peerBytes = new AtomicLong();
    private final AtomicLong clientBytes = new AtomicLong();
    private final Bounds bounds;
    private final Signal signal = new Signal();

    private record FromPeer(NodeInput.Received input, int bytes) {}

    /// How much may wait.
    ///
    /// @param peerMessages messages from peers
    /// @param peerBytes the same in bytes
    /// @param requests clients' requests
    /// @param requestBytes the same in bytes
    record Bounds(int peerMessages, long peerBytes, int requests, long requestBytes) {
        static final Bounds DEFAULT = new Bounds(1 << 15, 64L << 20, 1 << 16, 128L << 20);
    }

    Mailbox(Bounds bounds) {
        this.bounds = bounds;
        peers = new MpscArrayQueue<>(bounds.peerMessages());
        clients = new MpscArrayQueue<>(bounds.requests());
    }

    @Override
    public void post(NodeInput completion) {
        completions.offer(completion);
        signal.raise();
    }

    /// Takes what a peer said.
    ///
    /// @param bytes what the message weighed on the wire
    /// @return false if it was dropped
    boolean offer(NodeInput.Received received, int bytes) {
        if (peerBytes.addAndGet(bytes) > bounds.peerBytes()
                || !peers.offer(new FromPeer(received, bytes))) {
            peerBytes.addAndGet(-bytes);
            return false;
        }
        signal.raise();
        return true;
    }

    /// Takes a client's request.
    ///
    /// @return false if the node is full of requests
    boolean offer(ClientRequest request) {
        int bytes = request.bytes();
        if (clientBytes.addAndGet(bytes) > bounds.requestBytes() || !clients.offer(request)) {
            clientBytes.addAndGet(-bytes);
            return false;
        }
        signal.raise();
        return true;
    }

    @Nullable NodeInput pollCompletion() {
        return completions.poll();
    }

    NodeInput.@Nullable Received pollPeer() {
        FromPeer next = peers.poll();
        if (next == null) {
            return null;
        }
        peerBytes.addAndGet(-next.bytes());
        return next.input();
    }

    @Nullable ClientRequest pollClient() {
        ClientRequest next = clients.poll();
        if (next != null) {
            clientBytes.addAndGet(-next.bytes());
        }
        return next;
    }

    boolean isEmpty() {
        return completions.isEmpty() && peers.isEmpty() && clients.isEmpty();
    }

    /// Wakes the reactor for something that is not in a box.
    void nudge() {
        signal.raise();
    }

    /// Sleeps until there is mail or `nanos` have passed; may return early.
    void await(long nanos) {
        signal.sleep(nanos, this::isEmpty);
    }
}
