package dev.quorate.placement;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import org.jspecify.annotations.Nullable;

/// A planned change of one group's replicas.
///
/// @param leaving whose replica goes; null when none does
/// @param to who gets one; null when nobody does
record Move(
        GroupInfo group,
        @Nullable Member leaving,
        @Nullable NodeId to,
        PlacementStep.Reason reason) {
    /// Whether the replica may as well go to another node.
    boolean isFree() {
        return switch (reason) {
            case LOST, DRAIN, FILL, QUARANTINED, SPREAD, BALANCE -> to != null;
            case WITHDRAWN, TRIM, LEADER, LISTEN -> false;
        };
    }
}
