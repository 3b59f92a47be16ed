package dev.quorate.core;

import dev.quorate.metadata.Member;
import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;
import java.util.List;

/// What a node durably knows of a replica it hosts: enough to start it without asking anybody.
///
/// @param self this node's replica
/// @param members all replicas of the group, `self` among them, in the order of placement: the
///   first is the preferred leader
public record ReplicaRecord(GroupId group, ReplicaId self, List<Member> members) {
    public ReplicaRecord {
        members = List.copyOf(members);
        if (members.stream().noneMatch(member -> member.replica().equals(self))) {
            throw new IllegalArgumentException(group + ": " + self + " is not among " + members);
        }
    }
}
