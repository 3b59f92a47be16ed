package dev.quorate.api;

/// How fresh a read must be.
public enum ReadLevel {
    /// Sees every write acknowledged before the read began, whatever clocks do (thesis §6.4,
    /// ReadIndex). Answered by the leader after a quorum confirmed it.
    LINEARIZABLE,
    /// Whatever this node has applied; may be arbitrarily old.
    LOCAL,
}
