package dev.quorate.raft;

import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.List;

/// Fixed parameters of one replica.
///
/// @param self the node this replica is on
/// @param voters all voting replicas, `self` among them, in the order of placement
/// @param preferred the node that should lead when nothing else decides; the others let it campaign
///   first after a cold start
/// @param timing when to beat, when to campaign
/// @param limits bounds on memory and messages
public record RaftConfig(
        NodeId self, List<NodeId> voters, NodeId preferred, Timing timing, Limits limits) {
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
    public record Limits(
            int messageBytes,
            int inflightMessages,
            int inflightBytes,
            int uncommittedBytes,
            int cacheBytes,
            int applyBytes,
            int persistsInFlight,
            int compactEntries) {
        /// Fits a node with hundreds of groups.
        public static final Limits DEFAULT =
                new Limits(256 << 10, 64, 4 << 20, 16 << 20, 1 << 20, 1 << 20, 4, 4096);

        public Limits {
            if (messageBytes < 1
                    || inflightMessages < 1
                    || inflightBytes < 1
                    || uncommittedBytes < 1
                    || cacheBytes < 0
                    || applyBytes < 1
                    || persistsInFlight < 1
                    || compactEntries < 1) {
                throw new IllegalArgumentException("limits must be positive: " + this);
            }
        }
    }

    public RaftConfig {
        voters = List.copyOf(voters);
        if (!voters.contains(self)) {
            throw new IllegalArgumentException(self + " is not among the voters " + voters);
        }
        if (voters.stream().distinct().count() != voters.size()) {
            throw new IllegalArgumentException("a voter is named twice: " + voters);
        }
    }

    int quorum() {
        return voters.size() / 2 + 1;
    }
}
