package dev.quorate.core;

import dev.quorate.placement.PlacementOptions;
import java.time.Duration;

/// How the leader of group 0 arranges the cluster.
///
/// @param lostAfter how long a node may be silent before its replicas are replaced
/// @param options how much may move at a time
public record PlacementConfig(Duration lostAfter, PlacementOptions options) {
    /// A node is given up after five minutes: a restart, also a slow one, moves nothing.
    public static final PlacementConfig DEFAULT =
            new PlacementConfig(Duration.ofMinutes(5), PlacementOptions.DEFAULT);

    public PlacementConfig {
        if (lostAfter.isNegative() || lostAfter.isZero()) {
            throw new IllegalArgumentException("lostAfter must be positive: " + lostAfter);
        }
    }
}
