package dev.quorate.metadata;

import dev.quorate.types.GroupId;
import dev.quorate.types.VShardId;

/// The part that group 0 has in the move of a vShard from one group to another (rule R16): it
/// begins the move and keeps its parameters, and the source's log alone decides how it ends. A
/// hand-over is reported by [RoutingChange.ReassignVShard] with the move's epoch, which also ends
/// the move here.
public sealed interface VShardMove extends MetadataEntry {
    /// The vShard that moves.
    VShardId vshard();

    /// Begins the move. The entry's index is its epoch, under which the target will own the vShard.
    ///
    /// @param source who owns it, as the proposer saw it
    /// @param pauseBudgetMicros how long writes may be held back
    record Prepare(
            VShardId vshard,
            GroupId source,
            GroupId target,
            long pauseBudgetMicros,
            UnknownFields unknown)
            implements VShardMove {
        public Prepare {
            GroupInfo.requireNotNegative("pause budget", pauseBudgetMicros);
        }

        /// An entry of this build's making.
        public Prepare(VShardId vshard, GroupId source, GroupId target, long pauseBudgetMicros) {
            this(vshard, source, target, pauseBudgetMicros, UnknownFields.NONE);
        }
    }

    /// Asks for the move to be given up. Whether it still can be is for the source's log to say.
    record Cancel(VShardId vshard, long epoch, UnknownFields unknown) implements VShardMove {
        public Cancel {
            GroupInfo.requireNotNegative("epoch", epoch);
        }

        /// An entry of this build's making.
        public Cancel(VShardId vshard, long epoch) {
            this(vshard, epoch, UnknownFields.NONE);
        }
    }

    /// Reports that the source goes on as owner and the target has dropped what it had imported:
    /// only then may the move be forgotten.
    record Cancelled(VShardId vshard, long epoch, UnknownFields unknown) implements VShardMove {
        public Cancelled {
            GroupInfo.requireNotNegative("epoch", epoch);
        }

        /// An entry of this build's making.
        public Cancelled(VShardId vshard, long epoch) {
            this(vshard, epoch, UnknownFields.NONE);
        }
    }
}
