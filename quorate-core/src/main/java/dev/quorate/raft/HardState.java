package dev.quorate.raft;

import dev.quorate.types.ReplicaId;
import org.jspecify.annotations.Nullable;

/// What a replica must never forget: its term, and whom it voted for in it (Raft paper, figure 2);
/// and how long it may have promised a leader not to elect another (rule R11).
///
/// @param promisedNanos the longest lease that this replica has ever confirmed, in nanoseconds
public record HardState(long term, @Nullable ReplicaId votedFor, long promisedNanos) {
    /// Of a replica that has seen nothing.
    public static final HardState INITIAL = new HardState(0, null, 0);

    public HardState {
        if (term < 0 || promisedNanos < 0) {
            throw new IllegalArgumentException("term " + term + ", promised " + promisedNanos);
        }
    }
}
