package dev.quorate.raft;

/// When a leader should hand over to the replica that should lead, so that leaders are spread over
/// the nodes again after a node was away.
final class Homing {
    /// Beats for which the follower must have kept up first.
    private static final int HEALTHY_BEATS = 20;

    /// Entries that a follower may lack and still count as keeping up.
    static final long LAG_MAX = 1_000;

    private int healthyBeats;

    /// Called at every beat. One that fails is not tried again before the follower has kept up as
    /// long again.
    ///
    /// @param healthy whether the follower answers and keeps up
    /// @return whether to hand over now
    boolean beat(boolean healthy) {
        healthyBeats = healthy ? healthyBeats + 1 : 0;
        if (healthyBeats < HEALTHY_BEATS) {
            return false;
        }
        healthyBeats = 0;
        return true;
    }
}
