package dev.quorate.raft;

import dev.quorate.types.NodeId;
import org.jspecify.annotations.Nullable;

/// What a replica must never forget: its term, and whom it voted for in it (Raft paper, figure 2).
public record HardState(long term, @Nullable NodeId votedFor) {
    /// Of a replica that has seen nothing.
    public static final HardState INITIAL = new HardState(0, null);
}
