package dev.quorate.storage;

import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// Where the records of one group lie that are still needed.
final class ReplicaLog {
    private final GroupId group;
    private final ReplicaPromise promise = new ReplicaPromise();
    private final IndexWindow entries = new IndexWindow();
    private long replicaAt = IndexWindow.MISSING;
    private long hardStateAt = IndexWindow.MISSING;
    private long beginningAt = IndexWindow.MISSING;
    private long installAt = IndexWindow.MISSING;
    private long goneAt = IndexWindow.MISSING;
    private long quarantineAt = IndexWindow.MISSING;
    private @Nullable ReplicaId hosted;
    private @Nullable ReplicaId quarantined;
    private int ordinal;
    private long accounted;
    private long beginsAfter;
    private long entryBytes;

    ReplicaLog(GroupId group) {
        this.group = group;
    }

    GroupId group() {
        return group;
    }

    IndexWindow entries() {
        return entries;
    }

    /// The replica that the records make out to be hosted.
    @Nullable ReplicaId hosted() {
        return hosted;
    }

    /// Number of the group's last record.
    int ordinal() {
        return ordinal;
    }

    int nextOrdinal() {
        return ++ordinal;
    }

    /// Recovery has found that many records.
    void ordinal(int found) {
        ordinal = found;
    }

    /// The account in which it will be listed, at least.
    long accounted() {
        return accounted;
    }

    void accounted(long account) {
        accounted = account;
    }

    /// What the caller knows, ahead of the records by what was not committed yet.
    ReplicaPromise promise() {
        return promise;
    }

    /// The last index that has a record, or the one after which the log begins.
    long lastIndex() {
        return entries.isEmpty() ? beginsAfter : entries.end() - 1;
    }

    /// Bytes on disk of the entries that are needed.
    long entryBytes() {
        return entryBytes;
    }

    /// Takes a record that was just written, or is read in the order of writing.
    void take(JournalRecord record, long location, SegmentTable segments) {
        switch (record) {
            case JournalRecord.HardStateSet _ -> hardState(location, segments);
            case JournalRecord.EntryAppended(var _, var entry) ->
                    appended(entry.index(), location, segments);
            case JournalRecord.EntryCopied(var _, var entry) ->
                    copied(entry.index(), location, segments);
            case JournalRecord.LogBegins(var _, var beginning, var upTo, var _, var _) ->
                    begins(beginning, upTo.index(), location, segments);
            case JournalRecord.ReplicaCreated(var replica, var before) -> {
                voidBefore(before, segments);
                hosted = replica.self();
                segments.gain(location);
                segments.lose(replicaAt);
                replicaAt = location;
            }
            case JournalRecord.InstallBegun _ -> {
                segments.gain(location);
                segments.lose(installAt);
                installAt = location;
            }
            case JournalRecord.ReplicasGone(var _, var replicas, var before) -> {
                voidBefore(before, segments);
                segments.gain(location);
                segments.lose(goneAt);
                goneAt = location;
                if (quarantined != null && replicas.contains(quarantined)) {
                    quarantined = null;
                    segments.lose(quarantineAt);
                    quarantineAt = IndexWindow.MISSING;
                }
            }
            case JournalRecord.ReplicaQuarantined(var _, var replica, var _, var before) -> {
                voidBefore(before, segments);
                quarantined = replica;
                segments.gain(location);
                segments.lose(quarantineAt);
                quarantineAt = location;
            }
            case JournalRecord.Batch _, JournalRecord.Account _, JournalRecord.SegmentsRetired _ ->
                    throw new IllegalArgumentException("not about a group: " + record);
        }
    }

    void hardState(long location, SegmentTable segments) {
        segments.gain(location);
        segments.lose(hardStateAt);
        hardStateAt = location;
    }

    /// An entry replaces all from its index on.
    void appended(long index, long location, SegmentTable segments) {
        for (long old = Math.max(index, entries.first()); old < entries.end(); old++) {
            lose(entries.at(old), segments);
        }
        entries.truncateFrom(index);
        if (index > beginsAfter) {
            entries.put(index, location);
            gain(location, segments);
        }
    }

    /// Whether the record at `location` is still needed.
    boolean needs(JournalRecord record, long location) {
        return switch (record) {
            case JournalRecord.HardStateSet _ -> hardStateAt == location;
            case JournalRecord.EntryAppended(var _, var entry) ->
                    entries.at(entry.index()) == location;
            case JournalRecord.EntryCopied(var _, var entry) ->
                    entries.at(entry.index()) == location;
            case JournalRecord.LogBegins _ -> beginningAt == location;
            case JournalRecord.ReplicaCreated _ -> replicaAt == location;
            case JournalRecord.InstallBegun _ -> installAt == location;
            case JournalRecord.ReplicasGone _ -> goneAt == location;
            case JournalRecord.ReplicaQuarantined _ -> quarantineAt == location;
            case JournalRecord.Batch _, JournalRecord.Account _, JournalRecord.SegmentsRetired _ ->
                    false;
        };
    }

    /// Whether a record about replicas that were here before lies where the test says.
    boolean othersNeedAny(LongPredicate where) {
        return where.test(goneAt) || where.test(quarantineAt);
    }

    /// Whether a record about the replica that is hosted lies where the test says.
    boolean hostedNeedsAny(LongPredicate where) {
        boolean any =
                where.test(replicaAt)
                        || where.test(hardStateAt)
                        || where.test(beginningAt)
                        || where.test(installAt);
        for (long index = entries.first(); !any && index < entries.end(); index++) {
            any = where.test(entries.at(index));
        }
        return any;
    }

    /// Notes that the needed record was copied to `location`.
    void moved(JournalRecord record, long location, SegmentTable segments) {
        switch (record) {
            case JournalRecord.EntryAppended(var _, var entry) ->
                    copied(entry.index(), location, segments);
            case JournalRecord.LogBegins _ -> {
                segments.gain(location);
                segments.lose(beginningAt);
                beginningAt = location;
            }
            case JournalRecord.ReplicaCreated(var replica, var _) ->
                    take(
                            new JournalRecord.ReplicaCreated(replica, JournalRecord.Before.STANDS),
                            location,
                            segments);
            case JournalRecord.ReplicasGone(var of, var replicas, var _) ->
                    take(
                            new JournalRecord.ReplicasGone(
                                    of, replicas, JournalRecord.Before.STANDS),
                            location,
                            segments);
            case JournalRecord.ReplicaQuarantined(var of, var replica, var cause, var _) ->
                    take(
                            new JournalRecord.ReplicaQuarantined(
                                    of, replica, cause, JournalRecord.Before.STANDS),
                            location,
                            segments);
            case JournalRecord.HardStateSet _,
                    JournalRecord.EntryCopied _,
                    JournalRecord.InstallBegun _ ->
                    take(record, location, segments);
            case JournalRecord.Batch _, JournalRecord.Account _, JournalRecord.SegmentsRetired _ ->
                    throw new IllegalStateException("nobody needs " + record);
        }
    }

    /// An entry lies elsewhere now; those after it stay.
    private void copied(long index, long location, SegmentTable segments) {
        if (index > beginsAfter) {
            lose(entries.at(index), segments);
            entries.put(index, location);
            gain(location, segments);
        }
    }

    private void gain(long location, SegmentTable segments) {
        segments.gain(location);
        entryBytes += Location.length(location);
    }

    private void lose(long location, SegmentTable segments) {
        if (location != IndexWindow.MISSING) {
            segments.lose(location);
            entryBytes -= Location.length(location);
        }
    }

    private void begins(
            JournalRecord.Beginning beginning, long after, long location, SegmentTable segments) {
        if (beginning == JournalRecord.Beginning.INSTALLED_ALONE) {
            dropEntries(segments);
        }
        if (beginning != JournalRecord.Beginning.COMPACTED) {
            segments.lose(installAt);
            installAt = IndexWindow.MISSING;
        }
        segments.gain(location);
        segments.lose(beginningAt);
        beginningAt = location;
        beginsAfter = after;
        for (long old = entries.first(); old < entries.end() && old <= after; old++) {
            lose(entries.at(old), segments);
        }
        entries.dropThrough(after);
    }

    private void voidBefore(JournalRecord.Before before, SegmentTable segments) {
        if (before == JournalRecord.Before.VOID) {
            voidLog(segments);
        }
    }

    /// Nothing of the replica that was hosted is needed any more.
    void voidLog(SegmentTable segments) {
        hosted = null;
        dropEntries(segments);
        beginsAfter = 0;
        segments.lose(replicaAt);
        segments.lose(hardStateAt);
        segments.lose(beginningAt);
        segments.lose(installAt);
        replicaAt = IndexWindow.MISSING;
        hardStateAt = IndexWindow.MISSING;
        beginningAt = IndexWindow.MISSING;
        installAt = IndexWindow.MISSING;
    }

    private void dropEntries(SegmentTable segments) {
        for (long old = entries.first(); old < entries.end(); old++) {
            lose(entries.at(old), segments);
        }
        entries.truncateFrom(entries.first());
    }
}
