package dev.quorate.raft;

import dev.quorate.types.Member;
import dev.quorate.types.ReplicaId;
import java.time.Duration;

/// Fixed parameters of one replica.
///
/// @param self this replica
/// @param initial the group's first configuration, in force at index 0: `self` need not be in it
/// @param preferred the replica that should lead when nothing else decides; the others let it
///   campaign first after a cold start
/// @param timing when to beat, when to campaign
/// @param limits bounds on memory and messages
public record RaftConfig(
        Member self, Configuration initial, ReplicaId preferred, Timing timing, Limits limits) {
    /// How often leaders beat, and how long followers wait for a beat.
    ///
    /// @param heartbeat leaders beat at multiples of this, so that all groups of a node beat
    ///   together
    /// @param election lower bound of the election timeout; each wait is drawn from `[t, 2t)`
    ///   (§5.2)
    public record Timing(Duration heartbeat, Duration election) {
        /// Heartbeat 100 ms, election timeout 400–800 ms.
        public static final Timing DEFAULT =
                new Timing(Duration.ofMillis(100), Duration.ofMillis(400));

        public Timing {
            if (heartbeat.isNegative() || heartbeat.isZero()) {
                throw new IllegalArgumentException("heartbeat must be positive: " + heartbeat);
            }
            if (heartbeat.multipliedBy(2).compareTo(election) > 0) {
                throw new IllegalArgumentException(
                        "election timeout ("
                                + election
                                + ") must be at least twice the heartbeat ("
                                + heartbeat
                                + ")");
            }
        }

        /// How long a leader trusts a confirmation, from the moment it asked for it. Shorter than
        /// the time for which a follower elects nobody else by so much that the rates of their two
        /// clocks may be off by [#CLOCK_DRIFT_PERCENT_MAX] each, in opposite directions (thesis
        /// §6.4.1, rule R11).
        public Duration lease() {
            return election.multipliedBy(9).dividedBy(10);
        }

        /// Wall clocks that differ by no more are taken to agree; what is stamped later than this
        /// ahead of a follower's clock it does not acknowledge, in microseconds (rule R14).
        public static final long CLOCK_SKEW_MICROS_MAX = 500_000;

        /// Up to this much the rate of a monotonic clock may be off for leases to hold, in percent.
        public static final int CLOCK_DRIFT_PERCENT_MAX = 5;
    }

    /// What a replica may hold and send at once.
    ///
    /// @param messageBytes entries of one append, in bytes; one larger entry still travels alone
    /// @param inflightMessages appends on their way to one follower
    /// @param inflightBytes the same in bytes
    /// @param uncommittedBytes proposals accepted but not committed, in bytes
    /// @param cacheBytes entries kept in memory once applied, in bytes
    /// @param applyBytes entries handed to the state machine at once, in bytes
    /// @param persistsInFlight writes to the journal that may be outstanding
    /// @param compactEntries entries worth compacting at once
    /// @param retainEntries entries kept for a follower that does not answer; one that needs older
    ///   ones gets a snapshot
    public record Limits(
            int messageBytes,
            int inflightMessages,
            int inflightBytes,
            int uncommittedBytes,
            int cacheBytes,
            int applyBytes,
            int persistsInFlight,
            int compactEntries,
            int retainEntries) {
        /// Fits a node with hundreds of groups.
        public static final Limits DEFAULT =
                new Limits(256 << 10, 64, 4 << 20, 16 << 20, 1 << 20, 1 << 20, 4, 4096, 100_000);

        public Limits {
            if (messageBytes < 1
                    || inflightMessages < 1
                    || inflightBytes < 1
                    || uncommittedBytes < 1
                    || cacheBytes < 0
                    || applyBytes < 1
                    || persistsInFlight < 1
                    || compactEntries < 1
                    || retainEntries < 1) {
                throw new IllegalArgumentException("limits must be positive: " + this);
            }
        }
    }
}
