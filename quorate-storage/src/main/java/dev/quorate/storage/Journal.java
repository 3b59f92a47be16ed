package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The one append-only log in which a node remembers all its replicas: term, vote, entries.
///
/// [#create], [#append] and [#compact] only collect; [#commit] makes all of it durable with one
/// force, however many groups took part. The caller bounds what it collects before it commits.
///
/// A failed write or force fails the journal for good: every later call throws, because the kernel
/// may have dropped what it could not write. A full disk is met before anything is written, and the
/// collected batch stays for another try (rule R8).
///
/// Blocking, not thread-safe: one lane owns it. Reads no clock and starts no thread.
public final class Journal implements AutoCloseable {
    private final JournalOptions options;
    private final SegmentTable segments;
    private final Map<GroupId, ReplicaLog> logs;
    private final List<StoredReplica> recovered;
    private final BatchWriter writer;
    private final Reclaim reclaim;
    private final LogReader reader;
    private final List<Pending> pending = new ArrayList<>();
    private boolean forcedIsStated = true;
    private @Nullable String unusable;

    /// Something that the next commit writes.
    private sealed interface Pending {
        record Create(ReplicaLog log, ReplicaRecord replica) implements Pending {}

        record Append(ReplicaLog log, @Nullable HardState hardState, List<Entry> entries)
                implements Pending {}

        record Compact(ReplicaLog log, long index, long term) implements Pending {}
    }

    private Journal(Disk disk, JournalOptions options, Recovery recovery) {
        this.options = options;
        segments = recovery.segments();
        logs = recovery.logs();
        recovered = List.copyOf(recovery.stored());
        writer = new BatchWriter(disk, segments, options);
        reclaim = new Reclaim(disk, options, segments, logs);
        reader = new LogReader(disk, segments);
    }

    /// Recovers the journal in `disk`, verifying every checksum, or begins an empty one. What the
    /// last life had not forced may be there in part, as a prefix of what it wrote.
    ///
    /// @throws JournalDamaged if something is missing or wrong that was once forced (rule R5)
    /// @throws Disk.DiskFull if there is no room for the first segment; an existing journal goes on
    ///   in its newest segment if need be
    /// @throws Disk.StorageFailure if the disk reports an error, or holds another node's journal
    public static Journal open(Disk disk, JournalOptions options) {
        return new Journal(disk, options, Recovery.of(disk, options));
    }

    /// What recovery found, one per group that exists, by group id.
    public List<StoredReplica> recovered() {
        return recovered;
    }

    /// Collects the existence of a replica. Repeating it replaces the record and keeps the log.
    ///
    /// @throws IllegalArgumentException if the replica has more than 64 members
    public void create(ReplicaRecord replica) {
        requireUsable();
        if (replica.members().size() > RecordFormat.MEMBERS_MAX) {
            throw new IllegalArgumentException(
                    "%s has %d members, at most %d are possible"
                            .formatted(
                                    replica.group(),
                                    replica.members().size(),
                                    RecordFormat.MEMBERS_MAX));
        }
        ReplicaLog log = logs.computeIfAbsent(replica.group(), ReplicaLog::new);
        pending.add(new Pending.Create(log, replica));
    }

    /// Collects a replica's hard state and the end of its log.
    ///
    /// @param hardState null when it has not changed
    /// @param entries consecutive; they replace everything from the first one's index on; may be
    ///   empty; the list must not change before the commit
    /// @throws EntryTooLarge if an entry exceeds the journal's limit; nothing was collected
    /// @throws IllegalArgumentException if the group was not created, or the entries leave a hole
    ///   or reach into what was compacted; nothing was collected
    public void append(GroupId group, @Nullable HardState hardState, List<Entry> entries) {
        requireUsable();
        ReplicaLog log = log(group);
        if (!entries.isEmpty()) {
            requireSound(group, entries);
            long first = entries.getFirst().index();
            if (!log.acceptsAppend(first, entries.getLast().index())) {
                throw new IllegalArgumentException(
                        "%s: entries from %d do not continue a log that ends at %d"
                                .formatted(group, first, log.lastAppended()));
            }
        }
        pending.add(new Pending.Append(log, hardState, entries));
    }

    /// Collects that a group's entries up to (`term`, `index`) will never be asked for again. Less
    /// than was compacted before changes nothing.
    ///
    /// @throws IllegalArgumentException if the log does not reach `index`
    public void compact(GroupId group, long index, long term) {
        requireUsable();
        ReplicaLog log = log(group);
        if (index > log.lastAppended()) {
            throw new IllegalArgumentException(
                    "%s: compaction to %d of a log that ends at %d"
                            .formatted(group, index, log.lastAppended()));
        }
        if (log.advancesCompaction(index)) {
            pending.add(new Pending.Compact(log, index, term));
        }
    }

    /// Writes what was collected since the last commit, and forces it. On return all of it is
    /// durable.
    ///
    /// @throws Disk.DiskFull if there is no room; nothing collected is lost, commit again later
    /// @throws Disk.StorageFailure if the disk failed; the journal is of no use any more
    /// @throws JournalDamaged if an old segment cannot be read any more; likewise
    public void commit() {
        requireUsable();
        if (pending.isEmpty()) {
            return;
        }
        if (!isProvided()) {
            makeRoom();
            provide();
        }
        writeBatch(pending);
        pending.clear();
    }

    /// Uses the time when the lane has nothing to do: states once that all was forced (rule R5),
    /// prepares segments, frees old ones. Does nothing if there is nothing of it to do.
    ///
    /// @throws Disk.StorageFailure if the disk failed; the journal is of no use any more
    public void idle() {
        requireUsable();
        try {
            segments.provide(options.sparesKept());
        } catch (Disk.DiskFull _) {
            // nobody needs it yet; a commit that does will say so
        } catch (Disk.StorageFailure e) {
            throw failed(e);
        }
        boolean reclaims = segments.hasSpare() && reclaim.isDue();
        boolean states = !forcedIsStated && writer.fits(RecordFormat.BATCH_BYTES);
        if (pending.isEmpty() && (reclaims || states)) {
            writeBatch(List.of());
        }
    }

    /// Reads committed entries back, from `fromIndex` on. What was collected but not committed is
    /// not seen.
    ///
    /// @param bytesMax where to stop, in bytes on disk; one entry is always read
    /// @return consecutive entries; none if the first one was compacted or does not exist
    /// @throws JournalDamaged if an entry cannot be read any more
    public List<Entry> read(GroupId group, long fromIndex, int bytesMax) {
        requireUsable();
        ReplicaLog log = logs.get(group);
        return log == null ? List.of() : reader.read(log, fromIndex, bytesMax);
    }

    /// Bytes of all segments in use: what the journal costs, spares aside.
    public long totalBytes() {
        return segments.totalBytes();
    }

    /// Bytes of all records that are still needed.
    public long liveBytes() {
        return segments.liveBytes();
    }

    /// Whether commits with entries need not fear a full disk soon; false from the first refused
    /// preallocation on until one succeeds or segments are recycled (the soft limit of rule R8).
    public boolean hasHeadroom() {
        return !segments.isFull();
    }

    /// States that all was forced, if there is room for that, and ends. What was not committed is
    /// forgotten.
    @Override
    public void close() {
        if (unusable == null) {
            if (!forcedIsStated && writer.fits(RecordFormat.BATCH_BYTES)) {
                writeBatch(List.of());
            }
            unusable = "the journal is closed";
        }
    }

    private boolean isProvided() {
        try {
            provide();
            return true;
        } catch (Disk.DiskFull _) {
            return false;
        }
    }

    private void provide() {
        try {
            segments.provide(spareSegmentsWanted());
        } catch (Disk.StorageFailure e) {
            throw failed(e);
        }
    }

    private void writeBatch(List<Pending> batch) {
        try {
            writer.batch();
            for (Pending next : batch) {
                write(next);
            }
            long oldestBefore = segments.oldest().sequence();
            long oldestNeeded = reclaim.write(writer);
            writer.finish();
            forcedIsStated = writer.isOnlyStatement();
            if (oldestNeeded != oldestBefore) {
                segments.retire(oldestNeeded);
            }
        } catch (RuntimeException e) {
            throw failed(e);
        }
    }

    private void write(Pending next) {
        switch (next) {
            case Pending.Create(var log, var replica) ->
                    log.created(writer.replica(replica), segments);
            case Pending.Append(var log, var hardState, var entries) -> {
                long group = log.group().value();
                if (hardState != null) {
                    log.hardState(writer.hardState(group, hardState), segments);
                }
                for (int i = 0; i < entries.size(); i++) {
                    Entry entry = entries.get(i);
                    log.appended(entry.index(), writer.entry(group, entry), segments);
                }
            }
            case Pending.Compact(var log, long index, long term) ->
                    log.compacted(
                            index, writer.compaction(log.group().value(), index, term), segments);
        }
    }

    /// Counts the segments that the batch will start. With entries it must leave one as a reserve,
    /// from which hard states, compactions and copies live while the disk is full (rule R8).
    private int spareSegmentsWanted() {
        SegmentFill fill = new SegmentFill(options.segmentBytes(), segments.current().end());
        fill.add(RecordFormat.BATCH_BYTES);
        boolean anyEntries = false;
        for (Pending next : pending) {
            switch (next) {
                case Pending.Create(var _, var replica) ->
                        fill.add(RecordFormat.replicaBytes(replica));
                case Pending.Append(var _, var hardState, var entries) -> {
                    if (hardState != null) {
                        fill.add(RecordFormat.HARD_STATE_BYTES);
                    }
                    for (int i = 0; i < entries.size(); i++) {
                        fill.add(RecordFormat.entryBytes(entries.get(i).payload().length()));
                    }
                    anyEntries |= !entries.isEmpty();
                }
                case Pending.Compact _ -> fill.add(RecordFormat.COMPACTION_BYTES);
            }
        }
        return fill.segmentsStarted() + (anyEntries ? 1 : 0);
    }

    /// While the disk is full: writes the compactions of the batch ahead of the rest, and frees
    /// what they freed. They concern entries that were committed before, so the order is free.
    private void makeRoom() {
        List<Pending> compactions = new ArrayList<>();
        int bytesMax = options.segmentBytes() - Segment.HEADER_BYTES;
        int bytes = RecordFormat.BATCH_BYTES;
        for (Pending next : pending) {
            if (next instanceof Pending.Compact(var log, long index, long _)
                    && index <= log.lastIndex()
                    && bytes + RecordFormat.COMPACTION_BYTES <= bytesMax) {
                bytes += RecordFormat.COMPACTION_BYTES;
                compactions.add(next);
            }
        }
        boolean room = segments.hasSpare() || writer.fits(bytes);
        if (room && (!compactions.isEmpty() || reclaim.isDue())) {
            writeBatch(compactions);
            pending.removeAll(compactions);
        }
    }

    private ReplicaLog log(GroupId group) {
        ReplicaLog log = logs.get(group);
        if (log == null) {
            throw new IllegalArgumentException(group + " was never created in this journal");
        }
        return log;
    }

    private void requireSound(GroupId group, List<Entry> entries) {
        long expected = entries.getFirst().index();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (entry.payload().length() > options.entryBytesMax()) {
                throw new EntryTooLarge(
                        "%s: entry %s has %d bytes, at most %d are allowed"
                                .formatted(
                                        group,
                                        entry.position(),
                                        entry.payload().length(),
                                        options.entryBytesMax()));
            }
            if (entry.index() != expected++) {
                throw new IllegalArgumentException(
                        "%s: entry %s does not follow the one before it"
                                .formatted(group, entry.position()));
            }
        }
    }

    private void requireUsable() {
        if (unusable != null) {
            throw new Disk.StorageFailure(unusable);
        }
    }

    private RuntimeException failed(RuntimeException cause) {
        unusable = "the journal failed and is not used any more: " + cause.getMessage();
        return cause;
    }
}
