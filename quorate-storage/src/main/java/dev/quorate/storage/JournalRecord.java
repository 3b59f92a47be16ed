package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import org.jspecify.annotations.Nullable;

/// What one record of the journal says. The bytes are in `docs/formats/journal.md`.
public sealed interface JournalRecord {
    /// The group it is about; null for records about the journal itself.
    default @Nullable GroupId group() {
        return null;
    }

    /// A batch begins; everything before (`forcedSequence`, `forcedOffset`) was forced before this
    /// was written, so damage there is damage and not a torn tail (rule R5).
    record Batch(long forcedSequence, long forcedOffset) implements JournalRecord {}

    /// A replica's term and vote, replacing earlier ones.
    record HardStateSet(GroupId group, HardState hardState) implements JournalRecord {}

    /// An entry; the group's entries at its index and after are gone.
    record EntryAppended(GroupId group, Entry entry) implements JournalRecord {}

    /// A live entry of an older segment once more; the entries after it stay.
    record EntryCopied(GroupId group, Entry entry) implements JournalRecord {}

    /// The group's entries up to a position are not needed any more.
    record Compacted(GroupId group, LogPosition upTo) implements JournalRecord {}

    /// The node hosts a replica.
    record ReplicaCreated(ReplicaRecord replica) implements JournalRecord {
        @Override
        public GroupId group() {
            return replica.group();
        }
    }

    /// Segments before `oldestSequence` hold nothing that is needed.
    record SegmentsRetired(long oldestSequence) implements JournalRecord {}
}
