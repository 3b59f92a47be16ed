package dev.quorate.transport;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What waits to be sent to one peer, bounded in bytes: lane 0 has a budget of its own, so that
/// votes and heartbeats find room however much else waits.
///
/// Any thread offers; one event loop polls. Room is given back only when the bytes were taken by
/// the carrier, so a peer that does not read fills the queue and nothing else.
final class SendQueue {
    /// What one buffer costs beside its bytes: keeps many tiny ones within the bound, too.
    static final int ENTRY_BYTES = 64;

    /// Frames for one lane.
    record Waiting(int lane, ByteBuffer frames) {
        int cost() {
            return frames.remaining() + ENTRY_BYTES;
        }
    }

    /// The lanes that share a budget.
    private static final class Budget {
        private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();
        private final AtomicLong costBytes = new AtomicLong();
        private final AtomicLong waitingBytes = new AtomicLong();
        private final int bytesMax;

        Budget(int bytesMax) {
            this.bytesMax = bytesMax;
        }

        boolean offer(Waiting entry) {
            int cost = entry.cost();
            if (costBytes.addAndGet(cost) > bytesMax) {
                costBytes.addAndGet(-cost);
                return false;
            }
            waitingBytes.addAndGet(cost);
            return waiting.add(entry);
        }

        @Nullable Waiting poll() {
            Waiting entry = waiting.poll();
            if (entry != null) {
                waitingBytes.addAndGet(-entry.cost());
            }
            return entry;
        }
    }

    private final Budget urgent;
    private final Budget others;

    /// @param urgentBytesMax bound of lane 0
    /// @param bytesMax bound of all other lanes together
    SendQueue(int urgentBytesMax, int bytesMax) {
        this.urgent = new Budget(urgentBytesMax);
        this.others = new Budget(bytesMax);
    }

    /// Queues frames, or says that there is no room.
    boolean offer(int lane, ByteBuffer frames) {
        return budget(lane).offer(new Waiting(lane, frames));
    }

    /// The oldest frames of lane 0, or else of the others, or null. Their room stays taken until
    /// [#release].
    @Nullable Waiting poll() {
        Waiting first = urgent.poll();
        return first == null ? others.poll() : first;
    }

    /// Gives room back.
    void release(int lane, int cost) {
        budget(lane).costBytes.addAndGet(-cost);
    }

    /// Drops all that waits.
    void clear() {
        for (Waiting entry = poll(); entry != null; entry = poll()) {
            release(entry.lane(), entry.cost());
        }
    }

    boolean isEmpty() {
        return urgent.waiting.isEmpty() && others.waiting.isEmpty();
    }

    /// What waits, in bytes.
    long waitingBytes() {
        return urgent.waitingBytes.get() + others.waitingBytes.get();
    }

    /// What the carrier has but did not take yet, in bytes.
    long inFlightBytes() {
        return Math.max(0, urgent.costBytes.get() + others.costBytes.get() - waitingBytes());
    }

    /// Checks that a buffer holds whole frames, none empty.
    ///
    /// @return how many
    /// @throws IllegalArgumentException if not: sent on, it would cost the link
    static int requireFrames(ByteBuffer frames) {
        ByteBuffer walk = frames.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (!walk.hasRemaining()) {
            throw new IllegalArgumentException("the buffer holds no frame");
        }
        int count = 0;
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
            count++;
        }
        return count;
    }

    private Budget budget(int lane) {
        return lane == 0 ? urgent : others;
    }
}
