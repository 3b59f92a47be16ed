package dev.quorate.storage;

import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;

/// A snapshot that is being taken from a state machine of this node. Used by one thread.
public final class OutgoingSnapshot implements AutoCloseable {
    private final SnapshotStore store;
    private final GroupId group;
    private final SnapshotName name;
    private final ChunkWriter writer;
    private boolean over;

    OutgoingSnapshot(SnapshotStore store, GroupId group, SnapshotName name, ChunkWriter writer) {
        this.store = store;
        this.group = group;
        this.name = name;
        this.writer = writer;
    }

    /// What was taken.
    ///
    /// @param sizeBytes length of the content
    /// @param sha256 of the content; under this name it can be opened
    public record Taken(long sizeBytes, Bytes sha256) {}

    /// Adds to the content.
    ///
    /// @throws Disk.DiskFull if there is no room; close this and try again later
    public void write(byte[] content, int from, int length) {
        requireOpen();
        store.reserve(name, SnapshotFormat.fileBytes(writer.bytes() + length));
        writer.write(content, from, length);
    }

    /// Makes it durable and available.
    ///
    /// @throws Disk.DiskFull if there is no room; close this and try again later
    public Taken finish() {
        requireOpen();
        long sizeBytes = writer.bytes();
        Bytes sha256 = writer.finish();
        over = true;
        store.finished(name, SnapshotName.outgoing(group, sha256), sizeBytes);
        return new Taken(sizeBytes, sha256);
    }

    /// Forgets it, unless it was finished.
    @Override
    public void close() {
        if (!over) {
            over = true;
            store.discard(name);
        }
    }

    private void requireOpen() {
        if (over) {
            throw new IllegalStateException("the snapshot was finished or closed");
        }
    }
}
