package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.NotTaken;
import dev.quorate.raft.RaftEffect.Reason;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.AppendRejected;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.raft.RaftMessage.ReadIndexRequest;
import dev.quorate.raft.Role.Leader;
import dev.quorate.types.Bytes;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.ReplicaId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The leader's side of replication (§5.3, §5.4.2) and its reads (thesis §6.4).
final class Leading {
    private final Replica replica;
    private final Log log;
    private final RaftConfig config;
    private final Replicating replicating;
    private final Beating beating;
    private final Membership membership;

    Leading(Replica replica) {
        this.replica = replica;
        this.log = replica.log();
        this.config = replica.config();
        this.replicating = new Replicating(replica);
        this.beating = new Beating(replica, replicating);
        this.membership = new Membership(replica, this, beating);
    }

    Beating beating() {
        return beating;
    }

    Membership membership() {
        return membership;
    }

    /// Takes office with an entry of the new term, which commits what went before (§5.4.2, §8).
    void takeOffice(Moment now) {
        long leaseNanos = config.timing().lease().toNanos();
        Leader leader = new Leader(replica.configuration(), log.lastIndex() + 1, now, leaseNanos);
        replica.become(leader);
        configure(leader, now);
        replica.patience().wakeAt(now.nanos());
        append(now, Entry.Kind.NOOP, Bytes.EMPTY);
    }

    /// Takes the configuration in force into account.
    void configure(Leader leader, Moment now) {
        leader.configure(
                replica.configuration(),
                replica.self(),
                config.limits(),
                log.lastIndex(),
                now.nanos());
    }

    // ---- clients -------------------------------------------------------------------------------

    void propose(Moment now, Leader leader, RaftInput.Propose propose, Effects out) {
        long requestId = propose.requestId();
        if (leader.handover() != null) {
            out.emit(new NotTaken(requestId, Reason.NOT_LEADER, config.self()));
        } else if (log.bytesAfter(replica.commitIndex()) > config.limits().uncommittedBytes()) {
            out.emit(new NotTaken(requestId, Reason.OVERLOADED, config.self()));
        } else {
            long index = append(now, propose.kind(), propose.command());
            out.emit(new RaftEffect.Proposed(requestId, replica.term(), index));
        }
    }

    void tick(Moment now) {
        append(now, Entry.Kind.TICK, Bytes.EMPTY);
    }

    long append(Moment now, Entry.Kind kind, Bytes payload) {
        long index = log.lastIndex() + 1;
        long stampMicros = replica.nextStampMicros(now);
        replica.append(new Entry(replica.term(), index, stampMicros, kind, payload));
        return index;
    }

    // ---- reads ---------------------------------------------------------------------------------

    /// A read of this node, or of a follower.
    ///
    /// @param lease whether the lease will do
    void read(Moment now, Leader leader, Reads.Asker asker, boolean lease, Effects out) {
        if (lease && holdsLease(leader, now)) {
            Reads.ready(replica.term(), asker, replica.commitIndex(), /* lease= */ true, out);
        } else {
            leader.reads().add(asker);
        }
    }

    /// Whether reads may be answered without asking anybody (rule R11): the first entry of the term
    /// must be applied, or the commit index could still be an earlier leader's.
    boolean holdsLease(Leader leader, Moment now) {
        return replica.applying().appliedIndex() >= leader.firstIndex() && leader.holdsLease(now);
    }

    void readIndex(Moment now, Member from, ReadIndexRequest request, Effects out) {
        if (request.term() == replica.term() && replica.role() instanceof Leader leader) {
            read(now, leader, new Reads.Asker(request.key(), from), request.lease(), out);
        }
    }

    // ---- answers -------------------------------------------------------------------------------

    void accepted(Moment now, Member from, AppendAccepted reply, Effects out) {
        Progress follower = heard(now, from, reply.term(), reply.round(), out);
        if (follower != null) {
            if (reply.matchIndex() > log.lastIndex()) {
                throw new InvariantBroken(
                        from + " claims " + reply.matchIndex() + " of our log; " + replica);
            }
            follower.accepted(reply.matchIndex(), now.nanos());
        }
    }

    void rejected(Moment now, Member from, AppendRejected reply, Effects out) {
        Progress follower = heard(now, from, reply.term(), reply.round(), out);
        if (follower != null && follower.concerns(reply.rejectedIndex())) {
            long match = log.lastNotAfterTerm(reply.hintIndex(), reply.hintTerm());
            follower.probeFrom(Math.min(match, reply.rejectedIndex() - 1) + 1);
        }
    }

    /// A heartbeat was answered, with the promise that makes the lease.
    void beatAnswered(Moment now, Member from, HeartbeatReply reply, Effects out) {
        Progress follower = heard(now, from, reply.term(), reply.round(), out);
        if (follower != null && replica.role() instanceof Leader leader) {
            follower.promised(leader.lease().sentNanos(reply.round()));
        }
    }

    /// A follower answered in our term: it recognised us as leader when it did.
    private @Nullable Progress heard(
            Moment now, Member from, long replyTerm, long round, Effects out) {
        if (!(replica.role() instanceof Leader leader) || replyTerm != replica.term()) {
            return null;
        }
        Progress follower = leader.follower(from.replica());
        if (follower != null) {
            follower.heard(now.nanos(), round);
            leader.reads().release(replica.term(), leader.confirmedRound(), out);
        }
        return follower;
    }

    /// Entries for a laggard came from disk.
    void logRead(Moment now, Leader leader, ReplicaId peer, List<Entry> entries, Effects out) {
        Progress follower = leader.follower(peer);
        if (follower != null) {
            replicating.logRead(now, leader, follower, entries, out);
        }
    }

    /// The state machine was frozen for a follower.
    void snapshotTaken(Leader leader, RaftInput.SnapshotTaken taken, Effects out) {
        replicating.taken(leader, taken, out);
    }

    /// Beats, and lets go of those that were removed and know it.
    void beat(Moment now, Leader leader, Effects out) {
        membership.dismiss(now, leader);
        beating.beat(now, leader, out);
    }

    // ---- the end of a turn ---------------------------------------------------------------------

    /// Commits, confirms reads, goes on with a change, and sends what followers lack.
    void flush(Moment now, Leader leader, Effects out) {
        advanceCommit(leader);
        if (!membership.proceed(now, leader, out)) {
            return; // it no longer leads
        }
        if (leader.reads().needRound() && replica.commitIndex() >= leader.firstIndex()) {
            beating.startRound(now, leader, out);
            leader.reads().started(leader.lease().round(), replica.commitIndex());
            leader.reads().release(replica.term(), leader.confirmedRound(), out);
        }
        replicating.flush(now, leader, out);
        Handover handover = leader.handover();
        if (handover != null && handover.mustAsk(log.lastIndex())) {
            leader.lease().giveUp();
            out.emit(
                    new RaftEffect.Send(
                            handover.follower().peer(),
                            new RaftMessage.TimeoutNow(replica.term())));
        }
    }

    /// Commits what a quorum holds, but only through an entry of the current term (§5.4.2).
    private void advanceCommit(Leader leader) {
        long index = leader.quorumIndex(replica.persistence().durableIndex());
        if (index >= leader.firstIndex()) {
            replica.commitTo(index);
        }
    }
}
