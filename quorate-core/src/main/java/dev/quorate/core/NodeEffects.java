package dev.quorate.core;

/// Where a node puts the effects of a turn, in order.
@FunctionalInterface
public interface NodeEffects {
    /// Adds one effect.
    void emit(NodeEffect effect);
}
