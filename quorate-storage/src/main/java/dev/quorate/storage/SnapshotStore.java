package dev.quorate.storage;

import dev.quorate.core.StoredReplica;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.storage.SnapshotName.Stage;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The snapshots on a node's disk: those taken here for others to fetch, and those fetched from
/// others and not installed yet. Bytes come and go as streams; a stream holds one chunk in memory.
///
/// Snapshots taken here do not outlive the process: nobody remembers having asked for them. What
/// was fetched in part stays, and a later [#stage] of the same snapshot goes on there. What is not
/// in use gives way when room is needed.
///
/// Several lanes use it at once, so its bookkeeping is guarded by one lock; bytes are read and
/// written outside of it.
public final class SnapshotStore {
    private final Disk disk;
    private final long budgetBytes;
    private final TreeMap<String, Stored> files = new TreeMap<>();
    private long usedBytes;
    private long written;

    /// A file, as far as the store knows.
    private static final class Stored {
        final SnapshotName name;
        long reservedBytes;
        long contentBytes;
        boolean inUse;
        boolean unwanted;

        Stored(SnapshotName name, long reservedBytes) {
            this.name = name;
            this.reservedBytes = reservedBytes;
        }
    }

    private SnapshotStore(Disk disk, long budgetBytes) {
        this.disk = disk;
        this.budgetBytes = budgetBytes;
    }

    /// Opens the store and clears what an earlier life left, except what is needed to go on with an
    /// installation ([dev.quorate.raft.Restored#installing()]) or a fetch.
    ///
    /// @param disk may hold other files too, which are left alone
    /// @param budgetBytes most bytes of all snapshots; what an installation needs is always kept
    /// @param recovered what the journal found
    /// @throws Disk.StorageFailure if the disk reports an error
    public static SnapshotStore open(Disk disk, long budgetBytes, List<StoredReplica> recovered) {
        SnapshotStore store = new SnapshotStore(disk, budgetBytes);
        TreeMap<String, SnapshotMeta> needed = new TreeMap<>();
        for (StoredReplica replica : recovered) {
            SnapshotMeta meta = replica.log().installing();
            if (meta != null) {
                needed.put(SnapshotName.received(replica.replica().group(), meta).file(), meta);
            }
        }
        for (String file : disk.list()) {
            SnapshotName name = SnapshotName.parse(file);
            if (name != null) {
                store.adopt(name, needed.get(file));
            }
        }
        disk.forceNames();
        return store;
    }

    /// Begins to take a snapshot of a group.
    ///
    /// @throws Disk.DiskFull if there is no room
    public OutgoingSnapshot create(GroupId group) {
        SnapshotName name;
        synchronized (this) {
            name = SnapshotName.writing(group, ++written);
            files.put(name.file(), new Stored(name, 0));
        }
        try {
            reserve(name, SnapshotFormat.HEADER_BYTES);
            ChunkWriter writer = ChunkWriter.begin(disk, name.file(), group);
            return new OutgoingSnapshot(this, group, name, writer);
        } catch (Disk.DiskFull full) {
            discard(name);
            throw full;
        }
    }

    /// Reads a snapshot that is whole, taken here or fetched from another node, from an offset on.
    ///
    /// @throws SnapshotUnavailable if there is none with this digest
    /// @throws IllegalArgumentException if the offset lies behind its end
    public SnapshotReader open(GroupId group, Bytes sha256, long offset) {
        return readerOf(whole(group, sha256), offset);
    }

    private synchronized SnapshotName whole(GroupId group, Bytes sha256) {
        return ofGroup(group, Stage.RECEIVED).stream()
                .map(received -> received.name)
                .filter(name -> name.isOf(sha256))
                .findFirst()
                .orElse(SnapshotName.outgoing(group, sha256));
    }

    /// Snapshots taken of this group are not needed any more.
    public synchronized void release(GroupId group) {
        removeAll(group, Stage.OUTGOING);
    }

    /// Begins to fetch a snapshot, or goes on with it: [IncomingSnapshot#offset()] tells where.
    /// Another one of the group that was being fetched is dropped.
    ///
    /// @throws IllegalStateException if this very one is being fetched already
    /// @throws Disk.DiskFull if there is no room for it
    public IncomingSnapshot stage(GroupId group, SnapshotMeta meta) {
        SnapshotName name = SnapshotName.staging(group, meta);
        long bytes = SnapshotFormat.fileBytes(meta.sizeBytes());
        claim(name);
        try {
            reserve(name, bytes);
            ChunkWriter writer = ChunkWriter.resume(disk, name.file(), group);
            if (writer.bytes() > meta.sizeBytes()) {
                writer = ChunkWriter.begin(disk, name.file(), group);
            }
            return new IncomingSnapshot(this, group, meta, name, writer);
        } catch (Disk.DiskFull full) {
            closed(name);
            throw full;
        }
    }

    /// Whether a snapshot was fetched whole.
    public synchronized boolean holds(GroupId group, SnapshotMeta meta) {
        return files.containsKey(SnapshotName.received(group, meta).file());
    }

    /// Reads a snapshot that was fetched, from its beginning.
    ///
    /// @throws SnapshotUnavailable if it is not here
    public SnapshotReader reader(GroupId group, SnapshotMeta meta) {
        return readerOf(SnapshotName.received(group, meta), 0);
    }

    /// What was fetched for the group, or is being fetched, is not needed.
    public synchronized void drop(GroupId group) {
        removeAll(group, Stage.STAGING);
        removeAll(group, Stage.RECEIVED);
    }

    /// Bytes that all snapshots take or have been promised.
    public synchronized long usedBytes() {
        return usedBytes;
    }

    // ---- for the streams -----------------------------------------------------------------------

    /// Makes sure that a file may grow to `bytes`.
    synchronized void reserve(SnapshotName name, long bytes) {
        Stored stored = of(name);
        long more = bytes - stored.reservedBytes;
        if (more <= 0) {
            return;
        }
        if (more > budgetBytes - usedBytes) {
            evict(more);
        }
        if (more > budgetBytes - usedBytes) {
            throw new Disk.DiskFull(
                    "no room for %d more bytes of snapshots: %d of %d are in use"
                            .formatted(more, usedBytes, budgetBytes));
        }
        stored.reservedBytes = bytes;
        usedBytes += more;
    }

    /// The file is whole and forced: it gets its final name, durably.
    synchronized void finished(SnapshotName from, SnapshotName to, long contentBytes) {
        Stored stored = of(from);
        if (stored.unwanted) {
            remove(stored);
            throw new SnapshotUnavailable("the snapshot " + from.file() + " was dropped meanwhile");
        }
        Stored replaced = files.remove(to.file());
        usedBytes -= replaced == null ? 0 : replaced.reservedBytes;
        disk.rename(from.file(), to.file());
        disk.forceNames();
        files.remove(from.file());
        Stored whole = new Stored(to, disk.size(to.file()));
        whole.contentBytes = contentBytes;
        usedBytes += whole.reservedBytes - stored.reservedBytes;
        files.put(to.file(), whole);
    }

    /// The file is of no use.
    synchronized void discard(SnapshotName name) {
        Stored stored = files.get(name.file());
        if (stored != null) {
            remove(stored);
        }
    }

    /// Nobody writes to the file any more.
    synchronized void closed(SnapshotName name) {
        Stored stored = files.get(name.file());
        if (stored == null) {
            return;
        }
        stored.inUse = false;
        long size = disk.size(name.file());
        if (stored.unwanted || size < 0) {
            remove(stored);
        } else {
            usedBytes += size - stored.reservedBytes;
            stored.reservedBytes = size;
        }
    }

    // ---- bookkeeping ---------------------------------------------------------------------------

    private void adopt(SnapshotName name, @Nullable SnapshotMeta needed) {
        switch (name.stage()) {
            case WRITING, OUTGOING -> disk.delete(name.file());
            case STAGING -> keep(name);
            case RECEIVED -> {
                if (needed != null) {
                    keep(name).contentBytes = needed.sizeBytes();
                } else {
                    // whole, but nobody remembers: as good as a fetch that was nearly done
                    SnapshotName again = name.at(Stage.STAGING);
                    disk.rename(name.file(), again.file());
                    keep(again);
                }
            }
        }
    }

    private Stored keep(SnapshotName name) {
        Stored stored = new Stored(name, disk.size(name.file()));
        files.put(name.file(), stored);
        usedBytes += stored.reservedBytes;
        return stored;
    }

    private synchronized void claim(SnapshotName name) {
        Stored stored = files.get(name.file());
        if (stored != null && stored.inUse) {
            throw new IllegalStateException(name.file() + " is being fetched already");
        }
        Stored whole = files.get(name.at(Stage.RECEIVED).file());
        if (whole != null) {
            disk.rename(whole.name.file(), name.file());
            files.remove(whole.name.file());
            stored = new Stored(name, whole.reservedBytes);
            files.put(name.file(), stored);
        }
        for (Stored other : ofGroup(name.group(), Stage.STAGING)) {
            if (!other.name.equals(name)) {
                drop(other);
            }
        }
        if (stored == null) {
            stored = new Stored(name, 0);
            files.put(name.file(), stored);
        }
        stored.inUse = true;
        stored.unwanted = false;
    }

    private SnapshotReader readerOf(SnapshotName name, long offset) {
        long sizeBytes;
        synchronized (this) {
            Stored stored = files.get(name.file());
            if (stored == null) {
                throw new SnapshotUnavailable("there is no snapshot " + name.file());
            }
            sizeBytes = stored.contentBytes;
        }
        return new SnapshotReader(disk, name.file(), sizeBytes, offset);
    }

    private void evict(long moreBytes) {
        for (Stored stored : new ArrayList<>(files.values())) {
            boolean idle = stored.name.stage() == Stage.STAGING && !stored.inUse;
            if (idle && moreBytes > budgetBytes - usedBytes) {
                remove(stored);
            }
        }
    }

    private void removeAll(GroupId group, Stage stage) {
        ofGroup(group, stage).forEach(this::drop);
    }

    private List<Stored> ofGroup(GroupId group, Stage stage) {
        return files.values().stream()
                .filter(file -> file.name.group().equals(group) && file.name.stage() == stage)
                .toList();
    }

    /// Removes a file, at once or as soon as nobody writes to it any more.
    private void drop(Stored stored) {
        if (stored.inUse) {
            stored.unwanted = true;
        } else {
            remove(stored);
        }
    }

    private void remove(Stored stored) {
        files.remove(stored.name.file());
        usedBytes -= stored.reservedBytes;
        if (disk.size(stored.name.file()) >= 0) {
            disk.delete(stored.name.file());
        }
    }

    private Stored of(SnapshotName name) {
        return Objects.requireNonNull(files.get(name.file()), name.file());
    }
}
