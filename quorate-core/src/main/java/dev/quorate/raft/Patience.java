package dev.quorate.raft;

import java.util.random.RandomGenerator;

/// When a replica loses patience with its leader, and until when it must not (§5.2; thesis §4.2.3,
/// §9.6; rule R11).
final class Patience {
    /// So many elections one that had better not lead leaves to others.
    private static final int STAND_BACK_MAX = 2;

    /// A campaign that fails doubles the spread of the next wait, at most so often.
    private static final int BACK_OFF_MAX = 2;

    /// Longest lease that anybody may ask for: a wrong number must not silence a voter for good.
    static final long LEASE_NANOS_MAX = 600_000_000_000L;

    private final long electionNanos;
    private final RandomGenerator random;
    private long deadlineNanos;
    private long heardNanos;
    private long boundUntilNanos;
    private int failedCampaigns;
    private int stoodBack;

    Patience(RaftConfig.Timing timing, RandomGenerator random) {
        this.electionNanos = timing.election().toNanos();
        this.random = random;
    }

    /// Shortest election timeout, in nanoseconds.
    long electionNanos() {
        return electionNanos;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    void wakeAt(long nanos) {
        deadlineNanos = nanos;
    }

    /// After a start the preferred leader campaigns first, so that leaders spread over the nodes;
    /// and nobody votes, not even for itself, while a lease may be in force that an earlier life
    /// confirmed.
    ///
    /// @param promisedNanos the longest lease ever confirmed
    void boot(long nowNanos, boolean preferred, long promisedNanos) {
        heardNanos = nowNanos;
        boundUntilNanos = nowNanos;
        promise(nowNanos, promisedNanos);
        long head = preferred ? electionNanos / 2 : electionNanos * 5 / 2;
        long boot = nowNanos + head + random.nextLong(electionNanos / 2 + 1);
        deadlineNanos = later(boot, boundUntilNanos);
    }

    /// Waits anew, for a time drawn from `[t, 2t)`, longer after campaigns that failed.
    void arm(long nowNanos) {
        long spread = electionNanos << Math.min(failedCampaigns, BACK_OFF_MAX);
        deadlineNanos = nowNanos + electionNanos + random.nextLong(spread);
    }

    /// A leader spoke.
    void heard(long nowNanos) {
        failedCampaigns = 0;
        stoodBack = 0;
        heardNanos = nowNanos;
        arm(nowNanos);
    }

    /// A campaign begins; unless a leader is heard of before the next one, this one has failed.
    void campaigns() {
        failedCampaigns++;
    }

    /// Whether to leave this election to somebody else. Not for ever: the others may lack what this
    /// replica holds.
    boolean standsBack() {
        return stoodBack++ < STAND_BACK_MAX;
    }

    /// Whether a leader was heard of within the shortest election timeout.
    boolean hearsLeader(long nowNanos) {
        return nowNanos - heardNanos < electionNanos;
    }

    /// A leader will trust this replica for `leaseNanos` of its own clock; both clocks may be off.
    void promise(long nowNanos, long leaseNanos) {
        long until = nowNanos + leaseNanos + leaseNanos / 9;
        boundUntilNanos = later(boundUntilNanos, until);
    }

    /// Whether a promise is in force.
    boolean isBound(long nowNanos) {
        return nowNanos - boundUntilNanos < 0;
    }

    /// When the promises made so far end.
    long boundUntilNanos() {
        return boundUntilNanos;
    }

    private static long later(long nanos, long otherNanos) {
        return nanos - otherNanos >= 0 ? nanos : otherNanos;
    }
}
