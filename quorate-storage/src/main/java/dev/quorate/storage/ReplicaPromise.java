package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.raft.Entry;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the journal's caller knows of a group: all that was collected, committed or not. Judges
/// what may follow, and refuses the rest before anything is written.
final class ReplicaPromise {
    private @Nullable ReplicaId hosted;
    private List<ReplicaId> gone = List.of();
    private @Nullable ReplicaId quarantined;
    private boolean installing;
    private long lastIndex;
    private long beginsAfter;
    private long lastStampMicros;

    /// Recovery has found this.
    void settle(
            @Nullable ReplicaId found,
            List<ReplicaId> tombstones,
            @Nullable ReplicaId inQuarantine,
            boolean isInstalling) {
        hosted = found;
        gone = tombstones;
        quarantined = inQuarantine;
        installing = isInstalling;
    }

    /// Recovery has found a log like this.
    void settleLog(long after, long last, long stampMicros) {
        beginsAfter = after;
        lastIndex = last;
        lastStampMicros = stampMicros;
    }

    @Nullable ReplicaId hosted() {
        return hosted;
    }

    /// Replicas that were here and may never come back, oldest first.
    List<ReplicaId> gone() {
        return gone;
    }

    @Nullable ReplicaId quarantined() {
        return quarantined;
    }

    /// Whether the replica is, or was, here as far as anybody remembers.
    boolean knows(ReplicaId replica) {
        return replica.equals(hosted) || isGone(replica);
    }

    /// Log time of the last entry.
    long lastStampMicros() {
        return lastStampMicros;
    }

    /// Takes a new replica.
    ///
    /// @return what it does to what was here before
    JournalRecord.Before created(ReplicaRecord replica) {
        GroupId group = replica.group();
        int founders = replica.founders().size();
        int most = RecordFormat.MEMBERS_MAX;
        require(founders <= most, group, "%s founders, at most %s are possible", founders, most);
        if (replica.self().equals(hosted)) {
            return JournalRecord.Before.STANDS;
        }
        require(hosted == null, group, "%s is hosted, %s cannot be too", hosted, replica.self());
        require(!isGone(replica.self()), group, "%s was here and is gone", replica.self(), "");
        hosted = replica.self();
        voidLog();
        return JournalRecord.Before.VOID;
    }

    /// Takes entries that replace everything from the first one on.
    void appended(GroupId group, List<Entry> entries) {
        require(hosted != null, group, "no replica was created in this journal", "", "");
        if (entries.isEmpty()) {
            return;
        }
        long first = entries.getFirst().index();
        if (first <= beginsAfter || first > lastIndex + 1) {
            throw new IllegalArgumentException(
                    "%s: entries from %d do not continue a log from %d to %d"
                            .formatted(group, first, beginsAfter + 1, lastIndex));
        }
        lastIndex = entries.getLast().index();
        lastStampMicros = entries.getLast().stampMicros();
    }

    /// Takes a compaction.
    ///
    /// @return whether it changes anything
    boolean compacted(GroupId group, long index) {
        require(hosted != null, group, "no replica was created in this journal", "", "");
        if (index > lastIndex) {
            throw new IllegalArgumentException(
                    "%s: compaction to %d of a log that ends at %d"
                            .formatted(group, index, lastIndex));
        }
        boolean changes = index > beginsAfter;
        beginsAfter = Math.max(beginsAfter, index);
        return changes;
    }

    /// Takes the mark that a snapshot is about to be installed.
    void installBegun(GroupId group, SnapshotMeta meta) {
        require(hosted != null, group, "no replica was created in this journal", "", "");
        require(meta.index() > beginsAfter, group, "a snapshot of what was compacted", "", "");
        installing = true;
    }

    /// Takes the end of an installation.
    void installed(GroupId group, SnapshotMeta meta, JournalRecord.Beginning beginning) {
        require(installing, group, "no installation was begun", "", "");
        require(meta.index() > beginsAfter, group, "a snapshot of what was compacted", "", "");
        boolean alone = beginning == JournalRecord.Beginning.INSTALLED_ALONE;
        require(alone || meta.index() <= lastIndex, group, "the log does not reach it", "", "");
        installing = false;
        beginsAfter = meta.index();
        if (alone || lastIndex == meta.index()) {
            lastIndex = meta.index();
            lastStampMicros = meta.stampMicros();
        }
    }

    /// What is known of replicas that were here before, to be said once more.
    ///
    /// @param cause why one of them is in quarantine
    List<JournalRecord> sayAgain(GroupId group, String cause) {
        List<JournalRecord> records = new ArrayList<>();
        JournalRecord.Before stands = JournalRecord.Before.STANDS;
        if (!gone.isEmpty()) {
            records.add(new JournalRecord.ReplicasGone(group, gone, stands));
        }
        if (quarantined != null) {
            records.add(new JournalRecord.ReplicaQuarantined(group, quarantined, cause, stands));
        }
        return records;
    }

    /// Takes the end of a replica, hosted or not.
    ///
    /// @return what that does to what was here before
    JournalRecord.Before destroyed(ReplicaId replica) {
        bury(replica);
        if (replica.equals(quarantined)) {
            quarantined = null;
        }
        return ended(replica);
    }

    /// Takes the quarantine of a replica, hosted or not; another one that was in quarantine is
    /// [#bury]-ed before.
    JournalRecord.Before quarantined(ReplicaId replica) {
        quarantined = replica;
        return ended(replica);
    }

    /// The replica may never come back.
    void bury(ReplicaId replica) {
        if (!gone.contains(replica)) {
            List<ReplicaId> all = new ArrayList<>(gone);
            all.add(replica);
            all.sort(null);
            int tooMany = Math.max(0, all.size() - RecordFormat.GONE_MAX);
            gone = List.copyOf(all.subList(tooMany, all.size()));
        }
    }

    /// Ids are issued in increasing order, so those below a full list are as gone as those in it.
    private boolean isGone(ReplicaId replica) {
        return gone.contains(replica)
                || replica.equals(quarantined)
                || (gone.size() == RecordFormat.GONE_MAX && replica.compareTo(gone.getFirst()) < 0);
    }

    private JournalRecord.Before ended(ReplicaId replica) {
        if (!replica.equals(hosted)) {
            return JournalRecord.Before.STANDS;
        }
        hosted = null;
        voidLog();
        return JournalRecord.Before.VOID;
    }

    private void voidLog() {
        installing = false;
        lastIndex = 0;
        beginsAfter = 0;
        lastStampMicros = 0;
    }

    private static void require(
            boolean condition,
            GroupId group,
            String otherwise,
            @Nullable Object what,
            @Nullable Object other) {
        if (!condition) {
            throw new IllegalArgumentException(group + ": " + otherwise.formatted(what, other));
        }
    }
}
