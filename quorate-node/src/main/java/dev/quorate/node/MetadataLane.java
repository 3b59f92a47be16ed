package dev.quorate.node;

import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.api.StateMachine.SnapshotWriter;
import dev.quorate.core.KeptMetadata;
import dev.quorate.core.NodeEffect.DropMetadata;
import dev.quorate.core.NodeEffect.ForMetadata;
import dev.quorate.core.NodeEffect.KeepMetadata;
import dev.quorate.core.NodeEffect.OfferMetadata;
import dev.quorate.core.NodeEffect.RestoreMetadata;
import dev.quorate.core.NodeInput;
import dev.quorate.node.directory.MetadataFile;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread that keeps group 0's state on disk: the state itself lives in the core.
final class MetadataLane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetadataLane.class);
    private static final long WAIT_NANOS = Duration.ofSeconds(1).toNanos();

    private final MetadataFile file;
    private final SnapshotDesk snapshots;
    private final Completions completions;
    private final LaneQueue<ForMetadata> queue = new LaneQueue<>();
    private final Thread thread;
    private @Nullable KeptMetadata unkept;
    private volatile String trouble = "";

    private MetadataLane(MetadataFile file, SnapshotDesk snapshots, Completions completions) {
        this.file = file;
        this.snapshots = snapshots;
        this.completions = completions;
        thread = Thread.ofPlatform().name("quorate-metadata").unstarted(this::run);
    }

    /// Starts the lane.
    static MetadataLane start(MetadataFile file, SnapshotDesk snapshots, Completions completions) {
        MetadataLane lane = new MetadataLane(file, snapshots, completions);
        lane.thread.start();
        return lane;
    }

    void submit(ForMetadata effect) {
        queue.put(effect);
    }

    /// Ends the lane once it did what was queued, and returns when it has.
    @Override
    public void close() {
        queue.close();
        Threads.join(thread);
    }

    private void run() {
        while (!queue.closed() || queue.peek() != null) {
            ForMetadata effect = queue.poll();
            if (effect == null) {
                queue.await(WAIT_NANOS);
                keepAfterAll();
            } else {
                execute(effect);
            }
        }
    }

    private void execute(ForMetadata effect) {
        switch (effect) {
            case KeepMetadata(KeptMetadata now) -> keep(now);
            case OfferMetadata(KeptMetadata now) ->
                    snapshots.take(
                            GroupId.METADATA,
                            now.position(),
                            now.stampMicros(),
                            new Whole(now.state()));
            case RestoreMetadata restore -> restore(restore);
            case DropMetadata() -> drop();
        }
    }

    /// What keeps the state of group 0 from being kept; empty for nothing. Any thread.
    String trouble() {
        return trouble;
    }

    /// A state that could not be kept is no loss: the log still has all of it, and grows. It is
    /// tried again and again, so that the node says so no longer than it is true; the core hears of
    /// it once, when it is over.
    private void keep(KeptMetadata now) {
        try {
            file.save(now);
            settled(now.position().index());
        } catch (IOException failure) {
            if (trouble.isEmpty()) {
                LOG.warn("The state of group 0 could not be kept; its log grows", failure);
            }
            unkept = now;
            trouble = "the state of group 0 could not be kept: " + failure;
        }
    }

    private void keepAfterAll() {
        KeptMetadata waiting = unkept;
        if (waiting != null) {
            keep(waiting);
        }
    }

    /// Nobody needs what could not be kept any more.
    private void giveUpKeeping() {
        if (unkept != null) {
            settled(0);
        }
    }

    private void settled(long index) {
        unkept = null;
        trouble = "";
        completions.post(new NodeInput.Flushed(GroupId.METADATA, index));
    }

    private void restore(RestoreMetadata restore) {
        SnapshotMeta meta = restore.meta();
        try (SnapshotDesk.Content content = snapshots.fetched(GroupId.METADATA, meta)) {
            if (meta.sizeBytes() > MetadataFile.STATE_BYTES_MAX) {
                throw new IOException("it has " + meta.sizeBytes() + " bytes");
            }
            byte[] state = new byte[(int) meta.sizeBytes()];
            int at = 0;
            while (at < state.length) {
                int read = content.read(state, at, state.length - at);
                if (read <= 0) {
                    throw new IOException("it ends after " + at + " bytes");
                }
                at += read;
            }
            Bytes whole = Bytes.wrap(state);
            file.save(
                    new KeptMetadata(
                            restore.replica(), meta.position(), meta.stampMicros(), whole));
            giveUpKeeping();
            completions.post(new NodeInput.MetadataRestored(meta, whole));
        } catch (IOException | RuntimeException failure) {
            LOG.error("The snapshot {} of group 0 could not be restored", meta.position(), failure);
            completions.post(new NodeInput.RestoreFailed(GroupId.METADATA, failure.toString()));
        }
    }

    private void drop() {
        giveUpKeeping();
        try {
            file.delete();
        } catch (IOException failure) {
            // it names its replica, so that no other one begins with it
            LOG.warn("What was kept of group 0 could not be removed", failure);
        }
    }

    /// A state, in one piece.
    private record Whole(Bytes state) implements Checkpoint {
        @Override
        public void writeTo(SnapshotWriter out) {
            byte[] all = state.toByteArray();
            out.write(all, 0, all.length);
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
