package dev.quorate.storage;

import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a journal has collected since its last commit.
final class PendingBatch {
    private final List<Pending> all = new ArrayList<>();

    /// Refuses entries that cannot be written, or would not make sense when they are read.
    ///
    /// @throws EntryTooLarge if one has more than `bytesMax`
    static void requireSound(GroupId group, List<Entry> entries, int bytesMax) {
        long expected = entries.getFirst().index();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (entry.payload().length() > bytesMax) {
                throw new EntryTooLarge(
                        "%s: entry %s has %d bytes, at most %d are allowed"
                                .formatted(
                                        group,
                                        entry.position(),
                                        entry.payload().length(),
                                        bytesMax));
            }
            if (entry.index() != expected++) {
                throw new IllegalArgumentException(
                        "%s: entry %s does not follow the one before it"
                                .formatted(group, entry.position()));
            }
            if (entry.kind() == Entry.Kind.CONFIGURATION) {
                Configuration.decode(entry.payload());
            }
        }
    }

    void add(Pending next) {
        all.add(next);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    void clear() {
        all.clear();
    }

    void removeAll(List<Pending> written) {
        all.removeAll(written);
    }

    /// In the order of collection.
    List<Pending> all() {
        return Collections.unmodifiableList(all);
    }

    boolean hasEntries() {
        return all.stream()
                .anyMatch(next -> next instanceof Pending.Append a && !a.entries().isEmpty());
    }

    /// How many segments a batch of all this will start.
    ///
    /// @param end where the next record would go in the current segment, in bytes
    int segmentsStarted(int segmentBytes, long end) {
        SegmentFill fill = new SegmentFill(segmentBytes, end);
        fill.add(RecordFormat.BATCH_BYTES);
        for (Pending next : all) {
            switch (next) {
                case Pending.Append(var _, var hardState, var entries) -> {
                    if (hardState != null) {
                        fill.add(RecordFormat.HARD_STATE_BYTES);
                    }
                    for (int i = 0; i < entries.size(); i++) {
                        fill.add(RecordFormat.entryBytes(entries.get(i).payload().length()));
                    }
                }
                case Pending.Other(var _, var record) -> fill.add(RecordFormat.bytes(record));
            }
        }
        return fill.segmentsStarted();
    }

    /// What may be written ahead of the rest to free space, as much as fits a segment. A compaction
    /// concerns entries that were committed before; anything else goes ahead only of other groups,
    /// whose order among each other is free.
    List<Pending> thoseThatFreeSpace(int segmentBytes) {
        List<Pending> ahead = new ArrayList<>();
        Set<GroupId> behind = new HashSet<>();
        Set<GroupId> begunAnew = new HashSet<>();
        int bytesLeft = segmentBytes - Segment.HEADER_BYTES - RecordFormat.BATCH_BYTES;
        for (Pending next : all) {
            GroupId group = next.log().group();
            if (!(next instanceof Pending.Other(var log, var record))) {
                behind.add(group);
                continue;
            }
            boolean free =
                    isCompaction(record)
                            ? reaches(log, record) && !begunAnew.contains(group)
                            : !behind.contains(group);
            int bytes = RecordFormat.bytes(record);
            if (free && bytes <= bytesLeft) {
                bytesLeft -= bytes;
                ahead.add(next);
            } else {
                behind.add(group);
            }
            if (!isCompaction(record)) {
                begunAnew.add(group);
            }
        }
        return ahead;
    }

    private static boolean isCompaction(JournalRecord record) {
        return record instanceof JournalRecord.LogBegins begins
                && begins.beginning() == JournalRecord.Beginning.COMPACTED;
    }

    /// Whether the compaction concerns only what was committed before.
    private static boolean reaches(ReplicaLog log, JournalRecord record) {
        return record instanceof JournalRecord.LogBegins begins
                && begins.upTo().index() <= log.lastIndex();
    }
}
