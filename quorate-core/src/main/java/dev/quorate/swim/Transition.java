package dev.quorate.swim;

import dev.quorate.types.NodeId;

/// A change of what this node believes of a member.
///
/// @param member whom it is about
/// @param before what was believed
/// @param after what is believed now
/// @param incarnation the member's incarnation that this is about
public record Transition(NodeId member, Liveness before, Liveness after, Incarnation incarnation) {
    /// The member started again before anybody had missed it.
    public boolean isRestart() {
        return before == Liveness.ALIVE && after == Liveness.ALIVE;
    }
}
