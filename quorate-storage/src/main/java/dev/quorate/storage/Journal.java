package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The one append-only log in which a node remembers all its replicas: term, vote, entries.
///
/// [#create], [#append], [#compact] and their like only collect; [#commit] makes all of it durable
/// with one force, however many groups took part. The caller bounds what it collects before it
/// commits.
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
    private final List<GoneReplica> gone;
    private final BatchWriter writer;
    private final Reclaim reclaim;
    private final LogReader reader;
    private final List<Pending> pending = new ArrayList<>();
    private boolean forcedIsStated = true;
    private @Nullable String unusable;

    /// Something that the next commit writes.
    private sealed interface Pending {
        record Append(ReplicaLog log, @Nullable HardState hardState, List<Entry> entries)
                implements Pending {}

        record Other(ReplicaLog log, JournalRecord record) implements Pending {}
    }

    private Journal(Disk disk, JournalOptions options, Recovery recovery) {
        this.options = options;
        segments = recovery.segments();
        logs = recovery.logs();
        recovered = List.copyOf(recovery.stored());
        gone = List.copyOf(recovery.gone());
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

    /// The replicas that recovery found to have been here and that may never come back, by group
    /// and replica id.
    public List<GoneReplica> gone() {
        return gone;
    }

    /// Collects the existence of a replica. Repeating it replaces the record and keeps the log.
    ///
    /// @throws IllegalArgumentException if the replica has more than 64 founders, was here before
    ///   and is gone, or another one of the group is still here; nothing was collected
    public void create(ReplicaRecord replica) {
        requireUsable();
        if (replica.founders().size() > RecordFormat.MEMBERS_MAX) {
            throw new IllegalArgumentException(
                    "%s has %d founders, at most %d are possible"
                            .formatted(
                                    replica.group(),
                                    replica.founders().size(),
                                    RecordFormat.MEMBERS_MAX));
        }
        ReplicaLog log = logs.computeIfAbsent(replica.group(), ReplicaLog::new);
        JournalRecord.Before before = log.promise().created(replica);
        collect(log, new JournalRecord.ReplicaCreated(replica, before));
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
        }
        log.promise().appended(group, entries);
        pending.add(new Pending.Append(log, hardState, entries));
    }

    /// Collects that a group's entries up to (`term`, `index`) will never be asked for again. Less
    /// than was compacted before changes nothing.
    ///
    /// @param configuration in force at `index`
    /// @throws IllegalArgumentException if the log does not reach `index`
    public void compact(GroupId group, long index, long term, Configuration configuration) {
        requireUsable();
        ReplicaLog log = log(group);
        if (log.promise().compacted(group, index)) {
            collect(
                    log,
                    new JournalRecord.LogBegins(
                            group,
                            JournalRecord.Beginning.COMPACTED,
                            new LogPosition(term, index),
                            log.promise().lastStampMicros(),
                            configuration));
        }
    }

    /// Collects that the group's state machine is about to become a snapshot (rule R4, step 2).
    /// Until [#installed] a start finds the mark in [dev.quorate.raft.Restored#installing()].
    ///
    /// @throws IllegalArgumentException if the log begins behind the snapshot
    public void markInstalling(GroupId group, SnapshotMeta meta) {
        requireUsable();
        ReplicaLog log = log(group);
        log.promise().installBegun(group, meta);
        collect(log, new JournalRecord.InstallBegun(group, meta));
    }

    /// Collects that the snapshot is installed and the group's log begins after it (rule R4, step
    /// 4).
    ///
    /// @param suffix whether entries behind the snapshot stay
    /// @throws IllegalArgumentException if no installation was begun, or the log does not reach the
    ///   snapshot and what lies behind it is to stay
    public void installed(GroupId group, SnapshotMeta meta, Suffix suffix) {
        requireUsable();
        ReplicaLog log = log(group);
        JournalRecord.Beginning beginning =
                switch (suffix) {
                    case KEPT -> JournalRecord.Beginning.INSTALLED;
                    case DROPPED -> JournalRecord.Beginning.INSTALLED_ALONE;
                };
        log.promise().installed(group, meta, beginning);
        collect(
                log,
                new JournalRecord.LogBegins(
                        group,
                        beginning,
                        meta.position(),
                        meta.stampMicros(),
                        meta.configuration()));
    }

    /// What becomes of the log behind a snapshot that was installed.
    public enum Suffix {
        /// It stays.
        KEPT,
        /// It is dropped.
        DROPPED,
    }

    /// Collects that a replica is gone for good (rule R6): its log is dropped if it is hosted, and
    /// [#create] will refuse its id for ever.
    public void destroy(GroupId group, ReplicaId replica) {
        requireUsable();
        ReplicaLog log = logs.computeIfAbsent(group, ReplicaLog::new);
        JournalRecord.Before before = log.promise().destroyed(replica);
        collect(log, new JournalRecord.ReplicasGone(group, log.promise().gone(), before));
    }

    /// Collects that a replica has lost something that it had promised to keep (rule R7): its log
    /// is dropped if it is hosted, [#create] will refuse its id for ever, and [#gone] will tell.
    ///
    /// @param cause for people; what is too long for a record is cut
    public void quarantine(GroupId group, ReplicaId replica, String cause) {
        requireUsable();
        ReplicaLog log = logs.computeIfAbsent(group, ReplicaLog::new);
        ReplicaId earlier = log.promise().quarantined();
        if (earlier != null && !earlier.equals(replica)) {
            log.promise().destroyed(earlier);
            collect(
                    log,
                    new JournalRecord.ReplicasGone(
                            group, log.promise().gone(), JournalRecord.Before.STANDS));
        }
        JournalRecord.Before before = log.promise().quarantined(replica);
        String shortened = RecordFormat.shortened(cause);
        collect(log, new JournalRecord.ReplicaQuarantined(group, replica, shortened, before));
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
            case Pending.Other(var log, var record) ->
                    log.take(record, writer.record(record), segments);
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
                case Pending.Append(var _, var hardState, var entries) -> {
                    if (hardState != null) {
                        fill.add(RecordFormat.HARD_STATE_BYTES);
                    }
                    for (int i = 0; i < entries.size(); i++) {
                        fill.add(RecordFormat.entryBytes(entries.get(i).payload().length()));
                    }
                    anyEntries |= !entries.isEmpty();
                }
                case Pending.Other(var _, var record) -> fill.add(RecordFormat.bytes(record));
            }
        }
        return fill.segmentsStarted() + (anyEntries ? 1 : 0);
    }

    /// While the disk is full: writes the compactions of the batch ahead of the rest, and frees
    /// what they freed. They concern entries that were committed before, so the order is free.
    private void makeRoom() {
        List<Pending> compactions = new ArrayList<>();
        List<ReplicaLog> begunAnew = new ArrayList<>();
        int bytesMax = options.segmentBytes() - Segment.HEADER_BYTES;
        int bytes = RecordFormat.BATCH_BYTES;
        for (Pending next : pending) {
            if (!(next instanceof Pending.Other(var log, var record))) {
                continue;
            }
            if (!isCompaction(record)) {
                begunAnew.add(log);
            } else if (reaches(log, record) && !begunAnew.contains(log)) {
                int more = RecordFormat.bytes(record);
                if (bytes + more <= bytesMax) {
                    bytes += more;
                    compactions.add(next);
                }
            }
        }
        boolean room = segments.hasSpare() || writer.fits(bytes);
        if (room && (!compactions.isEmpty() || reclaim.isDue())) {
            writeBatch(compactions);
            pending.removeAll(compactions);
        }
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

    private void collect(ReplicaLog log, JournalRecord record) {
        pending.add(new Pending.Other(log, record));
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
            if (entry.kind() == Entry.Kind.CONFIGURATION) {
                Configuration.decode(entry.payload());
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
