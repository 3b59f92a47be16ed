package dev.quorate.core;

import dev.quorate.raft.Restored;

/// What stable storage holds of one replica after a restart.
public record StoredReplica(ReplicaRecord replica, Restored log) {}
