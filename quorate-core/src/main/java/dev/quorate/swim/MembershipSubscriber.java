package dev.quorate.swim;

/// Hears every change of liveness, in order, on the thread that owns the machine. Must not block.
@FunctionalInterface
public interface MembershipSubscriber {
    /// The overlay has changed already.
    void changed(Transition transition);
}
