package dev.quorate.raft;

/// When a leader hands its office to the replica that should have it (thesis §3.10), so that
/// leaders are spread over the nodes again after a node was away.
///
/// Proposals stop until the follower has the whole log; then it is asked to campaign at once. If it
/// is not elected before the deadline, the leader goes on.
final class Handover {
    /// Beats for which the follower must have kept up first.
    private static final int HEALTHY_BEATS = 20;

    /// Entries that a follower may lack and still count as keeping up.
    private static final long LAG_MAX = 1_000;

    private final Progress follower;
    private int healthyBeats;
    private boolean active;
    private boolean asked;
    private long deadlineNanos;

    /// @param follower the one that should lead
    Handover(Progress follower) {
        this.follower = follower;
    }

    /// Whether proposals must wait.
    boolean active() {
        return active;
    }

    Progress follower() {
        return follower;
    }

    /// Called at every beat.
    ///
    /// @param answered whether the follower answered since the last beat
    /// @param patienceNanos how long a hand-over may take
    /// @return whether it was given up just now
    boolean beat(long nowNanos, boolean answered, long lastIndex, long patienceNanos) {
        if (active) {
            active = nowNanos - deadlineNanos < 0;
            return !active;
        }
        boolean healthy = answered && lastIndex - follower.matchIndex() <= LAG_MAX;
        healthyBeats = healthy ? healthyBeats + 1 : 0;
        if (healthyBeats >= HEALTHY_BEATS) {
            // one that fails is not tried again before the follower has kept up as long again
            healthyBeats = 0;
            active = true;
            asked = false;
            deadlineNanos = nowNanos + patienceNanos;
        }
        return false;
    }

    /// Whether the follower must be asked now; true once.
    boolean mustAsk(long lastIndex) {
        if (!active || asked || follower.matchIndex() != lastIndex) {
            return false;
        }
        asked = true;
        return true;
    }
}
