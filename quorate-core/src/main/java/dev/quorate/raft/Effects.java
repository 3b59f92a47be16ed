package dev.quorate.raft;

/// Where a replica puts the effects of a step, in order.
@FunctionalInterface
public interface Effects {
    /// Adds one effect.
    void emit(RaftEffect effect);
}
