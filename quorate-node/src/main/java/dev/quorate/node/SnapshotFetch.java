package dev.quorate.node;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.core.NodeEffect.FetchSnapshot;
import dev.quorate.storage.IncomingSnapshot;
import dev.quorate.storage.SnapshotStore;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One snapshot on its way here, on a thread of its own: staged, resumed where an earlier attempt
/// ended, and verified.
///
/// What it is (position, size, digest) is known from the leader (rule R4). Its bytes may come from
/// any node that has that very snapshot: when the leader is busy or gone, the others are asked.
final class SnapshotFetch {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
    private static final int ATTEMPTS_MAX = 5;
    private static final long PAUSE_NANOS = 100_000_000;

    private final SnapshotStore store;
    private final SnapshotTransfer transfer;
    private final Semaphore room;
    private final FetchSnapshot wanted;
    private final List<NodeId> sources;
    private final CompletableFuture<Void> cancelled = new CompletableFuture<>();

    /// @param room how many may be fetched at once
    /// @param sources whom to ask, in this order; the leader is among them
    SnapshotFetch(
            SnapshotStore store,
            SnapshotTransfer transfer,
            Semaphore room,
            FetchSnapshot wanted,
            List<NodeId> sources) {
        this.store = store;
        this.transfer = transfer;
        this.room = room;
        this.wanted = wanted;
        this.sources = List.copyOf(sources);
    }

    /// Who may have it: the leader that offers it, then the other members of the group.
    ///
    /// @param self is not asked
    static List<NodeId> sources(FetchSnapshot wanted, NodeId self) {
        LinkedHashSet<NodeId> all = new LinkedHashSet<>(List.of(wanted.from()));
        wanted.meta().configuration().everyone().forEach(member -> all.add(member.node()));
        all.remove(self);
        return List.copyOf(all);
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
            for (NodeId source : sources) {
                if (cancelled.isDone() || store.holds(wanted.group(), wanted.meta())) {
                    break;
                }
                Attempt result = attempt(source);
                if (result.retry() == null) {
                    return "";
                }
                if (source.equals(wanted.from())) {
                    // whoever else has it, only the leader knows whether it is wanted at all
                    why = result.why();
                    if (result.retry() == Retry.NEVER) {
                        return why;
                    }
                }
            }
            if (store.holds(wanted.group(), wanted.meta())) {
                return "";
            }
            pause(attempt);
        }
        return why;
    }

    private Attempt attempt(NodeId source) {
        room.acquireUninterruptibly();
        try {
            return stageFrom(source);
        } finally {
            room.release();
        }
    }

    private void pause(int attempt) {
        Thread self = Thread.currentThread();
        var _ = cancelled.whenComplete((_, _) -> LockSupport.unpark(self));
        if (!cancelled.isDone()) {
            LockSupport.parkNanos(this, PAUSE_NANOS << attempt);
        }
    }

    private Attempt stageFrom(NodeId source) {
        GroupId group = wanted.group();
        try (IncomingSnapshot staged = store.stage(group, wanted.meta())) {
            if (!staged.isComplete()) {
                Attempt result = transfer(source, staged);
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

    private Attempt transfer(NodeId source, IncomingSnapshot staged) {
        Arrival arrival = new Arrival(staged);
        LOG.info(
                "Fetching {} of {} from {}, from byte {} of {} on",
                wanted.meta().position(),
                wanted.group(),
                source,
                staged.offset(),
                wanted.meta().sizeBytes());
        SnapshotTransfer.Running running =
                transfer.fetch(
                        source,
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
