package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.Send;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.AppendRejected;
import dev.quorate.raft.RaftMessage.AppendRequest;
import dev.quorate.raft.RaftMessage.Heartbeat;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.raft.RaftMessage.ReadIndexReply;
import dev.quorate.raft.RaftMessage.ReadIndexRequest;
import dev.quorate.raft.Role.Follower;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import java.util.List;

/// The follower's side of replication (§5.3) and of reads (thesis §6.4, end).
final class Following {
    /// How much more than it may retain a log may hold whose state machine stands still; then no
    /// more is taken in, and a snapshot must heal it (rule R9).
    private static final int SICK_FACTOR = 4;

    /// For so many election timeouts entries stamped far ahead are refused, whoever leads.
    private static final int REFUSAL_TIMEOUTS = 20;

    private final Replica replica;
    private final Log log;
    private final Persistence persistence;
    private boolean refusing;
    private long refusingSinceNanos;

    Following(Replica replica) {
        this.replica = replica;
        this.log = replica.log();
        this.persistence = replica.persistence();
    }

    void append(Moment now, Member from, AppendRequest request, Effects out) {
        if (request.term() < replica.term()) {
            persistence.hold(from, new HeartbeatReply(replica.term(), 0));
            return;
        }
        if (!wellFormed(request)) {
            return;
        }
        Follower follower = replica.follow(now, from, out);
        LogPosition previous = request.previous();
        List<Entry> entries = request.entries();
        if (previous.index() < log.compacted().index()) {
            // What compaction removed was committed, and so is in every leader's log: also where
            // the
            // leader, which is new, still looks for the end of ours far before it.
            long known = Math.min(log.compacted().index() - previous.index(), entries.size());
            entries = entries.subList((int) known, entries.size());
            previous = log.compacted();
        }
        if (!log.contains(previous)) {
            reject(from, previous, request.round());
            return;
        }
        if (takesNothing()) {
            return; // the leader will send it again
        }
        long taken = merge(now, request, previous.index(), entries);
        follower.verified(taken, request.round());
        replica.commitTo(Math.min(request.commitIndex(), follower.verifiedIndex()));
        replica.everywhereTo(request.everywhere());
    }

    /// Whether entries must be left: the disk does not keep up (rule R10), the log is about to be
    /// replaced by a snapshot, or nothing here consumes it (rule R9).
    private boolean takesNothing() {
        RaftConfig.Limits limits = replica.config().limits();
        long waiting = log.lastIndex() - replica.applying().durablyApplied();
        return persistence.unwrittenBytes() > limits.inflightBytes()
                || replica.installing()
                || (replica.sick() && waiting > (long) SICK_FACTOR * limits.retainEntries());
    }

    /// Whether the entries could be a piece of any leader's log.
    private static boolean wellFormed(AppendRequest request) {
        long index = request.previous().index();
        long entryTerm = request.previous().term();
        for (Entry entry : request.entries()) {
            if (entry.index() != ++index
                    || entry.term() < entryTerm
                    || entry.term() > request.term()) {
                return false;
            }
            entryTerm = entry.term();
            if (entry.kind() == Entry.Kind.CONFIGURATION) {
                try {
                    Configuration.decode(entry.payload());
                } catch (IllegalArgumentException _) {
                    return false;
                }
            }
        }
        return true;
    }

    private void reject(Member from, LogPosition previous, long round) {
        long hint = log.lastNotAfterTerm(previous.index(), previous.term());
        persistence.hold(
                from,
                new AppendRejected(
                        replica.term(), previous.index(), log.termAt(hint), hint, round));
    }

    /// Rules 3 and 4 of AppendEntries: what differs goes, what is missing comes, up to an entry
    /// stamped by a clock that is far ahead.
    ///
    /// @return the index up to which the log agrees with the leader's
    private long merge(Moment now, AppendRequest request, long previousIndex, List<Entry> entries) {
        long index = previousIndex;
        for (Entry entry : entries) {
            boolean follows = entry.index() > log.lastIndex();
            boolean differs = !follows && log.termAt(entry.index()) != entry.term();
            if ((follows || differs) && entry.index() > request.commitIndex()) {
                boolean ahead = isAhead(now, entry, previousIndex, entries);
                if (ahead && refuses(now)) {
                    return index;
                }
                refusing &= ahead;
            }
            index = entry.index();
            if (follows) {
                replica.append(entry);
            } else if (differs) {
                if (entry.index() <= replica.commitIndex()) {
                    throw new InvariantBroken(
                            entry.position() + " would replace a committed entry; " + replica);
                }
                replica.truncateFrom(entry.index());
                replica.append(entry);
            }
        }
        return index;
    }

    /// Whether the entry would take log time beyond our clock and what clocks may differ (rule
    /// R14). One that is stamped right behind its predecessor takes it nowhere: log time may have
    /// got ahead while most clocks were.
    private boolean isAhead(Moment now, Entry entry, long previousIndex, List<Entry> entries) {
        long limit = replica.logMicros(now) + RaftConfig.Timing.CLOCK_SKEW_MICROS_MAX;
        if (entry.stampMicros() <= limit) {
            return false;
        }
        int position = Math.toIntExact(entry.index() - previousIndex) - 1;
        long before =
                position > 0
                        ? entries.get(position - 1).stampMicros()
                        : log.stampMicrosAt(previousIndex);
        return entry.stampMicros() != before + 1;
    }

    /// Whether an entry must be left because of its stamp. Where leaders come and go and none has a
    /// log without such entries, they are taken in the end: a leader stamps by a clock that most
    /// others have confirmed, so most were ahead once.
    private boolean refuses(Moment now) {
        if (!refusing) {
            refusing = true;
            refusingSinceNanos = now.nanos();
        }
        long patienceNanos = REFUSAL_TIMEOUTS * replica.patience().electionNanos();
        return !replica.clockIsKnown() || now.nanos() - refusingSinceNanos < patienceNanos;
    }

    void heartbeat(Moment now, Member from, Heartbeat beat, Effects out) {
        if (beat.term() < replica.term()) {
            persistence.hold(from, new HeartbeatReply(replica.term(), 0));
            return;
        }
        if (beat.leaseNanos() > Patience.LEASE_NANOS_MAX) {
            return;
        }
        Follower follower = replica.follow(now, from, out);
        replica.promise(now.nanos(), beat.leaseNanos());
        // never past what was verified: a heartbeat may overtake the append that truncates (R2)
        replica.commitTo(Math.min(beat.commitIndex(), follower.verifiedIndex()));
        replica.everywhereTo(beat.everywhere());
        replica.compact(out);
        if (replica.commitIndex() < beat.commitIndex()
                && follower.nothingVerified()
                && !replica.installing()) {
            askForProbe(from, beat.round());
        }
        persistence.hold(from, new HeartbeatReply(replica.term(), beat.round()));
    }

    /// A replica that restarted has forgotten what it verified. The leader remembers what was
    /// acknowledged and, with nothing new to append, would never prove it again.
    private void askForProbe(Member leader, long round) {
        LogPosition last = log.last();
        persistence.hold(
                leader,
                new AppendRejected(
                        replica.term(), last.index() + 1, last.term(), last.index(), round));
    }

    /// Tells the leader how far the log is both verified and durable (rule R1): never more.
    void acknowledge(Follower follower, Effects out) {
        Member leader = follower.leader();
        if (!follower.ackOwed()
                || leader == null
                || replica.installing()
                || !persistence.hardStateIsDurable()) {
            return;
        }
        long match = Math.min(follower.verifiedIndex(), persistence.durableIndex());
        if (match == follower.verifiedIndex()) {
            follower.acked();
        } else if (match <= follower.ackedIndex()) {
            return; // nothing new: the completion of the write brings us back
        }
        follower.ackedIndex(match);
        out.emit(new Send(leader, new AppendAccepted(replica.term(), match, follower.ackRound())));
    }

    // ---- reads ---------------------------------------------------------------------------------

    /// Asks the leader up to where a read must have applied.
    ///
    /// @return whether there is a leader to ask
    boolean askReadIndex(Follower follower, long requestId, boolean lease, Effects out) {
        Member leader = follower.leader();
        if (leader == null || replica.installing()) {
            return false;
        }
        follower.asked(requestId);
        out.emit(new Send(leader, new ReadIndexRequest(replica.term(), requestId, lease)));
        return true;
    }

    /// The leader of this very term has answered.
    void readIndex(Member from, ReadIndexReply reply, Effects out) {
        if (reply.term() == replica.term()
                && replica.role() instanceof Follower follower
                && from.equals(follower.leader())
                && follower.answered(reply.key())) {
            out.emit(new RaftEffect.ReadReady(reply.key(), reply.index(), /* lease= */ false));
        }
    }
}
