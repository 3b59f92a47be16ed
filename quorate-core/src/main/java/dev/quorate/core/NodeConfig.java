package dev.quorate.core;

import dev.quorate.metadata.MetadataEntry;
import dev.quorate.raft.RaftConfig;
import dev.quorate.types.NodeId;
import org.jspecify.annotations.Nullable;

/// Fixed parameters of one node.
///
/// @param founding what the leader of group 0 proposes while the cluster is not founded: the
///   content of the ticket that `quorate init` left here (rule R22); null on a node that only
///   restarts
public record NodeConfig(
        NodeId self,
        RaftConfig.Timing timing,
        RaftConfig.Limits raftLimits,
        NodeLimits limits,
        @Nullable MetadataEntry founding) {
    /// Bounds on what a node holds at once; everything beyond is refused at the door.
    ///
    /// @param journalCredits [NodeEffect.Persist]s and [NodeEffect.Create]s outstanding (rule R10)
    /// @param applyCredits [NodeEffect.Apply]s outstanding
    /// @param requestsMax client requests being worked on
    /// @param leaderWaitNanos how long a request waits for a leader before it is refused
    /// @param rememberedMax results of earlier writes that a group remembers; who would bring more
    ///   is refused at the door (rule R20)
    public record NodeLimits(
            int journalCredits,
            int applyCredits,
            int requestsMax,
            long leaderWaitNanos,
            int rememberedMax) {
        /// Fits a node with hundreds of groups.
        public static final NodeLimits DEFAULT =
                new NodeLimits(4096, 4096, 100_000, 500_000_000L, 100_000);

        public NodeLimits {
            if (journalCredits < 1
                    || applyCredits < 1
                    || requestsMax < 1
                    || leaderWaitNanos < 0
                    || rememberedMax < 1) {
                throw new IllegalArgumentException("limits must be positive");
            }
        }
    }
}
