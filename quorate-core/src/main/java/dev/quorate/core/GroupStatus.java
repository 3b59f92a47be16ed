package dev.quorate.core;

import dev.quorate.raft.Configuration;
import dev.quorate.raft.Raft;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import org.jspecify.annotations.Nullable;

/// How one replica of this node is doing.
///
/// @param configuration who belongs to the group, as this replica's log says
/// @param leader null while nobody is known to lead
/// @param compacted the last entry that is not in its log any more
/// @param trouble why the replica, or its state machine, stands still; null when all is well
public record GroupStatus(
        GroupId group,
        RoleName role,
        long term,
        @Nullable NodeId leader,
        Configuration configuration,
        LogPosition compacted,
        LogPosition last,
        long durableIndex,
        long commitIndex,
        long appliedIndex,
        @Nullable String trouble) {
    static GroupStatus of(HostedGroup group) {
        Raft raft = group.raft();
        return new GroupStatus(
                group.id(),
                raft.role(),
                raft.term(),
                group.leader(),
                raft.configuration(),
                raft.compacted(),
                raft.lastPosition(),
                raft.durableIndex(),
                raft.commitIndex(),
                raft.appliedIndex(),
                group.halted() != null ? group.halted() : group.applyStopped());
    }
}
