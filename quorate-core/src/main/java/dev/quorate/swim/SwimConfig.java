package dev.quorate.swim;

import java.time.Duration;

/// Fixed parameters of the failure detector; the same on all nodes of a cluster.
///
/// @param timing when to probe, to gossip, to compare
/// @param suspicion how long a suspect may defend itself
/// @param limits bounds on packets and memory
/// @param lifeguard whether the node doubts itself before it doubts others
public record SwimConfig(
        Timing timing, SuspicionTiming suspicion, Limits limits, Lifeguard lifeguard) {
    /// Defaults: a dead node is declared so within 3 s in the median, 6 s in 99 of 100 cases.
    public static final SwimConfig DEFAULT =
            new SwimConfig(Timing.DEFAULT, SuspicionTiming.DEFAULT, Limits.DEFAULT, Lifeguard.ON);

    /// The extensions of the Lifeguard paper.
    public enum Lifeguard {
        /// Local health, suspicions that wait for confirmation, buddy system, nacks, stall guard.
        ON,
        /// Plain SWIM with its suspicion mechanism: for comparison.
        OFF,
    }

    /// How often, and how long.
    ///
    /// @param probeInterval one member is probed per interval (SWIM's protocol period); a probe
    ///   without any answer fails after as long
    /// @param pingTimeout a silent member is asked through others after this
    /// @param gossipInterval pause between rounds of gossip while there is something to tell
    /// @param syncInterval pause between comparisons with a random member once all is quiet
    /// @param deadProbeInterval pause between looks at dead members
    /// @param leaveTimeout longest goodbye
    public record Timing(
            Duration probeInterval,
            Duration pingTimeout,
            Duration gossipInterval,
            Duration syncInterval,
            Duration deadProbeInterval,
            Duration leaveTimeout) {
        /// Probe every 500 ms, ask others after 200 ms, gossip every 100 ms, compare every 30 s.
        public static final Timing DEFAULT =
                new Timing(
                        Duration.ofMillis(500),
                        Duration.ofMillis(200),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(3));

        public Timing {
            positive(probeInterval, "probe interval");
            positive(pingTimeout, "ping timeout");
            positive(gossipInterval, "gossip interval");
            positive(syncInterval, "sync interval");
            positive(deadProbeInterval, "dead probe interval");
            positive(leaveTimeout, "leave timeout");
            if (pingTimeout.multipliedBy(2).compareTo(probeInterval) > 0) {
                throw new IllegalArgumentException(
                        "ping timeout (%s) must be at most half the probe interval (%s)"
                                .formatted(pingTimeout, probeInterval));
            }
            if (syncInterval.compareTo(probeInterval) < 0) {
                throw new IllegalArgumentException(
                        "sync interval (%s) must not be below the probe interval (%s)"
                                .formatted(syncInterval, probeInterval));
            }
        }

        private static void positive(Duration value, String name) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException(name + " must be positive: " + value);
            }
        }
    }

    /// How long a suspect may defend itself (Lifeguard, LHA-Suspicion).
    ///
    /// @param floor shortest time, however small the cluster
    /// @param alpha the minimum is `alpha · log10(n)` probe intervals, but at least the floor
    /// @param beta the maximum is `beta` times the minimum
    /// @param confirmations independent accusers, after the first, that bring it to the minimum
    /// @param isolation how long a node that hears nobody at all blames nobody but itself
    /// @param verifiers how many members should look for themselves when they hear an accusation
    public record SuspicionTiming(
            Duration floor,
            double alpha,
            double beta,
            int confirmations,
            Duration isolation,
            int verifiers) {
        /// At least 1 s, 1.5 · log10(n) intervals, six times that while unconfirmed.
        public static final SuspicionTiming DEFAULT =
                new SuspicionTiming(Duration.ofSeconds(1), 1.5, 6, 3, Duration.ofSeconds(15), 8);

        public SuspicionTiming {
            if (floor.isNegative() || floor.isZero() || alpha < 0 || beta < 1) {
                throw new IllegalArgumentException(
                        "suspicion of floor %s, alpha %s, beta %s".formatted(floor, alpha, beta));
            }
            if (confirmations < 0 || verifiers < 0 || isolation.isNegative()) {
                throw new IllegalArgumentException(
                        "confirmations, verifiers, isolation must not be negative: %d, %d, %s"
                                .formatted(confirmations, verifiers, isolation));
            }
        }
    }

    /// Bounds.
    ///
    /// @param packetBytes longest datagram, in bytes, before encryption
    /// @param helpers members asked to probe on our behalf (SWIM's k)
    /// @param fanout members told per round of gossip
    /// @param retransmit each rumour is sent `retransmit · log2(n + 1)` times (SWIM's λ log n)
    /// @param localHealthMax timeouts grow up to `localHealthMax + 1` times (Lifeguard's S)
    /// @param probesMax own probes at a time
    /// @param relaysMax probes on behalf of others at a time
    /// @param syncPacketsMax packets per comparison; a larger table takes several
    public record Limits(
            int packetBytes,
            int helpers,
            int fanout,
            int retransmit,
            int localHealthMax,
            int probesMax,
            int relaysMax,
            int syncPacketsMax) {
        /// Datagrams of 1,100 bytes fit a QUIC packet on any path.
        public static final Limits DEFAULT = new Limits(1_100, 3, 3, 3, 8, 8, 256, 8);

        public Limits {
            int least = SwimPacket.HEADER_BYTES + 18 + 4 * Rumour.BYTES;
            if (packetBytes < least || packetBytes > 65_000) {
                throw new IllegalArgumentException(
                        "packets must have %d to 65000 bytes: %d".formatted(least, packetBytes));
            }
            if (helpers < 0 || fanout < 1 || retransmit < 1 || localHealthMax < 0) {
                throw new IllegalArgumentException(
                        "helpers %d, fanout %d, retransmit %d, local health %d"
                                .formatted(helpers, fanout, retransmit, localHealthMax));
            }
            if (probesMax < 1 || relaysMax < 1 || syncPacketsMax < 1) {
                throw new IllegalArgumentException(
                        "probes %d, relays %d, sync packets %d must be positive"
                                .formatted(probesMax, relaysMax, syncPacketsMax));
            }
        }
    }

    boolean isLifeguard() {
        return lifeguard == Lifeguard.ON;
    }
}
