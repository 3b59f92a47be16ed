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
/// @param placement how the cluster is arranged while this node leads group 0
/// @param admission whether a peer may tell this node of its replica of group 0
public record NodeConfig(
        NodeId self,
        RaftConfig.Timing timing,
        RaftConfig.Limits raftLimits,
        NodeLimits limits,
        @Nullable MetadataEntry founding,
        PlacementConfig placement,
        Admission admission) {
    /// What a node's own directory says of its place in the cluster.
    public enum Admission {
        /// It belongs to the cluster, and lists every replica that was ever here: one that was lost
        /// is known as such.
        MEMBER,
        /// Nothing is known any more: a node that may have forgotten a replica takes none (rule
        /// R7).
        STRANGER,
    }

    /// A member with the usual placement.
    public NodeConfig(
            NodeId self,
            RaftConfig.Timing timing,
            RaftConfig.Limits raftLimits,
            NodeLimits limits,
            @Nullable MetadataEntry founding) {
        this(self, timing, raftLimits, limits, founding, PlacementConfig.DEFAULT, Admission.MEMBER);
    }

    /// The same node with another way to arrange the cluster.
    public NodeConfig withPlacement(PlacementConfig next) {
        return new NodeConfig(self, timing, raftLimits, limits, founding, next, admission);
    }

    /// The same node with another admission.
    public NodeConfig withAdmission(Admission next) {
        return new NodeConfig(self, timing, raftLimits, limits, founding, placement, next);
    }

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
