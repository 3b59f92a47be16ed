package dev.quorate.node;

import dev.quorate.core.StoredReplica;
import dev.quorate.node.directory.StartRefused;
import dev.quorate.storage.Disk.StorageFailure;
import dev.quorate.storage.FileDisk;
import dev.quorate.storage.SnapshotStore;
import java.nio.file.Path;
import java.util.List;

/// The place for snapshots and the directory it has locked.
///
/// @param release gives the directory free again
record OpenSnapshots(SnapshotStore store, Runnable release) {
    /// Opens the place in a directory.
    ///
    /// @param replicas what the journal found: a snapshot that is being installed is kept
    /// @throws StartRefused if the directory is in use or cannot be read
    static OpenSnapshots open(Path directory, long budgetBytes, List<StoredReplica> replicas) {
        FileDisk disk = null;
        try {
            disk = FileDisk.open(directory);
            return new OpenSnapshots(
                    SnapshotStore.open(disk, budgetBytes, replicas), disk::close);
        } catch (StorageFailure failure) {
            if (disk != null) {
                disk.close();
            }
            throw new StartRefused(
                    "the snapshots in " + directory + " cannot be opened: " + failure.getMessage(),
                    failure);
        }
    }

    void close() {
        release.run();
    }
}
