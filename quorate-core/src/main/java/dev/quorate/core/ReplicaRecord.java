package dev.quorate.core;

import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.ReplicaId;
import java.util.List;

/// What a node durably knows of a replica it hosts: enough to start it without asking anybody.
///
/// @param self this node's replica
/// @param founders the group's first voters: the configuration at index 0, in the order of
///   placement; a replica that is added later is not among them, and learns from the log that it
///   belongs to the group
public record ReplicaRecord(GroupId group, ReplicaId self, List<Member> founders) {
    public ReplicaRecord {
        founders = List.copyOf(founders);
        if (founders.isEmpty()) {
            throw new IllegalArgumentException(group + " has no founders");
        }
    }
}
