package dev.quorate.raft;

/// A leader hands its office to a follower (thesis §3.10).
///
/// Proposals stop until the follower has the whole log; then it is asked to campaign at once. If it
/// is not elected before the deadline, the leader goes on.
final class Handover {
    private final Progress follower;
    private final long deadlineNanos;
    private boolean asked;

    /// @param follower the one that shall lead
    /// @param deadlineNanos when it is given up, in monotonic time
    Handover(Progress follower, long deadlineNanos) {
        this.follower = follower;
        this.deadlineNanos = deadlineNanos;
    }

    Progress follower() {
        return follower;
    }

    boolean isOver(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }

    /// Whether the follower must be asked now; true once.
    boolean mustAsk(long lastIndex) {
        if (asked || follower.matchIndex() != lastIndex) {
            return false;
        }
        asked = true;
        return true;
    }
}
