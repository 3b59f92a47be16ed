package dev.quorate.node;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.core.NodeEffect.FetchSnapshot;
import dev.quorate.storage.IncomingSnapshot;
import dev.quorate.storage.SnapshotStore;
import dev.quorate.types.GroupId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// One snapshot on its way here, on a thread of its own: staged, resumed where an earlier attempt
/// ended, and verified.
final class SnapshotFetch {
    private static final int ATTEMPTS_MAX = 5;
    private static final long PAUSE_NANOS = 100_000_000;

    private final SnapshotStore store;
    private final SnapshotTransfer transfer;
    private final Semaphore room;
    private final FetchSnapshot wanted;
    private final CompletableFuture<Void> cancelled = new CompletableFuture<>();

    /// @param room how many may be fetched at once
    SnapshotFetch(
            SnapshotStore store, SnapshotTransfer transfer, Semaphore room, FetchSnapshot wanted) {
        this.store = store;
        this.transfer = transfer;
        this.room = room;
        this.wanted = wanted;
    }

    /// How one attempt ended.
    ///
    /// @param retry null when all is here
    private record Attempt(@Nullable Retry retry, String why) {
        static final Attempt COMPLETE = new Attempt(null, "");
    }

    /// Told once, unless it was cancelled before.
    interface Listener {
        /// It is here, whole and durable.
        void fetched();

        /// It will not come.
        void failed(String why);
    }

    /// Ends it soon. Does not block.
    void cancel() {
        cancelled.complete(null);
    }

    /// Runs it to its end.
    void run(Listener listener) {
        String why;
        try {
            why = fetch();
        } catch (RuntimeException failure) {
            why = failure.toString();
        }
        if (cancelled.isDone()) {
            return;
        }
        if (why.isEmpty()) {
            listener.fetched();
        } else {
            listener.failed(why);
        }
    }

    /// @return why it did not come; empty when it is here
    private String fetch() {
        String why = "it was cancelled";
        for (int attempt = 0; attempt < ATTEMPTS_MAX && !cancelled.isDone(); attempt++) {
            if (store.holds(wanted.group(), wanted.meta())) {
                return "";
            }
            room.acquireUninterruptibly();
            Attempt result;
            try {
                result = attempt();
            } finally {
                room.release();
            }
            if (result.retry() == null) {
                return "";
            }
            why = result.why();
            if (result.retry() == Retry.NEVER) {
                return why;
            }
            pause(attempt);
        }
        return why;
    }

    private void pause(int attempt) {
        Thread self = Thread.currentThread();
        var _ = cancelled.whenComplete((_, _) -> LockSupport.unpark(self));
        if (!cancelled.isDone()) {
            LockSupport.parkNanos(this, PAUSE_NANOS << attempt);
        }
    }

    private Attempt attempt() {
        GroupId group = wanted.group();
        try (IncomingSnapshot staged = store.stage(group, wanted.meta())) {
            if (!staged.isComplete()) {
                Attempt result = transferTo(staged);
                if (result.retry() != null) {
                    return result;
                }
            }
            if (!staged.isComplete()) {
                return new Attempt(Retry.LATER, "it ended early, at byte " + staged.offset());
            }
            staged.finish();
            return Attempt.COMPLETE;
        }
    }

    private Attempt transferTo(IncomingSnapshot staged) {
        Arrival arrival = new Arrival(staged);
        SnapshotTransfer.Running running =
                transfer.fetch(
                        wanted.from(),
                        SnapshotRequest.of(wanted.group(), wanted.meta()).encode(),
                        staged.offset(),
                        arrival);
        var _ = cancelled.whenComplete((_, _) -> running.cancel());
        return arrival.result.join();
    }

    /// Takes the bytes of one attempt.
    private static final class Arrival implements SnapshotTransfer.Sink {
        private final IncomingSnapshot staged;
        private final CompletableFuture<Attempt> result = new CompletableFuture<>();
        private final AtomicReference<String> refused = new AtomicReference<>("");
        private byte[] bytes = new byte[0];

        Arrival(IncomingSnapshot staged) {
            this.staged = staged;
        }

        @Override
        public void chunk(long offset, ByteBuffer chunk) throws IOException {
            if (offset != staged.offset()) {
                throw refuse("byte " + offset + " came where " + staged.offset() + " was next");
            }
            int length = chunk.remaining();
            if (bytes.length < length) {
                bytes = new byte[length];
            }
            chunk.get(bytes, 0, length);
            try {
                staged.write(bytes, 0, length);
            } catch (RuntimeException failure) {
                throw refuse(String.valueOf(failure.getMessage()));
            }
        }

        private IOException refuse(String why) {
            refused.set(why);
            return new IOException(why);
        }

        @Override
        public void done() {
            result.complete(Attempt.COMPLETE);
        }

        @Override
        public void failed(Retry retry, String why) {
            String own = refused.get();
            result.complete(new Attempt(retry, own.isEmpty() ? why : own));
        }
    }
}
