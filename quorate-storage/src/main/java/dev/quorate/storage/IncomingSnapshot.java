package dev.quorate.storage;

import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;

/// A snapshot that is being fetched from another node. Used by one thread.
public final class IncomingSnapshot implements AutoCloseable {
    private final SnapshotStore store;
    private final GroupId group;
    private final SnapshotMeta meta;
    private final SnapshotName name;
    private final ChunkWriter writer;
    private boolean over;

    IncomingSnapshot(
            SnapshotStore store,
            GroupId group,
            SnapshotMeta meta,
            SnapshotName name,
            ChunkWriter writer) {
        this.store = store;
        this.group = group;
        this.meta = meta;
        this.name = name;
        this.writer = writer;
    }

    /// Content bytes that are here: what comes next begins there.
    public long offset() {
        return writer.bytes();
    }

    /// Whether all bytes are here.
    public boolean isComplete() {
        return writer.bytes() == meta.sizeBytes();
    }

    /// Adds to the content.
    ///
    /// @throws IllegalArgumentException if that is more than was announced
    /// @throws Disk.DiskFull if there is no room; what arrived stays for another try
    public void write(byte[] content, int from, int length) {
        requireOpen();
        if (length > meta.sizeBytes() - writer.bytes()) {
            throw new IllegalArgumentException(
                    "%s: more than the %d bytes that were announced"
                            .formatted(group, meta.sizeBytes()));
        }
        writer.write(content, from, length);
    }

    /// Verifies it, and makes it durable: [SnapshotStore#reader] gives it from now on.
    ///
    /// @throws SnapshotUnavailable if it is not what was announced; it is dropped
    /// @throws Disk.DiskFull if there is no room; what arrived stays for another try
    public void finish() {
        requireOpen();
        if (!isComplete()) {
            throw new IllegalStateException(
                    "%s: %d of %d bytes are here"
                            .formatted(group, writer.bytes(), meta.sizeBytes()));
        }
        Bytes sha256 = writer.finish();
        over = true;
        if (!sha256.equals(meta.sha256())) {
            store.discard(name);
            throw new SnapshotUnavailable(
                    "%s: the snapshot at %s is not the one that was announced: its digest differs"
                            .formatted(group, meta.position()));
        }
        store.finished(name, SnapshotName.received(group, meta), meta.sizeBytes());
    }

    /// Stops here; what arrived stays, for [SnapshotStore#stage] to go on with.
    @Override
    public void close() {
        over = true;
        store.closed(name);
    }

    private void requireOpen() {
        if (over) {
            throw new IllegalStateException("the snapshot was finished or closed");
        }
    }
}
