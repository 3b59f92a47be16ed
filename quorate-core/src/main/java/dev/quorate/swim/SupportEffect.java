package dev.quorate.swim;

import dev.quorate.types.NodeId;

/// Everything store liveness can ask of the world, or tell it. May be executed the moment it is
/// emitted.
public sealed interface SupportEffect {
    /// Sends a message on the peer's link. Best effort: it is asked again.
    record Send(NodeId to, SupportMessage message) implements SupportEffect {}

    /// The peer began to support this node's epoch.
    record Gained(NodeId by, Incarnation epoch) implements SupportEffect {}

    /// The peer's support of this epoch ran out, was withdrawn, or is forgotten by its new life.
    record Lost(NodeId by, Incarnation epoch) implements SupportEffect {}

    /// This node began to support the peer at this epoch.
    record Given(NodeId to, Incarnation epoch) implements SupportEffect {}

    /// This node stopped supporting the peer at this epoch, for ever: whoever slept on it wakes.
    record Withdrawn(NodeId to, Incarnation epoch) implements SupportEffect {}

    /// This node asks for support at a higher epoch from now on. To be remembered, as
    /// [SwimEffect.RaiseIncarnation].
    record RaiseEpoch(Incarnation epoch) implements SupportEffect {}
}
