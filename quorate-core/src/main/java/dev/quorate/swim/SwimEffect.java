package dev.quorate.swim;

/// Everything the failure detector can ask of the world. May be executed the moment it is emitted.
public sealed interface SwimEffect {
    /// Sends one datagram. Best effort.
    record Send(SwimPacket packet) implements SwimEffect {}

    /// What is believed of a member changed: for every [MembershipSubscriber].
    record Changed(Transition transition) implements SwimEffect {}

    /// The node raised its own incarnation. To be remembered for the next start; nothing waits for
    /// it, since the boot epoch alone makes the next life newer.
    record RaiseIncarnation(Incarnation incarnation) implements SwimEffect {}

    /// The goodbye was spread, or took too long. Nothing more is sent.
    record LeaveCompleted() implements SwimEffect {}
}
