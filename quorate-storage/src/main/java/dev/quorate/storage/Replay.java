package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.Restored;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Rebuilds from the records, in the order they were written, what was known when the journal was
/// last written.
final class Replay {
    private final SegmentTable segments;
    private final TreeMap<GroupId, Replica> replicas = new TreeMap<>();

    Replay(SegmentTable segments) {
        this.segments = segments;
    }

    /// Takes the next record.
    ///
    /// @throws IllegalArgumentException if it cannot follow what came before
    void add(JournalRecord record, long location) {
        GroupId group = record.group();
        if (group != null) {
            replicas.computeIfAbsent(group, Replica::new).add(record, location, segments);
        }
    }

    /// All replicas, by group id.
    ///
    /// @throws IllegalArgumentException if the records leave a hole, naming it
    List<StoredReplica> stored() {
        List<StoredReplica> stored = new ArrayList<>(replicas.size());
        for (Replica replica : replicas.values()) {
            stored.add(replica.stored());
        }
        return stored;
    }

    /// Where the records lie, per group.
    Map<GroupId, ReplicaLog> logs() {
        Map<GroupId, ReplicaLog> logs = new HashMap<>();
        for (Replica replica : replicas.values()) {
            replica.log.settle();
            logs.put(replica.log.group(), replica.log);
        }
        return logs;
    }

    /// One replica so far. Copied records may come later than what follows them in the log, so
    /// there can be holes until the end.
    private static final class Replica {
        private final ReplicaLog log;
        private final IndexWindow terms = new IndexWindow();
        private HardState hardState = HardState.INITIAL;
        private LogPosition compacted = LogPosition.ZERO;
        private @Nullable ReplicaRecord record;
        private long stampedIndex;
        private long stampMicros;

        Replica(GroupId group) {
            log = new ReplicaLog(group);
        }

        void add(JournalRecord next, long location, SegmentTable segments) {
            switch (next) {
                case JournalRecord.ReplicaCreated(var replica) -> {
                    record = replica;
                    log.created(location, segments);
                }
                case JournalRecord.HardStateSet(var _, var state) -> {
                    hardState = state;
                    log.hardState(location, segments);
                }
                case JournalRecord.EntryAppended(var _, var entry) -> {
                    terms.truncateFrom(entry.index());
                    put(entry.index(), entry.term());
                    log.appended(entry.index(), location, segments);
                    stamped(entry);
                }
                case JournalRecord.EntryCopied(var _, var entry) -> {
                    put(entry.index(), entry.term());
                    log.copied(entry.index(), location, segments);
                    if (entry.index() > stampedIndex) {
                        stamped(entry);
                    }
                }
                case JournalRecord.Compacted(var _, var upTo) -> {
                    compacted = upTo;
                    terms.dropThrough(upTo.index());
                    log.compacted(upTo.index(), location, segments);
                }
                case JournalRecord.Batch _, JournalRecord.SegmentsRetired _ ->
                        throw new IllegalArgumentException("not about a group: " + next);
            }
        }

        private void stamped(Entry entry) {
            stampedIndex = entry.index();
            stampMicros = entry.stampMicros();
        }

        private void put(long index, long term) {
            if (!terms.accepts(index)) {
                throw new IllegalArgumentException(
                        "%s: entry %d/%d is far from the rest of the log"
                                .formatted(log.group(), term, index));
            }
            if (index > compacted.index()) {
                terms.put(index, term);
            }
        }

        StoredReplica stored() {
            if (record == null) {
                throw new IllegalArgumentException(log.group() + " has records but no replica");
            }
            List<TermStart> starts = new ArrayList<>();
            long before = 0;
            for (long index = compacted.index() + 1; index < terms.end(); index++) {
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
            long lastStampMicros = stampedIndex == log.lastIndex() ? stampMicros : 0;
            return new StoredReplica(
                    record,
                    new Restored(hardState, compacted, starts, log.lastIndex(), lastStampMicros));
        }
    }
}
