package dev.quorate.metadata;

import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.VShardId;
import java.util.List;

/// What a checkpoint says about its phase. The first says all that a driver needs to go on with the
/// move or to undo it, whoever started it.
public sealed interface MigrationPayload {
    /// The vShard for whose sake a replica moves.
    VShardId vshard();

    /// The phase it belongs to.
    MigrationPhase phase();

    /// The target is about to be a learner.
    ///
    /// @param writePauseBudgetMicros how long writes may be held back
    /// @param startedAtMicros when it began, for people
    /// @param priorMembers the group's desired members before the move, to which an abort returns;
    ///   empty when the move does not change them
    record AddLearner(
            VShardId vshard,
            NodeId source,
            NodeId target,
            GroupId group,
            long writePauseBudgetMicros,
            long startedAtMicros,
            List<Member> priorMembers)
            implements MigrationPayload {
        /// How long writes may be held back unless something else is said: half a second.
        public static final long WRITE_PAUSE_BUDGET_MICROS = 500_000;

        public AddLearner {
            GroupInfo.requireNotNegative("pause budget", writePauseBudgetMicros);
            GroupInfo.requireNotNegative("start", startedAtMicros);
            priorMembers = GroupInfo.distinct(group, priorMembers);
        }

        @Override
        public MigrationPhase phase() {
            return MigrationPhase.ADD_LEARNER;
        }
    }

    /// The target receives the log.
    ///
    /// @param learnerIndex index, in the group's log, of the configuration with the learner
    record CatchUp(VShardId vshard, long learnerIndex) implements MigrationPayload {
        public CatchUp {
            GroupInfo.requireNotNegative("learner index", learnerIndex);
        }

        @Override
        public MigrationPhase phase() {
            return MigrationPhase.CATCH_UP;
        }
    }

    /// The target is about to be a voter.
    record PromoteLearner(VShardId vshard, NodeId target, GroupId group)
            implements MigrationPayload {
        @Override
        public MigrationPhase phase() {
            return MigrationPhase.PROMOTE_LEARNER;
        }
    }

    /// Leadership is about to go over.
    record LeadershipTransfer(
            VShardId vshard, boolean targetIsVoter, NodeId newLeader, GroupId group)
            implements MigrationPayload {
        @Override
        public MigrationPhase phase() {
            return MigrationPhase.LEADERSHIP_TRANSFER;
        }
    }

    /// Routing has been changed.
    record Cutover(VShardId vshard, NodeId newLeader, GroupId group) implements MigrationPayload {
        @Override
        public MigrationPhase phase() {
            return MigrationPhase.CUTOVER;
        }
    }

    /// Nothing is left to do.
    ///
    /// @param actualPauseMicros how long writes were held back
    /// @param ghostInstalled whether a forwarding stub stays behind
    record Complete(VShardId vshard, long actualPauseMicros, boolean ghostInstalled)
            implements MigrationPayload {
        public Complete {
            GroupInfo.requireNotNegative("pause", actualPauseMicros);
        }

        @Override
        public MigrationPhase phase() {
            return MigrationPhase.COMPLETE;
        }
    }
}
