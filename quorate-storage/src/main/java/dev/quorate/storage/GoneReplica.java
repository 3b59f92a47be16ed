package dev.quorate.storage;

import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;

/// A replica that was on this node and may never speak again under that id (rules R6 and R7).
///
/// @param cause why, for people
public record GoneReplica(GroupId group, ReplicaId replica, End end, String cause)
        implements Comparable<GoneReplica> {
    /// How it ended.
    public enum End {
        /// It was removed from its group.
        DESTROYED,
        /// It lost something that it had promised to keep; its group still counts it.
        QUARANTINED,
    }

    @Override
    public int compareTo(GoneReplica other) {
        int byGroup = group.compareTo(other.group);
        return byGroup != 0 ? byGroup : replica.compareTo(other.replica);
    }
}
