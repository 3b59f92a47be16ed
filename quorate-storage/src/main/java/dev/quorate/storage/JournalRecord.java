package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one record of the journal says. The bytes are in `docs/formats/journal.md`.
public sealed interface JournalRecord {
    /// The group it is about; null for records about the journal itself.
    default @Nullable GroupId group() {
        return null;
    }

    /// What a record does to all that was said of its group before. The numbers are on disk.
    enum Before {
        /// It stands. Copies of older records say this whatever the original said.
        STANDS,
        /// The replica that it was about is no more: its log, hard state and marks are void.
        VOID,
    }

    /// Why a log begins where it does. The numbers are on disk.
    enum Beginning {
        /// What lies before is not needed any more, and what lies behind stays.
        COMPACTED,
        /// A snapshot was installed, and what lies behind its position stays.
        INSTALLED,
        /// A snapshot was installed, and nothing lies behind it.
        INSTALLED_ALONE,
    }

    /// A batch begins; everything before (`forcedSequence`, `forcedOffset`) was forced before this
    /// was written, so damage there is damage and not a torn tail (rule R5).
    record Batch(long forcedSequence, long forcedOffset) implements JournalRecord {}

    /// A replica's term, vote and promise, replacing earlier ones.
    record HardStateSet(GroupId group, HardState hardState) implements JournalRecord {}

    /// An entry; the group's entries at its index and after are gone.
    record EntryAppended(GroupId group, Entry entry) implements JournalRecord {}

    /// A live entry of an older segment once more; the entries after it stay.
    record EntryCopied(GroupId group, Entry entry) implements JournalRecord {}

    /// The group's log begins after a position.
    ///
    /// @param stampMicros log time at `upTo`, if nothing lies behind it
    /// @param configuration in force at `upTo`
    record LogBegins(
            GroupId group,
            Beginning beginning,
            LogPosition upTo,
            long stampMicros,
            Configuration configuration)
            implements JournalRecord {}

    /// The node hosts a replica.
    record ReplicaCreated(ReplicaRecord replica, Before before) implements JournalRecord {
        @Override
        public GroupId group() {
            return replica.group();
        }
    }

    /// The installation of a snapshot has begun (rule R4).
    record InstallBegun(GroupId group, SnapshotMeta meta) implements JournalRecord {}

    /// All replicas of the group that were here and may never come back (rule R6).
    record ReplicasGone(GroupId group, List<ReplicaId> replicas, Before before)
            implements JournalRecord {
        public ReplicasGone {
            replicas = List.copyOf(replicas);
        }
    }

    /// A replica has lost something that it had promised to keep (rule R7).
    record ReplicaQuarantined(GroupId group, ReplicaId replica, String cause, Before before)
            implements JournalRecord {}

    /// Segments before `oldestSequence` hold nothing that is needed.
    record SegmentsRetired(long oldestSequence) implements JournalRecord {}
}
