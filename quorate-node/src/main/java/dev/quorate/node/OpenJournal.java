package dev.quorate.node;

import dev.quorate.node.directory.StartRefused;
import dev.quorate.storage.Disk.DiskFull;
import dev.quorate.storage.Disk.StorageFailure;
import dev.quorate.storage.FileDisk;
import dev.quorate.storage.Journal;
import dev.quorate.storage.JournalDamaged;
import dev.quorate.storage.JournalOptions;
import java.nio.file.Path;

/// A journal and the directory it has locked.
///
/// @param release gives the directory free again; called after the journal was closed
record OpenJournal(Journal journal, Runnable release) {
    /// Recovers the journal in a directory.
    ///
    /// @throws StartRefused if it is damaged, in use, or cannot be read
    static OpenJournal open(Path directory, JournalOptions options) {
        FileDisk disk = null;
        try {
            disk = FileDisk.open(directory);
            return new OpenJournal(Journal.open(disk, options), disk::close);
        } catch (JournalDamaged | StorageFailure | DiskFull failure) {
            if (disk != null) {
                disk.close();
            }
            throw new StartRefused(
                    "the journal in " + directory + " does not open: " + failure.getMessage(),
                    failure);
        }
    }

    void close() {
        try {
            journal.close();
        } finally {
            release.run();
        }
    }
}
