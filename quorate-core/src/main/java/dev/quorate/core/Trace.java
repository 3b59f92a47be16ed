package dev.quorate.core;

import dev.quorate.metadata.NodeState;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import org.jspecify.annotations.Nullable;

/// What a node tells its operator, as values: the shell renders them to logs, the simulator hashes
/// them.
public sealed interface Trace {
    /// This node won an election.
    record LeaderElected(GroupId group, long term) implements Trace {}

    /// This node led and no longer does.
    record SteppedDown(GroupId group, long term) implements Trace {}

    /// A replica was created here.
    record ReplicaCreated(ReplicaRecord replica) implements Trace {}

    /// A replica left this node: its group has removed it.
    record ReplicaDestroyed(GroupId group, ReplicaId replica) implements Trace {}

    /// A replica here has lost data it had promised to keep, and may never speak again (rule R7).
    record ReplicaQuarantined(LostReplica replica) implements Trace {}

    /// A replica's state was replaced by a snapshot.
    record SnapshotInstalled(GroupId group, LogPosition position, long sizeBytes)
            implements Trace {}

    /// A snapshot could not be taken or fetched; it is tried again.
    record SnapshotFailed(GroupId group, String cause) implements Trace {}

    /// A group's apply stopped here and needs an operator.
    record ApplyStopped(GroupId group, String cause) implements Trace {}

    /// Group 0 accepted the cluster's founding.
    record Founded(int groups, int nodes) implements Trace {}

    /// Group 0 has removed this node's replica: the node belongs to the cluster no more.
    ///
    /// @param state the node's, as far as it knows; null if it never learnt of itself
    record NodeDismissed(@Nullable NodeState state) implements Trace {}

    /// This node's wall clock differs from most others', or agrees with them again.
    ///
    /// @param correctionMicros what is added to it for log time; 0 when it is right again
    record ClockOff(long correctionMicros) implements Trace {}

    /// A peer says that this node belongs to the cluster no more.
    record NodeTurnedAway(NodeId by, String why) implements Trace {}

    /// A peer spoke to a replica that it has no business with.
    record MessageRefused(NodeId from, GroupId group, String why) implements Trace {}

    /// A consensus invariant does not hold: the group halts on this node.
    record InvariantBroken(GroupId group, String dump) implements Trace {}
}
