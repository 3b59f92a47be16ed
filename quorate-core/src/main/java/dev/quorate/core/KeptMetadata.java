package dev.quorate.core;

import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;

/// Group 0's whole state at one moment, as one of its replicas has it: what a node keeps on its
/// disk, and offers to others.
///
/// @param replica whose it is: another one on the same node must not begin with it (rule R6)
/// @param position the last entry that it holds
/// @param stampMicros that entry's log time
/// @param state as [dev.quorate.metadata.MetadataState#encode()] writes it
public record KeptMetadata(ReplicaId replica, LogPosition position, long stampMicros, Bytes state) {
    public KeptMetadata {
        if (position.index() < 1) {
            throw new IllegalArgumentException("nothing is kept at " + position);
        }
    }
}
