package dev.quorate.transport;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What waits to be sent to one peer, bounded in bytes.
///
/// Any thread offers; one event loop polls. Room is given back only when the bytes were taken by
/// QUIC, so a peer that does not read fills the queue and nothing else.
final class SendQueue {
    /// What one buffer costs beside its bytes: keeps many tiny ones within the bound, too.
    static final int ENTRY_BYTES = 64;

    /// Frames for one lane.
    record Waiting(int lane, ByteBuffer frames) {
        int cost() {
            return frames.remaining() + ENTRY_BYTES;
        }
    }

    private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicLong costBytes = new AtomicLong();
    private final int bytesMax;

    SendQueue(int bytesMax) {
        this.bytesMax = bytesMax;
    }

    /// Queues frames, or says that there is no room.
    boolean offer(int lane, ByteBuffer frames) {
        Waiting entry = new Waiting(lane, frames);
        int cost = entry.cost();
        if (costBytes.addAndGet(cost) > bytesMax) {
            costBytes.addAndGet(-cost);
            return false;
        }
        return waiting.add(entry);
    }

    /// The oldest frames, or null. Their room stays taken until [#release].
    @Nullable Waiting poll() {
        return waiting.poll();
    }

    /// Gives room back.
    void release(int cost) {
        costBytes.addAndGet(-cost);
    }

    /// Drops all that waits.
    void clear() {
        for (Waiting entry = poll(); entry != null; entry = poll()) {
            release(entry.cost());
        }
    }

    /// Checks that a buffer holds whole frames, none empty.
    ///
    /// @throws IllegalArgumentException if not: sent on, it would cost the link
    static void requireFrames(ByteBuffer frames) {
        ByteBuffer walk = frames.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (!walk.hasRemaining()) {
            throw new IllegalArgumentException("the buffer holds no frame");
        }
        while (walk.hasRemaining()) {
            int length = walk.remaining() < Integer.BYTES ? 0 : walk.getInt();
            if (length < 1 || length > Links.FRAME_BYTES_MAX || length > walk.remaining()) {
                throw new IllegalArgumentException(
                        "the buffer does not hold whole frames of 1 to "
                                + Links.FRAME_BYTES_MAX
                                + " bytes: damage "
                                + walk.remaining()
                                + " bytes before its end");
            }
            walk.position(walk.position() + length);
        }
    }
}
