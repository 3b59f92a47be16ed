package dev.quorate.node;

import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;

/// What waits for a lane. Putting never blocks and never fails: the core's credits bound what can
/// be on its way (rule R10), so there is no second bound that could block the reactor.
final class LaneQueue<T> {
    private static final int CHUNK = 256;

    private final MpscUnboundedArrayQueue<T> queue = new MpscUnboundedArrayQueue<>(CHUNK);
    private final Signal signal = new Signal();
    private volatile boolean closed;

    /// Adds work. Any thread.
    void put(T work) {
        queue.offer(work);
        signal.raise();
    }

    /// Ends an [#await] although there is no work.
    void nudge() {
        signal.raise();
    }

    /// The next piece of work, or null when there is none just now. Only the lane.
    @Nullable T poll() {
        return queue.poll();
    }

    /// What [#poll] would give.
    @Nullable T peek() {
        return queue.peek();
    }

    /// Waits for work for up to `nanos`; may return early. Only the lane.
    void await(long nanos) {
        signal.sleep(nanos, () -> queue.isEmpty() && !closed);
    }

    /// Ends the lane once it has done what is queued.
    void close() {
        closed = true;
        signal.raise();
    }

    /// Whether [#close] was called.
    boolean closed() {
        return closed;
    }
}
