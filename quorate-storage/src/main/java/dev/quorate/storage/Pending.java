package dev.quorate.storage;

import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Something that the next commit of a journal writes.
sealed interface Pending {
    /// The group it is about.
    ReplicaLog log();

    /// A hard state, entries, or both.
    record Append(ReplicaLog log, @Nullable HardState hardState, List<Entry> entries)
            implements Pending {}

    /// Anything else.
    record Other(ReplicaLog log, JournalRecord record) implements Pending {}

    /// Bytes of a batch with these records, which are no appends.
    static int bytesOf(List<Pending> others) {
        int bytes = RecordFormat.BATCH_BYTES;
        for (Pending next : others) {
            bytes += next instanceof Other(var _, var record) ? RecordFormat.bytes(record) : 0;
        }
        return bytes;
    }
}
