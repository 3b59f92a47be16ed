package dev.quorate.raft;

import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.types.NodeId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a replica is doing in the current term. Each role owns the state that only it needs.
sealed interface Role {
    /// The role's public name.
    RoleName name();

    /// Follows, or waits for, a leader.
    final class Follower implements Role {
        private final @Nullable NodeId leader;
        private long verifiedIndex;
        private boolean nothingVerified = true;
        private boolean ackOwed;
        private long ackRound;
        private long ackedIndex;

        /// @param verifiedIndex up to here the log is known to equal the leader's
        Follower(@Nullable NodeId leader, long verifiedIndex) {
            this.leader = leader;
            this.verifiedIndex = verifiedIndex;
        }

        @Nullable NodeId leader() {
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
        /// Reads that one confirmation round will release, all at once.
        private record Round(long number, long readIndex, List<Long> requests) {}

        private final List<Progress> followers;
        private final long firstIndex;
        private final ArrayList<Long> newReads = new ArrayList<>();
        private final ArrayDeque<Round> rounds = new ArrayDeque<>();
        private final long[] scratch;
        private final @Nullable Handover handover;
        private long round;
        private long quorumCheckNanos;

        /// @param firstIndex index of the first entry of this leader's term
        /// @param preferred the node that should lead
        Leader(List<Progress> followers, long firstIndex, NodeId preferred, long nowNanos) {
            this.followers = followers;
            this.firstIndex = firstIndex;
            Progress successor = follower(preferred);
            this.handover = successor == null ? null : new Handover(successor);
            this.scratch = new long[followers.size() + 1];
            this.quorumCheckNanos = nowNanos;
        }

        List<Progress> followers() {
            return followers;
        }

        long firstIndex() {
            return firstIndex;
        }

        long round() {
            return round;
        }

        /// To the node that should lead; null when that is this one.
        @Nullable Handover handover() {
            return handover;
        }

        /// Whether proposals must wait for the end of a hand-over.
        boolean handsOver() {
            return handover != null && handover.active();
        }

        @Nullable Progress follower(NodeId peer) {
            for (Progress follower : followers) {
                if (follower.peer().equals(peer)) {
                    return follower;
                }
            }
            return null;
        }

        /// The highest index durably held by at least `quorum` replicas.
        long quorumIndex(long ownDurable, int quorum) {
            for (int i = 0; i < followers.size(); i++) {
                scratch[i] = followers.get(i).matchIndex();
            }
            scratch[followers.size()] = ownDurable;
            Arrays.sort(scratch);
            return scratch[scratch.length - quorum];
        }

        /// The highest index durably held by every replica.
        long everywhereIndex(long ownDurable) {
            long least = ownDurable;
            for (Progress follower : followers) {
                least = Math.min(least, follower.matchIndex());
            }
            return least;
        }

        /// Whether a quorum, we included, has been heard of since `sinceNanos`.
        boolean heardFromQuorum(long sinceNanos, int quorum) {
            int heard = 1;
            for (Progress follower : followers) {
                if (follower.heardNanos() - sinceNanos >= 0) {
                    heard++;
                }
            }
            return heard >= quorum;
        }

        long quorumCheckNanos() {
            return quorumCheckNanos;
        }

        void quorumChecked(long nowNanos) {
            quorumCheckNanos = nowNanos;
        }

        void read(long requestId) {
            newReads.add(requestId);
        }

        boolean hasNewReads() {
            return !newReads.isEmpty();
        }

        /// Starts a confirmation round for all reads that have come since the last one.
        ///
        /// @param readIndex the commit index now: what the reads must see
        void startRound(long readIndex) {
            round++;
            rounds.add(new Round(round, readIndex, List.copyOf(newReads)));
            newReads.clear();
        }

        /// Releases the reads of all rounds that a quorum has answered (thesis §6.4, step 3).
        void releaseReads(int quorum, Effects out) {
            while (!rounds.isEmpty() && confirmedRound(quorum) >= rounds.getFirst().number()) {
                Round confirmed = rounds.removeFirst();
                for (long request : confirmed.requests()) {
                    out.emit(new RaftEffect.ReadReady(request, confirmed.readIndex()));
                }
            }
        }

        /// Gives up on all reads: we no longer lead.
        void failReads(Effects out) {
            for (Round waiting : rounds) {
                waiting.requests().forEach(request -> refuse(request, out));
            }
            newReads.forEach(request -> refuse(request, out));
            rounds.clear();
            newReads.clear();
        }

        private long confirmedRound(int quorum) {
            for (int i = 0; i < followers.size(); i++) {
                scratch[i] = followers.get(i).round();
            }
            scratch[followers.size()] = Long.MAX_VALUE;
            Arrays.sort(scratch);
            return scratch[scratch.length - quorum];
        }

        private static void refuse(long request, Effects out) {
            out.emit(
                    new RaftEffect.NotTaken(
                            request, RaftEffect.Reason.NOT_LEADER, /* leader= */ null));
        }

        @Override
        public RoleName name() {
            return RoleName.LEADER;
        }
    }
}
