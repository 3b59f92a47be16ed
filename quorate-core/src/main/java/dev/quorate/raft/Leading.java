package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.NotTaken;
import dev.quorate.raft.RaftEffect.Reason;
import dev.quorate.raft.RaftEffect.Send;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.AppendRejected;
import dev.quorate.raft.RaftMessage.AppendRequest;
import dev.quorate.raft.RaftMessage.Heartbeat;
import dev.quorate.raft.Role.Leader;
import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The leader's side of replication (§5.3, §5.4.2), its reads (thesis §6.4) and its beats.
final class Leading {
    private final Replica replica;
    private final Log log;
    private final RaftConfig config;

    Leading(Replica replica) {
        this.replica = replica;
        this.log = replica.log();
        this.config = replica.config();
    }

    /// Takes office with an entry of the new term, which commits what went before (§5.4.2, §8).
    void takeOffice(Moment now) {
        List<Progress> followers = new ArrayList<>();
        for (NodeId peer : config.voters()) {
            if (!peer.equals(config.self())) {
                followers.add(new Progress(peer, config.limits(), log.lastIndex(), now.nanos()));
            }
        }
        replica.become(new Leader(followers, log.lastIndex() + 1, config.preferred(), now.nanos()));
        replica.wakeAt(now.nanos());
        append(now, Entry.Kind.NOOP, Bytes.EMPTY);
    }

    // ---- clients -------------------------------------------------------------------------------

    void propose(Moment now, Leader leader, long requestId, Bytes command, Effects out) {
        if (leader.handsOver()) {
            out.emit(new NotTaken(requestId, Reason.NOT_LEADER, config.self()));
        } else if (log.bytesAfter(replica.commitIndex()) > config.limits().uncommittedBytes()) {
            out.emit(new NotTaken(requestId, Reason.OVERLOADED, config.self()));
        } else {
            long index = append(now, Entry.Kind.COMMAND, command);
            out.emit(new RaftEffect.Proposed(requestId, replica.term(), index));
        }
    }

    void tick(Moment now) {
        append(now, Entry.Kind.TICK, Bytes.EMPTY);
    }

    /// Stamps strictly increase along the log, whatever the clock does (rule R14).
    private long append(Moment now, Entry.Kind kind, Bytes payload) {
        long index = log.lastIndex() + 1;
        long stamp = Math.max(log.lastStampMicros() + 1, now.wallMicros());
        log.append(new Entry(replica.term(), index, stamp, kind, payload));
        return index;
    }

    // ---- answers -------------------------------------------------------------------------------

    void accepted(Moment now, NodeId from, AppendAccepted reply, Effects out) {
        Progress follower = heard(now, from, reply.term(), reply.round(), out);
        if (follower != null) {
            if (reply.matchIndex() > log.lastIndex()) {
                throw new InvariantBroken(
                        from + " claims " + reply.matchIndex() + " of our log; " + replica);
            }
            follower.accepted(reply.matchIndex(), now.nanos());
        }
    }

    void rejected(Moment now, NodeId from, AppendRejected reply, Effects out) {
        Progress follower = heard(now, from, reply.term(), reply.round(), out);
        if (follower != null && follower.concerns(reply.rejectedIndex())) {
            long match = log.lastNotAfterTerm(reply.hintIndex(), reply.hintTerm());
            follower.probeFrom(Math.min(match, reply.rejectedIndex() - 1) + 1);
        }
    }

    /// A follower answered in our term: it recognised us as leader when it did.
    @Nullable Progress heard(Moment now, NodeId from, long replyTerm, long round, Effects out) {
        if (!(replica.role() instanceof Leader leader) || replyTerm != replica.term()) {
            return null;
        }
        Progress follower = leader.follower(from);
        if (follower != null) {
            follower.heard(now.nanos(), round);
            leader.releaseReads(config.quorum(), out);
        }
        return follower;
    }

    /// Entries for a laggard came from disk.
    void logRead(Moment now, Leader leader, NodeId peer, List<Entry> entries, Effects out) {
        Progress follower = leader.follower(peer);
        if (follower == null) {
            return;
        }
        follower.readingLog(false);
        if (!entries.isEmpty()
                && entries.getFirst().index() == follower.nextIndex()
                && follower.nextIndex() > log.compacted().index()
                && log.contains(entries.getLast().position())
                && follower.maySend(log.lastIndex())) {
            send(now, leader, follower, entries, out);
        }
    }

    // ---- the end of a turn ---------------------------------------------------------------------

    /// Commits, confirms reads, and sends what followers lack.
    void flush(Moment now, Leader leader, Effects out) {
        advanceCommit(leader);
        if (leader.hasNewReads() && replica.commitIndex() >= leader.firstIndex()) {
            leader.startRound(replica.commitIndex());
            leader.followers().forEach(follower -> heartbeat(leader, follower, out));
            leader.releaseReads(config.quorum(), out);
        }
        for (Progress follower : leader.followers()) {
            replicate(now, leader, follower, out);
        }
        Handover handover = leader.handover();
        if (handover != null && handover.mustAsk(log.lastIndex())) {
            NodeId successor = handover.follower().peer();
            out.emit(new Send(successor, new RaftMessage.TimeoutNow(replica.term())));
        }
    }

    /// Commits what a quorum holds, but only through an entry of the current term (§5.4.2).
    private void advanceCommit(Leader leader) {
        long index = leader.quorumIndex(replica.persistence().durableIndex(), config.quorum());
        if (index >= leader.firstIndex()) {
            replica.commitTo(index);
        }
    }

    private void replicate(Moment now, Leader leader, Progress follower, Effects out) {
        int messageBytes = config.limits().messageBytes();
        while (follower.maySend(log.lastIndex())) {
            long next = follower.nextIndex();
            if (next <= log.compacted().index()) {
                return; // it lacks what compaction removed: only a snapshot can help it
            }
            if (next > log.lastIndex()) {
                send(now, leader, follower, List.of(), out);
            } else if (next >= log.cachedFrom()) {
                List<Entry> entries = log.slice(next, log.lastIndex(), messageBytes);
                send(now, leader, follower, entries, out);
            } else {
                follower.readingLog(true);
                out.emit(new RaftEffect.ReadLog(follower.peer(), next, messageBytes));
            }
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
                                leader.round(),
                                replica.everywhereIndex())));
        follower.sent(previous + entries.size(), bytes, now.nanos());
    }

    // ---- beats ---------------------------------------------------------------------------------

    /// Beats at multiples of the interval, so that all groups of a node beat in the same turn and
    /// their beats share a buffer.
    void beat(Moment now, Leader leader, Effects out) {
        long interval = config.timing().heartbeat().toNanos();
        replica.wakeAt(now.nanos() - Math.floorMod(now.nanos(), interval) + interval);
        if (now.nanos() - leader.quorumCheckNanos() >= replica.electionNanos()) {
            if (!leader.heardFromQuorum(leader.quorumCheckNanos(), config.quorum())) {
                // nobody listens: somebody else may lead by now
                replica.enterTerm(now, replica.term(), null, out);
                return;
            }
            leader.quorumChecked(now.nanos());
        }
        replica.everywhereTo(leader.everywhereIndex(replica.persistence().durableIndex()));
        for (Progress follower : leader.followers()) {
            follower.tick(now.nanos(), replica.electionNanos());
            heartbeat(leader, follower, out);
        }
        replica.compact(out);
        handOver(now, leader, interval);
    }

    private void handOver(Moment now, Leader leader, long interval) {
        Handover handover = leader.handover();
        if (handover == null || replica.commitIndex() < leader.firstIndex()) {
            return;
        }
        boolean answered = now.nanos() - handover.follower().heardNanos() <= 2 * interval;
        boolean givenUp =
                handover.beat(now.nanos(), answered, log.lastIndex(), replica.electionNanos());
        if (givenUp) {
            replica.announceRole(); // who waited for the end of it may go on here
        }
    }

    private void heartbeat(Leader leader, Progress follower, Effects out) {
        out.emit(
                new Send(
                        follower.peer(),
                        new Heartbeat(
                                replica.term(),
                                replica.commitIndex(),
                                leader.round(),
                                replica.everywhereIndex())));
    }
}
