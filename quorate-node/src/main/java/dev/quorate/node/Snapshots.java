package dev.quorate.node;

import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.core.NodeEffect.FetchSnapshot;
import dev.quorate.core.NodeInput;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.storage.OutgoingSnapshot;
import dev.quorate.storage.SnapshotReader;
import dev.quorate.storage.SnapshotStore;
import dev.quorate.storage.SnapshotUnavailable;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The snapshots of a node: writes those its state machines take, serves them to peers, and fetches
/// those of peers. A bounded number of each at once, and on threads of their own: nothing here
/// keeps the reactor or a lane waiting.
///
/// Thread-safe.
final class Snapshots implements SnapshotDesk, SnapshotTransfer.Server, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
    private static final int TAKEN_AT_ONCE = 2;
    private static final int FETCHED_AT_ONCE = 2;

    private final NodeId self;
    private final SnapshotStore store;
    private final SnapshotTransfer transfer;
    private final Completions completions;
    private final Semaphore taking = new Semaphore(TAKEN_AT_ONCE);
    private final Semaphore fetching = new Semaphore(FETCHED_AT_ONCE);
    private final GroupTasks tasks = new GroupTasks("quorate-snapshot-");
    private final Map<GroupId, SnapshotFetch> fetches = new HashMap<>();
    private volatile boolean closed;

    private Snapshots(
            NodeId self, SnapshotStore store, SnapshotTransfer transfer, Completions completions) {
        this.self = self;
        this.store = store;
        this.transfer = transfer;
        this.completions = completions;
    }

    /// Begins to serve peers.
    static Snapshots start(
            NodeId self, SnapshotStore store, SnapshotTransfer transfer, Completions completions) {
        Snapshots snapshots = new Snapshots(self, store, transfer, completions);
        transfer.serve(snapshots);
        return snapshots;
    }

    // ---- taken here ----------------------------------------------------------------------------

    @Override
    public void take(GroupId group, LogPosition position, long stampMicros, Checkpoint checkpoint) {
        tasks.add(
                group,
                () -> {
                    taking.acquireUninterruptibly();
                    try (checkpoint) {
                        completions.post(write(group, position, stampMicros, checkpoint));
                    } catch (RuntimeException | Error failure) {
                        LOG.warn("A snapshot of {} could not be taken", group, failure);
                        completions.post(
                                new NodeInput.SnapshotFailed(group, null, failure.toString()));
                    } finally {
                        taking.release();
                    }
                });
    }

    private NodeInput write(
            GroupId group, LogPosition position, long stampMicros, Checkpoint checkpoint) {
        try (OutgoingSnapshot out = store.create(group)) {
            checkpoint.writeTo((bytes, from, length) -> {
                if (closed) {
                    throw new IllegalStateException("the node is stopping");
                }
                out.write(bytes, from, length);
            });
            OutgoingSnapshot.Taken taken = out.finish();
            return new NodeInput.SnapshotTaken(
                    group, position, stampMicros, taken.sizeBytes(), taken.sha256());
        }
    }

    /// What was taken of a group is not needed any more. Does not block.
    void release(GroupId group) {
        tasks.add(group, () -> store.release(group));
    }

    @Override
    public SnapshotTransfer.Source open(NodeId peer, Bytes request, long offset)
            throws SnapshotTransfer.NotServed {
        try {
            SnapshotRequest wanted = SnapshotRequest.decode(request);
            return new Serving(store.open(wanted.group(), wanted.sha256(), offset));
        } catch (SnapshotUnavailable | IllegalArgumentException none) {
            throw new SnapshotTransfer.NotServed(String.valueOf(none.getMessage()));
        }
    }

    /// Bytes for a peer.
    private static final class Serving implements SnapshotTransfer.Source {
        private final SnapshotReader reader;
        private final byte[] piece = new byte[16 << 10];

        Serving(SnapshotReader reader) {
            this.reader = reader;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            try {
                int read = reader.read(piece, 0, Math.min(piece.length, into.remaining()));
                if (read > 0) {
                    into.put(piece, 0, read);
                }
                return read;
            } catch (SnapshotUnavailable gone) {
                throw new IOException(gone);
            }
        }

        @Override
        public void close() {
            // the reader holds nothing
        }
    }

    // ---- fetched from others -------------------------------------------------------------------

    /// Begins to fetch, instead of what is being fetched for the group. Does not block.
    void fetch(FetchSnapshot wanted) {
        SnapshotFetch next =
                new SnapshotFetch(
                        store, transfer, fetching, wanted, SnapshotFetch.sources(wanted, self));
        cancel(wanted.group(), next);
        tasks.add(
                wanted.group(),
                () -> {
                    next.run(new Fetched(wanted));
                    synchronized (fetches) {
                        fetches.remove(wanted.group(), next);
                    }
                });
    }

    /// What was fetched for a group, or is being fetched, is not needed. Does not block.
    void dropFetched(GroupId group) {
        cancel(group, null);
        tasks.add(group, () -> store.drop(group));
    }

    private void cancel(GroupId group, @Nullable SnapshotFetch instead) {
        SnapshotFetch running;
        synchronized (fetches) {
            running = instead == null ? fetches.remove(group) : fetches.put(group, instead);
        }
        if (running != null) {
            running.cancel();
        }
    }

    private final class Fetched implements SnapshotFetch.Listener {
        private final FetchSnapshot wanted;

        Fetched(FetchSnapshot wanted) {
            this.wanted = wanted;
        }

        @Override
        public void fetched() {
            completions.post(new NodeInput.SnapshotFetched(wanted.group(), wanted.meta()));
        }

        @Override
        public void failed(String why) {
            completions.post(
                    new NodeInput.SnapshotFailed(
                            wanted.group(), wanted.meta(), "from " + wanted.from() + ": " + why));
        }
    }

    @Override
    public Content fetched(GroupId group, SnapshotMeta meta) {
        SnapshotReader reader = store.reader(group, meta);
        return new Content() {
            @Override
            public int read(byte[] bytes, int offset, int length) {
                return reader.read(bytes, offset, length);
            }

            @Override
            public void close() {
                // the reader holds nothing
            }
        };
    }

    /// Ends what is under way, and returns when nothing uses the store any more.
    @Override
    public void close() {
        closed = true;
        synchronized (fetches) {
            fetches.values().forEach(SnapshotFetch::cancel);
        }
        tasks.close();
    }
}
