package dev.quorate.storage;

import dev.quorate.types.GroupId;

/// Where the records of one replica lie that are still needed.
final class ReplicaLog {
    private final GroupId group;
    private final IndexWindow entries = new IndexWindow();
    private long replicaAt = IndexWindow.MISSING;
    private long hardStateAt = IndexWindow.MISSING;
    private long compactionAt = IndexWindow.MISSING;
    private long compactedIndex;

    /// Last index and compaction as the caller knows them, ahead of the records by what was not
    /// committed yet.
    private long lastAppended;

    private long lastCompaction;

    ReplicaLog(GroupId group) {
        this.group = group;
    }

    GroupId group() {
        return group;
    }

    IndexWindow entries() {
        return entries;
    }

    /// The last index that has a record, or the compacted one.
    long lastIndex() {
        return entries.isEmpty() ? compactedIndex : entries.end() - 1;
    }

    /// After recovery the caller knows what the records say.
    void settle() {
        lastAppended = lastIndex();
        lastCompaction = compactedIndex;
    }

    /// Whether entries may follow that begin at `first`; they do, up to `last`.
    boolean acceptsAppend(long first, long last) {
        if (first <= lastCompaction || first > lastAppended + 1) {
            return false;
        }
        lastAppended = last;
        return true;
    }

    long lastAppended() {
        return lastAppended;
    }

    /// Whether compaction up to `index` changes anything; from now on it is done.
    boolean advancesCompaction(long index) {
        if (index <= lastCompaction) {
            return false;
        }
        lastCompaction = index;
        return true;
    }

    void created(long location, SegmentTable segments) {
        segments.gain(location);
        segments.lose(replicaAt);
        replicaAt = location;
    }

    void hardState(long location, SegmentTable segments) {
        segments.gain(location);
        segments.lose(hardStateAt);
        hardStateAt = location;
    }

    /// An entry replaces all from its index on.
    void appended(long index, long location, SegmentTable segments) {
        for (long old = Math.max(index, entries.first()); old < entries.end(); old++) {
            segments.lose(entries.at(old));
        }
        entries.truncateFrom(index);
        if (index > compactedIndex) {
            entries.put(index, location);
            segments.gain(location);
        }
    }

    /// An entry lies elsewhere now; those after it stay.
    void copied(long index, long location, SegmentTable segments) {
        if (index > compactedIndex) {
            segments.lose(entries.at(index));
            entries.put(index, location);
            segments.gain(location);
        }
    }

    void compacted(long index, long location, SegmentTable segments) {
        segments.gain(location);
        segments.lose(compactionAt);
        compactionAt = location;
        compactedIndex = index;
        for (long old = entries.first(); old < entries.end() && old <= index; old++) {
            segments.lose(entries.at(old));
        }
        entries.dropThrough(index);
    }

    /// Whether the record at `location` is still needed.
    boolean needs(JournalRecord record, long location) {
        return switch (record) {
            case JournalRecord.HardStateSet _ -> hardStateAt == location;
            case JournalRecord.EntryAppended(var _, var entry) ->
                    entries.at(entry.index()) == location;
            case JournalRecord.EntryCopied(var _, var entry) ->
                    entries.at(entry.index()) == location;
            case JournalRecord.Compacted _ -> compactionAt == location;
            case JournalRecord.ReplicaCreated _ -> replicaAt == location;
            case JournalRecord.Batch _, JournalRecord.SegmentsRetired _ -> false;
        };
    }

    /// Notes that the needed record was copied to `location`.
    void moved(JournalRecord record, long location, SegmentTable segments) {
        switch (record) {
            case JournalRecord.HardStateSet _ -> hardState(location, segments);
            case JournalRecord.EntryAppended(var _, var entry) ->
                    copied(entry.index(), location, segments);
            case JournalRecord.EntryCopied(var _, var entry) ->
                    copied(entry.index(), location, segments);
            case JournalRecord.Compacted _ -> compacted(compactedIndex, location, segments);
            case JournalRecord.ReplicaCreated _ -> created(location, segments);
            case JournalRecord.Batch _, JournalRecord.SegmentsRetired _ ->
                    throw new IllegalStateException("nobody needs " + record);
        }
    }
}
