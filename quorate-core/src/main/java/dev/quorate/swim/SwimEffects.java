package dev.quorate.swim;

/// Where the failure detector puts the effects of a step, in order.
@FunctionalInterface
public interface SwimEffects {
    /// Adds one effect.
    void emit(SwimEffect effect);
}
