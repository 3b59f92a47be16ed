package dev.quorate.node;

import dev.quorate.node.directory.StartRefused;
import dev.quorate.storage.Disk.DiskFull;
import dev.quorate.storage.Disk.StorageFailure;
import dev.quorate.storage.FileDisk;
import dev.quorate.storage.Journal;
import dev.quorate.storage.JournalOptions;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A journal and the directory it has locked.
///
/// @param release gives the directory free again; called after the journal was closed
record OpenJournal(Journal journal, Runnable release) {
    private static final Logger LOG = LoggerFactory.getLogger(OpenJournal.class);

    /// Recovers the journal in a directory. It opens in spite of damage, which is logged: the
    /// replicas concerned are in quarantine.
    ///
    /// @param quotaBytes most that its files may take
    /// @throws StartRefused if it is in use, cannot be read, or there is no room for it
    static OpenJournal open(Path directory, long quotaBytes, JournalOptions options) {
        FileDisk disk = null;
        try {
            disk = FileDisk.open(directory, quotaBytes);
            Journal journal = Journal.open(disk, options);
            journal.damages().forEach(damage -> LOG.error("{}", damage.sentence()));
            return new OpenJournal(journal, disk::close);
        } catch (StorageFailure | DiskFull failure) {
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
