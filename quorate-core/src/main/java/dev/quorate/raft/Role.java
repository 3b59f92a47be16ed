package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.ReplicaId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a replica is doing in the current term. Each role owns the state that only it needs.
sealed interface Role {
    /// The role's public name.
    RoleName name();

    /// Follows, or waits for, a leader.
    final class Follower implements Role {
        private final @Nullable Member leader;
        private final ArrayDeque<Long> reads = new ArrayDeque<>();
        private long verifiedIndex;
        private boolean nothingVerified = true;
        private boolean ackOwed;
        private long ackRound;
        private long ackedIndex;

        /// @param verifiedIndex up to here the log is known to equal the leader's
        Follower(@Nullable Member leader, long verifiedIndex) {
            this.leader = leader;
            this.verifiedIndex = verifiedIndex;
        }

        @Nullable Member leader() {
            return leader;
        }

        long verifiedIndex() {
            return verifiedIndex;
        }

        /// An append matched up to `index`: the leader is owed an answer once that is durable.
        void verified(long index, long round) {
            verifiedIndex = Math.max(verifiedIndex, index);
            ackRound = Math.max(ackRound, round);
            ackOwed = true;
            nothingVerified = false;
        }

        /// Whether no append of this leader has matched yet.
        boolean nothingVerified() {
            return nothingVerified;
        }

        boolean ackOwed() {
            return ackOwed;
        }

        long ackRound() {
            return ackRound;
        }

        void acked() {
            ackOwed = false;
        }

        /// The last index we told the leader about.
        long ackedIndex() {
            return ackedIndex;
        }

        void ackedIndex(long index) {
            ackedIndex = index;
        }

        /// The leader was asked up to where this read must have applied.
        void asked(long requestId) {
            reads.add(requestId);
        }

        /// Whether this answer was waited for; it no longer is.
        boolean answered(long requestId) {
            return reads.remove(requestId);
        }

        /// Gives up on all reads: the leader that was asked is not ours any more.
        void failReads(Effects out) {
            for (long request : reads) {
                out.emit(
                        new RaftEffect.NotTaken(
                                request, RaftEffect.Reason.NOT_LEADER, /* leader= */ null));
            }
            reads.clear();
        }

        @Override
        public RoleName name() {
            return RoleName.FOLLOWER;
        }
    }

    /// Asks whether it would be elected, before it raises the term (thesis §9.6).
    record PreCandidate(Ballot ballot) implements Role {
        @Override
        public RoleName name() {
            return RoleName.PRE_CANDIDATE;
        }
    }

    /// Collects votes; its own counts once it is durable.
    record Candidate(Ballot ballot) implements Role {
        @Override
        public RoleName name() {
            return RoleName.CANDIDATE;
        }
    }

    /// Replicates its log.
    final class Leader implements Role {
        private final long firstIndex;
        private final Lease lease;
        private final Reads reads = new Reads();
        private final Homing homing = new Homing();
        private final List<Progress> followers = new ArrayList<>();
        private final List<Progress> departing = new ArrayList<>();
        private Quorum quorum;
        private @Nullable Handover handover;
        private long quorumCheckNanos;
        private long quorumCheckCommit = -1;
        private @Nullable SnapshotMeta snapshot;
        private boolean takingSnapshot;
        private boolean pausesSnapshots;
        private long pinnedIndex;
        private boolean completed;

        /// @param firstIndex index of the first entry of this leader's term
        /// @param leaseNanos how long a confirmation holds
        Leader(Configuration configuration, long firstIndex, Moment now, long leaseNanos) {
            this.firstIndex = firstIndex;
            this.lease = new Lease(now, leaseNanos);
            this.quorum = new Quorum(configuration, _ -> null);
            this.quorumCheckNanos = now.nanos();
        }

        long firstIndex() {
            return firstIndex;
        }

        Lease lease() {
            return lease;
        }

        Reads reads() {
            return reads;
        }

        Homing homing() {
            return homing;
        }

        // ---- who follows -----------------------------------------------------------------------

        /// Everybody who is sent the log.
        List<Progress> followers() {
            return followers;
        }

        /// Those of the followers that no longer belong to the group, but have yet to learn it.
        List<Progress> departing() {
            return departing;
        }

        /// Takes a configuration into account: those who come are probed, those who go are kept
        /// until they know. Who was to go and comes again must show anew that it keeps up.
        void configure(
                Configuration configuration,
                ReplicaId self,
                RaftConfig.Limits limits,
                long lastIndex,
                long nowNanos) {
            followers.removeIf(
                    leaver -> departing.contains(leaver) && configuration.contains(leaver.id()));
            for (Member member : configuration.everyone()) {
                if (!member.replica().equals(self) && follower(member.replica()) == null) {
                    followers.add(new Progress(member, limits, lastIndex, nowNanos));
                }
            }
            departing.clear();
            for (Progress follower : followers) {
                if (!configuration.contains(follower.id())) {
                    departing.add(follower);
                }
            }
            quorum = new Quorum(configuration, this::follower);
            if (handover != null && departing.contains(handover.follower())) {
                handover = null;
            }
        }

        /// A replica that left knows it, or does not answer: it is not sent anything any more.
        void dismiss(Progress follower) {
            departing.remove(follower);
            followers.remove(follower);
        }

        @Nullable Progress follower(ReplicaId replica) {
            for (int i = 0; i < followers.size(); i++) {
                if (followers.get(i).id().equals(replica)) {
                    return followers.get(i);
                }
            }
            return null;
        }

        // ---- what they agree on ----------------------------------------------------------------

        /// The highest index durably held by a quorum.
        long quorumIndex(long ownDurable) {
            return quorum.agreed(Progress::matchIndex, ownDurable);
        }

        /// The latest round that a quorum has answered.
        long confirmedRound() {
            return quorum.agreed(Progress::round, Long.MAX_VALUE);
        }

        /// Since when, at the latest, a quorum has been heard of, in nanoseconds since this leader
        /// took office.
        long heardFromQuorumNanos(long nowNanos) {
            return quorum.agreed(
                    follower -> lease.sinceOffice(follower.heardNanos()),
                    lease.sinceOffice(nowNanos));
        }

        /// Whether this leader may answer reads without asking: checked again after the data was
        /// read.
        boolean holdsLease(Moment now) {
            lease.notice(now);
            long confirmed =
                    quorum.agreed(Progress::leaseSentNanos, lease.sinceOffice(now.nanos()));
            return confirmed >= 0 && lease.holds(now.nanos(), confirmed);
        }

        long quorumCheckNanos() {
            return quorumCheckNanos;
        }

        void quorumChecked(long nowNanos, long commitIndex) {
            quorumCheckNanos = nowNanos;
            quorumCheckCommit = commitIndex;
        }

        /// Whether nothing was committed since the quorum was checked last.
        boolean standsStillSinceCheck(long commitIndex) {
            return quorumCheckCommit == commitIndex;
        }

        // ---- handing over ----------------------------------------------------------------------

        @Nullable Handover handover() {
            return handover;
        }

        void handover(@Nullable Handover next) {
            handover = next;
        }

        // ---- changes and snapshots -------------------------------------------------------------

        /// Whether the last step of the change of members in force has been taken.
        boolean completed() {
            return completed;
        }

        void completed(boolean done) {
            completed = done;
        }

        /// A snapshot of this group that followers can fetch from this node.
        @Nullable SnapshotMeta snapshot() {
            return snapshot;
        }

        void snapshot(@Nullable SnapshotMeta taken) {
            snapshot = taken;
            takingSnapshot = false;
        }

        boolean takingSnapshot() {
            return takingSnapshot;
        }

        void takingSnapshot(boolean taking) {
            takingSnapshot = taking;
        }

        /// None could be taken: it is tried again at the next beat, not before.
        void snapshotNotTaken() {
            takingSnapshot = false;
            pausesSnapshots = true;
        }

        void resumeSnapshots() {
            pausesSnapshots = false;
        }

        boolean pausesSnapshots() {
            return pausesSnapshots;
        }

        /// Where the snapshot that is being taken ends, at the earliest.
        long pinnedIndex() {
            return pinnedIndex;
        }

        void pinnedIndex(long index) {
            pinnedIndex = index;
        }

        @Override
        public RoleName name() {
            return RoleName.LEADER;
        }
    }
}
