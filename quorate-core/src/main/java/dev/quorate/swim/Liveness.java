package dev.quorate.swim;

/// What is believed of a member. Of two statements about the same incarnation, the later constant
/// wins (SWIM, "Suspicion Mechanism": a suspicion overrides alive, a confirmation overrides both).
public enum Liveness {
    /// It answers, or nobody has noticed that it does not.
    ALIVE,
    /// A probe of it failed; it may still defend itself.
    SUSPECT,
    /// It did not defend itself in time. A newer incarnation brings it back.
    DEAD,
    /// It said goodbye. Only a new start brings it back.
    LEFT;

    /// Whether it may be talked to: everything but [#DEAD] and [#LEFT].
    public boolean isPresent() {
        return this == ALIVE || this == SUSPECT;
    }
}
