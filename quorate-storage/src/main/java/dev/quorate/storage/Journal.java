package dev.quorate.storage;

import dev.quorate.core.LostReplica;
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
import java.util.SortedMap;
import java.util.TreeSet;
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
    private List<GoneReplica> gone;
    private final List<JournalDamage> damages;
    private final BatchWriter writer;
    private final Accounts accounts;
    private final Reclaim reclaim;
    private final LogReader reader;
    private final Shares shares;
    private final PendingBatch pending = new PendingBatch();
    private boolean forcedIsStated = true;
    private boolean atHardLimit;
    private @Nullable String unusable;

    private Journal(Disk disk, JournalOptions options, Recovery recovery) {
        this.options = options;
        segments = recovery.segments();
        logs = recovery.logs();
        recovered = List.copyOf(recovery.found().stored());
        damages = List.copyOf(recovery.found().damages());
        writer = new BatchWriter(disk, segments, options);
        accounts = new Accounts(options, segments, logs);
        reclaim = new Reclaim(disk, options, segments, logs, accounts);
        reader = new LogReader(disk, segments);
        shares = new Shares(options, logs.values());
        gone = quarantined(recovery.found());
    }

    /// Puts those in quarantine, durably, that have lost something (rule R7).
    private List<GoneReplica> quarantined(Replay.Result found) {
        TreeSet<GoneReplica> all = new TreeSet<>(found.gone());
        for (Replay.Lost lost : found.lost()) {
            ReplicaId replica = lost.replica();
            if (replica != null) {
                String cause = RecordFormat.shortened(lost.damage().sentence());
                quarantine(lost.group(), replica, cause);
                all.add(new GoneReplica(lost.group(), replica, GoneReplica.End.QUARANTINED, cause));
            }
        }
        commit();
        return List.copyOf(all);
    }

    /// Recovers the journal in `disk`, verifying every checksum, or begins an empty one. What the
    /// last life had not forced may be there in part, as a prefix of what it wrote.
    ///
    /// Something may be missing or wrong that was once forced (rule R5): [#damages()] says so, and
    /// the replicas that may have lost something by it are in quarantine, durably (rule R7). The
    /// others go on.
    ///
    /// @throws Disk.DiskFull if there is no room for the first segment, or for saying who is in
    ///   quarantine; an existing journal goes on in its newest segment if need be
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

    /// What recovery found damaged. It does not name whoever has lost every record: see
    /// [#quarantineMissing].
    public List<JournalDamage> damages() {
        return damages;
    }

    /// Collects the existence of a replica. Repeating it replaces the record and keeps the log.
    ///
    /// @throws IllegalArgumentException if the replica has more than 64 founders, was here before
    ///   and is gone, or another one of the group is still here; nothing was collected
    public void create(ReplicaRecord replica) {
        requireUsable();
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
            PendingBatch.requireSound(group, entries, options.entryBytesMax());
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

    /// Puts those in quarantine, durably, of whom the journal knows nothing, though they are known
    /// from elsewhere to have been durable here: they have lost everything (rule R7). To be asked
    /// once, after the start.
    ///
    /// @param known the replica of each group that this node hosts, by group id
    /// @throws Disk.DiskFull if there is no room for saying so
    public void quarantineMissing(SortedMap<GroupId, ReplicaId> known) {
        TreeSet<GoneReplica> all = new TreeSet<>(gone);
        known.forEach((group, replica) -> {
            ReplicaLog log = logs.get(group);
            if (log == null || !log.promise().knows(replica)) {
                String cause = "the journal has no record of " + replica + " any more";
                quarantine(group, replica, cause);
                all.add(new GoneReplica(group, replica, GoneReplica.End.QUARANTINED, cause));
            }
        });
        commit();
        gone = List.copyOf(all);
    }

    /// Says what has rotted and had to be copied out of an old segment, and collects the quarantine
    /// of those who have lost something by it. To be asked after each commit and each [#idle]:
    /// until then no more segments are emptied.
    public JournalRot quarantineRotten() {
        requireUsable();
        List<LostReplica> lost = new ArrayList<>();
        for (Reclaim.Rotten rotten : reclaim.takeRotten()) {
            ReplicaLog log = rotten.log();
            String cause = RecordFormat.shortened(rotten.damage().sentence());
            ReplicaId replica = log.hosted();
            if (rotten.hosted() && replica != null && replica.equals(hosted(log.group()))) {
                quarantine(log.group(), replica, cause);
                lost.add(new LostReplica(log.group(), replica, cause));
            }
            if (rotten.others()) {
                log.promise().sayAgain(log.group(), cause).forEach(said -> collect(log, said));
            }
        }
        return new JournalRot(reclaim.takeDamages(), lost);
    }

    /// The group's replica that is hosted here, with all that was collected; null for none.
    public @Nullable ReplicaId hosted(GroupId group) {
        ReplicaLog log = logs.get(group);
        return log == null ? null : log.promise().hosted();
    }

    /// Writes what was collected since the last commit, and forces it. On return all of it is
    /// durable.
    ///
    /// @throws Disk.DiskFull if there is no room; nothing collected is lost, commit again later
    /// @throws Disk.StorageFailure if the disk failed; the journal is of no use any more
    public void commit() {
        requireUsable();
        if (pending.isEmpty()) {
            return;
        }
        if (!isProvided()) {
            makeRoom();
            provide();
        }
        writeBatch(pending.all());
        pending.clear();
    }

    /// Uses the time when the lane has nothing to do: states once that all was forced (rule R5),
    /// prepares segments, frees old ones. Does nothing if there is nothing of it to do.
    ///
    /// @return whether there is more to do
    /// @throws Disk.StorageFailure if the disk failed; the journal is of no use any more
    public boolean idle() {
        requireUsable();
        try {
            segments.provide(options.sparesKept());
        } catch (Disk.DiskFull _) {
            // nobody needs it yet; a commit that does will say so
        } catch (Disk.StorageFailure e) {
            throw failed(e);
        }
        boolean reclaims = segments.hasSpare() && reclaim.isDue();
        if (pending.isEmpty() && (reclaims || !forcedIsStated)) {
            settle(reclaims);
        }
        return pending.isEmpty() && reclaims && segments.hasSpare() && reclaim.isDue();
    }

    /// Reads committed entries back, from `fromIndex` on. What was collected but not committed is
    /// not seen.
    ///
    /// @param bytesMax where to stop, in bytes on disk; one entry is always read
    /// @return consecutive entries; none if the first one was compacted or does not exist
    /// @throws JournalDamaged if an entry cannot be read any more; the journal goes on, and the
    ///   replica is to be put in quarantine
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
    /// preallocation on until one succeeds or segments are recycled.
    public boolean hasHeadroom() {
        return !segments.isFull() && !atHardLimit;
    }

    /// Whether groups should let go of what they can: the journal is over its budget, though all
    /// was freed that could be, or has no headroom.
    public boolean isPressed() {
        return !hasHeadroom() || segments.totalBytes() > options.budgetBytes();
    }

    /// Whether no more should be asked of the journal than must be: it is well over its budget, or
    /// has no headroom (the soft limit of rule R8).
    public boolean isShort() {
        return !hasHeadroom() || segments.totalBytes() > options.softBytes();
    }

    /// Which groups have come to hold too much of the journal, or do not any more, since this was
    /// last asked; after the start, which do.
    public List<Shares.Change> takeShareChanges() {
        return shares.takeChanges();
    }

    /// States that all was forced, if there is room for that, and ends. What was not committed is
    /// forgotten.
    @Override
    public void close() {
        if (unusable == null) {
            if (!forcedIsStated) {
                settle(false);
            }
            unusable = "the journal is closed";
        }
    }

    /// States twice up to where all was forced: in the segment, if there is room, and apart from
    /// it.
    private void settle(boolean reclaims) {
        if (reclaims || writer.fits(RecordFormat.BATCH_BYTES)) {
            writeBatch(List.of());
        } else {
            forcedIsStated = true;
        }
        try {
            Segment current = segments.current();
            segments.anchor().remember(current.sequence(), current.end());
        } catch (RuntimeException e) {
            throw failed(e);
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
        int started = pending.segmentsStarted(options.segmentBytes(), segments.current().end());
        boolean anyEntries = pending.hasEntries();
        long bytes = segments.totalBytes() + (long) started * options.segmentBytes();
        atHardLimit = anyEntries && started > 0 && bytes > options.hardBytes();
        if (atHardLimit) {
            throw new Disk.DiskFull(
                    "the journal would have %d bytes, at most %d are allowed"
                            .formatted(bytes, options.hardBytes()));
        }
        try {
            // with entries one must stay as a reserve, from which hard states, compactions and
            // copies live while the disk is full (rule R8)
            segments.provide(started + (anyEntries ? 1 : 0));
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
            accounts.wrote(writer.bytesInBatch());
            if (batch.isEmpty()) {
                accounts.writeIfOpen(writer);
            } else {
                accounts.writeIfDue(writer);
            }
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
                    int ordinal = accounts.next(log);
                    log.hardState(writer.hardState(group, hardState, ordinal), segments);
                }
                for (int i = 0; i < entries.size(); i++) {
                    Entry entry = entries.get(i);
                    long location = writer.entry(group, entry, accounts.next(log));
                    log.appended(entry.index(), location, segments);
                }
                shares.look(log);
            }
            case Pending.Other(var log, var record) -> {
                log.take(record, writer.record(record, accounts.next(log)), segments);
                shares.look(log);
            }
        }
    }

    /// While the disk is full: writes what frees space ahead of the rest, and frees it.
    private void makeRoom() {
        List<Pending> ahead = pending.thoseThatFreeSpace(options.segmentBytes());
        boolean room = segments.hasSpare() || writer.fits(Pending.bytesOf(ahead));
        if (room && (!ahead.isEmpty() || reclaim.isDue())) {
            writeBatch(ahead);
            pending.removeAll(ahead);
        }
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
