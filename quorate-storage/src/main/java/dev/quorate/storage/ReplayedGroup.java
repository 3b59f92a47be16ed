package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.Restored;
import dev.quorate.raft.Restored.Configured;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One group as far as its records were read. Copied records may come later than what follows them
/// in the log, so there can be holes until the end.
final class ReplayedGroup {
    private final ReplicaLog log;
    private final IndexWindow terms = new IndexWindow();
    private final TreeMap<Long, Configuration> configurations = new TreeMap<>();
    private HardState hardState = HardState.INITIAL;
    private LogPosition beginsAfter = LogPosition.ZERO;
    private @Nullable ReplicaRecord record;
    private @Nullable SnapshotMeta installing;
    private List<ReplicaId> gone = List.of();
    private JournalRecord.@Nullable ReplicaQuarantined quarantined;
    private long stampedIndex;
    private long stampMicros;
    private long installedMicros;
    private @Nullable ReplicaId accountedReplica;
    private boolean seen;
    private boolean lost;
    private int verified;
    private int ordinal;

    ReplayedGroup(GroupId group) {
        log = new ReplicaLog(group);
    }

    GroupId id() {
        return log.group();
    }

    /// Whether it is known which number its last record had.
    boolean isSeen() {
        return seen;
    }

    /// Whether something of it is certainly missing.
    boolean isLost() {
        return lost;
    }

    /// How many of the damaged places lie behind the last one in which nothing of it can be
    /// missing.
    int verified() {
        return verified;
    }

    /// Number of its last record.
    int ordinal() {
        return ordinal;
    }

    void ordinal(int ofLast) {
        ordinal = ofLast;
        seen = true;
    }

    /// Nothing of it is missing in so many damaged places.
    void verified(int damages, int ofLast) {
        verified = damages;
        lost = false;
        ordinal(ofLast);
    }

    void lose() {
        lost = true;
    }

    /// An account says so.
    void hosts(ReplicaId replica) {
        accountedReplica = replica;
    }

    /// The replica that is or was hosted, as far as anything says so.
    @Nullable ReplicaId replica() {
        return record == null ? accountedReplica : record.self();
    }

    /// Takes the next record.
    ///
    /// @throws IllegalArgumentException if it cannot follow what came before
    void add(JournalRecord next, long location, SegmentTable segments) {
        switch (next) {
            case JournalRecord.ReplicaCreated(var replica, var before) -> {
                voidBefore(before);
                record = replica;
            }
            case JournalRecord.HardStateSet(var _, var state) -> hardState = state;
            case JournalRecord.EntryAppended(var _, var entry) -> {
                terms.truncateFrom(entry.index());
                configurations.tailMap(entry.index(), true).clear();
                put(entry);
                stamped(entry.index(), entry.stampMicros());
            }
            case JournalRecord.EntryCopied(var _, var entry) -> {
                put(entry);
                if (entry.index() > stampedIndex) {
                    stamped(entry.index(), entry.stampMicros());
                }
            }
            case JournalRecord.LogBegins begins -> begins(begins);
            case JournalRecord.InstallBegun(var _, var meta) -> installing = meta;
            case JournalRecord.ReplicasGone(var _, var replicas, var before) -> {
                voidBefore(before);
                gone = replicas;
                if (quarantined != null && gone.contains(quarantined.replica())) {
                    quarantined = null;
                }
            }
            case JournalRecord.ReplicaQuarantined quarantine -> {
                voidBefore(quarantine.before());
                quarantined = quarantine;
            }
            case JournalRecord.Batch _, JournalRecord.Account _, JournalRecord.SegmentsRetired _ ->
                    throw new IllegalArgumentException("not about a group: " + next);
        }
        log.take(next, location, segments);
    }

    /// The replica that is hosted; null if there is none.
    ///
    /// @throws IllegalArgumentException if the records leave a hole, naming it
    @Nullable StoredReplica stored() {
        if (record == null) {
            if (terms.isEmpty()
                    && hardState.equals(HardState.INITIAL)
                    && beginsAfter.index() == 0
                    && installing == null) {
                return null;
            }
            throw new IllegalArgumentException(log.group() + " has records but no replica");
        }
        return new StoredReplica(
                record,
                new Restored(
                        hardState,
                        beginsAfter,
                        termStarts(),
                        log.lastIndex(),
                        lastStampMicros(),
                        configured(),
                        installing,
                        installedMicros));
    }

    /// Those that may never come back, by replica id.
    List<GoneReplica> gone() {
        List<GoneReplica> all = new ArrayList<>();
        for (ReplicaId replica : gone) {
            all.add(
                    new GoneReplica(
                            log.group(), replica, GoneReplica.End.DESTROYED, "it was removed"));
        }
        if (quarantined != null) {
            all.add(
                    new GoneReplica(
                            log.group(),
                            quarantined.replica(),
                            GoneReplica.End.QUARANTINED,
                            quarantined.cause()));
            all.sort(null);
        }
        return all;
    }

    /// Where the records lie, with what the caller will know.
    ///
    /// @param whole whether all records are there; else nothing of the log is kept
    ReplicaLog settled(SegmentTable segments, boolean whole) {
        log.ordinal(ordinal);
        log.promise()
                .settle(
                        whole ? (record == null ? null : record.self()) : replica(),
                        gone,
                        quarantined == null ? null : quarantined.replica(),
                        whole && installing != null);
        if (whole) {
            log.promise().settleLog(beginsAfter.index(), log.lastIndex(), lastStampMicros());
        } else {
            log.voidLog(segments);
        }
        return log;
    }

    private void begins(JournalRecord.LogBegins begins) {
        long index = begins.upTo().index();
        if (begins.beginning() == JournalRecord.Beginning.INSTALLED_ALONE) {
            terms.truncateFrom(terms.first());
            configurations.clear();
            stampedIndex = 0;
        }
        boolean installed = begins.beginning() != JournalRecord.Beginning.COMPACTED;
        if (installed) {
            installing = null;
        }
        installedMicros = installed ? begins.stampMicros() : 0;
        beginsAfter = begins.upTo();
        terms.dropThrough(index);
        configurations.headMap(index, true).clear();
        configurations.put(index, begins.configuration());
        if (index >= stampedIndex) {
            stamped(index, begins.stampMicros());
        }
    }

    private void put(Entry entry) {
        if (!terms.accepts(entry.index())) {
            throw new IllegalArgumentException(
                    "%s: entry %s is far from the rest of the log"
                            .formatted(log.group(), entry.position()));
        }
        if (entry.index() > beginsAfter.index()) {
            terms.put(entry.index(), entry.term());
            if (entry.kind() == Entry.Kind.CONFIGURATION) {
                configurations.put(entry.index(), Configuration.decode(entry.payload()));
            }
        }
    }

    private void stamped(long index, long micros) {
        stampedIndex = index;
        stampMicros = micros;
    }

    private long lastStampMicros() {
        return stampedIndex == log.lastIndex() ? stampMicros : 0;
    }

    private void voidBefore(JournalRecord.Before before) {
        if (before == JournalRecord.Before.STANDS) {
            return;
        }
        terms.truncateFrom(terms.first());
        configurations.clear();
        hardState = HardState.INITIAL;
        beginsAfter = LogPosition.ZERO;
        record = null;
        accountedReplica = null;
        installing = null;
        stampedIndex = 0;
        stampMicros = 0;
        installedMicros = 0;
    }

    private List<TermStart> termStarts() {
        List<TermStart> starts = new ArrayList<>();
        long before = 0;
        for (long index = beginsAfter.index() + 1; index <= log.lastIndex(); index++) {
            long term = terms.at(index);
            if (term == IndexWindow.MISSING) {
                throw new IllegalArgumentException(
                        "%s: entry %d is missing from the log".formatted(log.group(), index));
            }
            if (term != before) {
                starts.add(new TermStart(term, index));
                before = term;
            }
        }
        return starts;
    }

    private List<Configured> configured() {
        List<Configured> all = new ArrayList<>(configurations.size());
        configurations.forEach(
                (index, configuration) -> all.add(new Configured(index, configuration)));
        return all;
    }
}
