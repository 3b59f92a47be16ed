package dev.quorate.core;

import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;

/// A replica of this node that has lost something that it had promised to keep: it is in
/// quarantine, durably, and may never speak again under that id (rule R7).
///
/// @param cause what was lost, for people
public record LostReplica(GroupId group, ReplicaId replica, String cause) {}
