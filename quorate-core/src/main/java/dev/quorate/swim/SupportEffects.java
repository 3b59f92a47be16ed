package dev.quorate.swim;

/// Where store liveness puts the effects of a step, in order.
@FunctionalInterface
public interface SupportEffects {
    /// Adds one effect.
    void emit(SupportEffect effect);
}
