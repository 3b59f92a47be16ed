package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.Send;
import dev.quorate.raft.RaftMessage.AppendRequest;
import dev.quorate.raft.Role.Leader;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Moment;
import java.util.List;

/// Sends followers what they lack (§5.3): entries from memory, older ones from disk, and a snapshot
/// to those whose log ends where the leader's no longer begins (thesis §5.1).
final class Replicating {
    private final Replica replica;
    private final Log log;
    private final RaftConfig config;

    Replicating(Replica replica) {
        this.replica = replica;
        this.log = replica.log();
        this.config = replica.config();
    }

    void flush(Moment now, Leader leader, Effects out) {
        List<Progress> followers = leader.followers();
        for (int i = 0; i < followers.size(); i++) {
            replicate(now, leader, followers.get(i), out);
        }
    }

    private void replicate(Moment now, Leader leader, Progress follower, Effects out) {
        int messageBytes = config.limits().messageBytes();
        while (follower.maySend(log.lastIndex())) {
            long next = follower.nextIndex();
            if (next <= log.compacted().index()) {
                follower.needsSnapshot();
            } else if (next > log.lastIndex()) {
                send(now, leader, follower, List.of(), out);
            } else if (next >= log.cachedFrom()) {
                List<Entry> entries = log.slice(next, log.lastIndex(), messageBytes);
                send(now, leader, follower, entries, out);
            } else {
                follower.readingLog(true);
                out.emit(new RaftEffect.ReadLog(follower.id(), next, messageBytes));
            }
        }
        if (follower.waitsForSnapshot()) {
            offer(leader, follower, /* again= */ false, out);
        }
    }

    void logRead(Moment now, Leader leader, Progress follower, List<Entry> entries, Effects out) {
        follower.readingLog(false);
        if (!entries.isEmpty()
                && entries.getFirst().index() == follower.nextIndex()
                && follower.nextIndex() > log.compacted().index()
                && entries.getLast().index() <= log.lastIndex()
                && follower.maySend(log.lastIndex())) {
            send(now, leader, follower, entries, out);
        }
    }

    private void send(
            Moment now, Leader leader, Progress follower, List<Entry> entries, Effects out) {
        long previous = follower.nextIndex() - 1;
        int bytes = 0;
        for (Entry entry : entries) {
            bytes += entry.sizeBytes();
        }
        out.emit(
                new Send(
                        follower.peer(),
                        new AppendRequest(
                                replica.term(),
                                new LogPosition(log.termAt(previous), previous),
                                entries,
                                replica.commitIndex(),
                                leader.lease().round(),
                                replica.everywhereIndex())));
        follower.sent(previous + entries.size(), bytes, now.nanos());
    }

    // ---- snapshots -----------------------------------------------------------------------------

    /// Offers the snapshot at hand, or has one taken. One that ends before the log begins would
    /// leave a hole.
    ///
    /// @param again whether to offer what was offered before
    void offer(Leader leader, Progress follower, boolean again, Effects out) {
        SnapshotMeta snapshot = leader.snapshot();
        if (snapshot == null || snapshot.index() < log.compacted().index()) {
            if (!leader.takingSnapshot()
                    && !leader.pausesSnapshots()
                    && !replica.sick()
                    && replica.applying().appliedIndex() >= log.compacted().index()
                    && replica.applying().isOpen()
                    && replica.applying().appliedIndex() > 0) {
                if (snapshot != null) {
                    leader.snapshot(null);
                    out.emit(new RaftEffect.ReleaseSnapshot());
                }
                leader.takingSnapshot(true);
                leader.pinnedIndex(replica.applying().appliedIndex());
                out.emit(new RaftEffect.TakeSnapshot());
            }
        } else if (again || follower.offeredIndex() != snapshot.index()) {
            follower.offered(snapshot.index());
            out.emit(
                    new Send(
                            follower.peer(),
                            new RaftMessage.SnapshotOffer(
                                    replica.term(), snapshot, leader.lease().round())));
        }
    }

    /// The state machine was frozen: gives it the configuration that was in force there (rule R4).
    void taken(Leader leader, RaftInput.SnapshotTaken taken, Effects out) {
        LogPosition position = taken.position();
        if (position.index() < log.compacted().index()
                || position.index() > replica.applying().appliedIndex()
                || log.termAt(position.index()) != position.term()) {
            leader.snapshot(null);
            out.emit(new RaftEffect.ReleaseSnapshot());
            return;
        }
        leader.snapshot(
                new SnapshotMeta(
                        position,
                        taken.stampMicros(),
                        replica.configurations().at(position.index()),
                        taken.sizeBytes(),
                        taken.sha256()));
    }

    /// Called at every beat: repeats offers, and lets go of a snapshot that nobody needs.
    void beat(Leader leader, Effects out) {
        leader.resumeSnapshots();
        boolean needed = false;
        for (Progress follower : leader.followers()) {
            if (follower.waitsForSnapshot()) {
                needed = true;
                offer(leader, follower, /* again= */ true, out);
            }
        }
        if (!needed && leader.snapshot() != null) {
            leader.snapshot(null);
            out.emit(new RaftEffect.ReleaseSnapshot());
        }
    }
}
