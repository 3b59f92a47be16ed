package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.Send;
import dev.quorate.raft.RaftMessage.Heartbeat;
import dev.quorate.raft.Role.Leader;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.ReplicaId;
import org.jspecify.annotations.Nullable;

/// What a leader does at every beat: shows that it is alive, sees whether anybody listens, and
/// whether somebody else should lead.
final class Beating {
    /// A follower that has been silent for so many election timeouts is not waited for when the log
    /// has grown long.
    private static final int SILENT_TIMEOUTS = 10;

    /// How much longer than for a silent one the log is kept for a follower that answers.
    private static final int ACTIVE_FACTOR = 4;

    private final Replica replica;
    private final Log log;
    private final RaftConfig config;
    private final Replicating replicating;

    Beating(Replica replica, Replicating replicating) {
        this.replica = replica;
        this.log = replica.log();
        this.config = replica.config();
        this.replicating = replicating;
    }

    /// Beats at multiples of the interval, so that all groups of a node beat in the same turn and
    /// their beats share a buffer.
    void beat(Moment now, Leader leader, Effects out) {
        long interval = config.timing().heartbeat().toNanos();
        Patience patience = replica.patience();
        patience.wakeAt(now.nanos() - Math.floorMod(now.nanos(), interval) + interval);
        if (now.nanos() - leader.quorumCheckNanos() >= patience.electionNanos()) {
            long since = leader.lease().sinceOffice(leader.quorumCheckNanos());
            if (leader.heardFromQuorumNanos(now.nanos()) < since) {
                // nobody listens: somebody else may lead by now
                replica.enterTerm(now, replica.term(), null, out);
                return;
            }
            long limit = replica.logMicros(now) + RaftConfig.Timing.CLOCK_SKEW_MICROS_MAX;
            if (leader.standsStillSinceCheck(replica.commitIndex())
                    && log.isStampedBeyond(limit, replica.commitIndex())) {
                // stamped by a clock that was ahead: nobody takes it, and nothing behind it
                replica.standBack();
                replica.enterTerm(now, replica.term(), null, out);
                return;
            }
            leader.quorumChecked(now.nanos(), replica.commitIndex());
        }
        replica.everywhereTo(neededFrom(now, leader));
        for (Progress follower : leader.followers()) {
            follower.tick(now.nanos(), patience.electionNanos());
            follower.measure(log.lastIndex());
        }
        startRound(now, leader, out);
        replicating.beat(leader, out);
        replica.compact(out);
        handOver(now, leader, interval, out);
    }

    /// Asks everybody to confirm that we lead. Replies count from now, for reads and for the lease.
    void startRound(Moment now, Leader leader, Effects out) {
        leader.lease().notice(now);
        leader.lease().startRound(now.nanos());
        Heartbeat beat =
                new Heartbeat(
                        replica.term(),
                        replica.commitIndex(),
                        leader.lease().round(),
                        replica.everywhereIndex(),
                        config.timing().lease().toNanos());
        for (Progress follower : leader.followers()) {
            out.emit(new Send(follower.peer(), beat));
        }
    }

    /// Up to where nobody needs the log: everybody holds it, or must do with a snapshot.
    private long neededFrom(Moment now, Leader leader) {
        long least = replica.persistence().durableIndex();
        long retained = config.limits().retainEntries();
        long patienceNanos = replica.patience().electionNanos() * SILENT_TIMEOUTS;
        for (Progress follower : leader.followers()) {
            boolean silent = now.nanos() - follower.heardNanos() > patienceNanos;
            long kept = silent ? retained : retained * ACTIVE_FACTOR;
            long needs =
                    follower.waitsForSnapshot() ? follower.offeredIndex() : follower.matchIndex();
            least = Math.min(least, Math.max(needs, log.lastIndex() - kept));
            if (!silent && follower.waitsForSnapshot()) {
                least = Math.min(least, snapshotIndex(leader));
            }
        }
        return least;
    }

    /// Where the snapshot ends that is offered or being taken: without the log behind it, it would
    /// be of no use by the time it has arrived, and so would the next one.
    private static long snapshotIndex(Leader leader) {
        SnapshotMeta snapshot = leader.snapshot();
        if (snapshot != null) {
            return snapshot.index();
        }
        return leader.takingSnapshot() ? leader.pinnedIndex() : Long.MAX_VALUE;
    }

    // ---- handing over --------------------------------------------------------------------------

    /// Begins to hand over (thesis §3.10).
    ///
    /// @param target null for whoever is fittest
    void transfer(Moment now, Leader leader, @Nullable ReplicaId target, Effects out) {
        if (leader.handover() != null || replica.self().equals(target)) {
            return;
        }
        Progress successor = target == null ? fittest(leader) : leader.follower(target);
        if (successor == null || !replica.configuration().isVoter(successor.id())) {
            if (target != null) {
                out.emit(new RaftEffect.TransferEnded(target));
            }
            return;
        }
        begin(now, leader, successor);
    }

    void begin(Moment now, Leader leader, Progress successor) {
        long deadline = now.nanos() + replica.patience().electionNanos();
        leader.handover(new Handover(successor, deadline));
    }

    /// The voter with the longest log among those that answered last; one that is to go on voting
    /// before one that is not.
    @Nullable Progress fittest(Leader leader) {
        Progress best = null;
        for (Member voter : replica.configuration().voters()) {
            Progress candidate = leader.follower(voter.replica());
            if (candidate != null && (best == null || fitter(candidate, best))) {
                best = candidate;
            }
        }
        return best;
    }

    private boolean fitter(Progress candidate, Progress best) {
        long heard = candidate.heardNanos() - best.heardNanos();
        boolean off = replica.clockIsOff(candidate.peer().node());
        if (off != replica.clockIsOff(best.peer().node())) {
            return !off;
        }
        boolean muchLater = heard > replica.patience().electionNanos();
        boolean muchEarlier = -heard > replica.patience().electionNanos();
        return muchLater || (!muchEarlier && candidate.matchIndex() > best.matchIndex());
    }

    /// Who should lead instead, as soon as it keeps up: the preferred replica, or anybody if our
    /// own clock is off (rule R14); null for nobody.
    private @Nullable Progress home(Leader leader) {
        if (replica.clockIsOff(config.self().node())) {
            return whoseClockIsRight(fittest(leader));
        }
        return replica.isPreferred()
                ? null
                : whoseClockIsRight(leader.follower(replica.preferred()));
    }

    private @Nullable Progress whoseClockIsRight(@Nullable Progress follower) {
        return follower == null || replica.clockIsOff(follower.peer().node()) ? null : follower;
    }

    private void handOver(Moment now, Leader leader, long interval, Effects out) {
        Handover handover = leader.handover();
        if (handover != null) {
            if (handover.isOver(now.nanos())) {
                leader.handover(null);
                out.emit(new RaftEffect.TransferEnded(handover.follower().id()));
                replica.announceRole(); // who waited for the end of it may go on here
            }
            return;
        }
        if (replica.commitIndex() < leader.firstIndex()) {
            return;
        }
        if (replica.shouldNotLead()) {
            transfer(now, leader, null, out);
            return;
        }
        Progress home = home(leader);
        boolean healthy =
                home != null
                        && replica.configuration().isVoter(home.id())
                        && now.nanos() - home.heardNanos() <= 2 * interval
                        && log.lastIndex() - home.matchIndex() <= Homing.LAG_MAX;
        if (leader.homing().beat(healthy) && home != null) {
            begin(now, leader, home);
        }
    }
}
