package dev.quorate.swim;

import dev.quorate.types.NodeId;

/// One statement about one member, as it travels.
///
/// @param about the member
/// @param state what is said of it
/// @param incarnation the member's incarnation that this is about
/// @param by who says so: for a suspicion the accuser, since independent accusers count
public record Rumour(NodeId about, Liveness state, Incarnation incarnation, NodeId by) {
    /// Length on the wire, in bytes.
    public static final int BYTES = 8 + 1 + 8 + 4 + 8;

    /// Whether this overrides what is held of the same member: by incarnation, then by state.
    public boolean overrides(Incarnation heldIncarnation, Liveness heldState) {
        return order(heldIncarnation, heldState) > 0;
    }

    int order(Incarnation heldIncarnation, Liveness heldState) {
        int byIncarnation = incarnation.compareTo(heldIncarnation);
        return byIncarnation != 0 ? byIncarnation : state.compareTo(heldState);
    }
}
