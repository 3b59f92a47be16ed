package dev.quorate.sim;

import dev.quorate.core.NodeConfig.NodeLimits;
import dev.quorate.raft.RaftConfig.Limits;
import dev.quorate.raft.RaftConfig.Timing;
import java.time.Duration;
import java.util.List;

/// How the simulated cluster is set up. Drawn from the seed like the faults: many bugs show only
/// with odd limits.
///
/// @param nodes how many nodes found the cluster
/// @param groups data groups
/// @param replicas replicas per group
/// @param segmentBytes size of a journal segment
/// @param turnInputsMax inputs that a node takes in one turn
/// @param mailboxMax messages from peers that a node keeps waiting; more are dropped
/// @param flushEvery how often state machines are made durable
/// @param applyCost longest time that applying one batch takes
/// @param clients how many clients work at once
/// @param keys how many registers they work on
/// @param thinkMax longest pause of a client
public record SimConfig(
        int nodes,
        int groups,
        int replicas,
        Timing timing,
        Limits raftLimits,
        NodeLimits limits,
        int segmentBytes,
        int turnInputsMax,
        int mailboxMax,
        Duration flushEvery,
        Duration applyCost,
        int clients,
        int keys,
        Duration thinkMax) {
    /// A cluster of ordinary settings.
    public static SimConfig ordinary(int nodes, int groups) {
        return new SimConfig(
                nodes,
                groups,
                nodes,
                Timing.DEFAULT,
                Limits.DEFAULT,
                NodeLimits.DEFAULT,
                256 << 10,
                256,
                10_000,
                Duration.ofSeconds(1),
                Duration.ofMillis(1),
                4,
                8,
                Duration.ofMillis(20));
    }

    /// Anything that is allowed.
    public static SimConfig drawn(Prng random) {
        int nodes = random.pick(List.of(3, 3, 5));
        int groups = random.chance(0.6) ? 1 + random.nextInt(3) : 1 + random.nextInt(20);
        boolean tiny = random.chance(0.15);
        return new SimConfig(
                nodes,
                groups,
                nodes == 5 && random.chance(0.5) ? 5 : 3,
                timing(random),
                tiny ? tinyLimits() : limits(random),
                tiny ? new NodeLimits(1, 1, 4, 500_000_000L, 1_000) : nodeLimits(random),
                random.pick(List.of(128 << 10, 160 << 10, 256 << 10)),
                tiny ? 1 : random.pick(List.of(1, 8, 256)),
                random.pick(List.of(64, 10_000)),
                Duration.ofMillis(random.pick(List.of(50, 500, 3000))),
                Duration.ofMillis(random.pick(List.of(1, 1, 10))),
                1 + random.nextInt(6),
                1 + random.nextInt(8),
                Duration.ofMillis(random.pick(List.of(5, 50, 300))));
    }

    /// Every bound is 1 (rule R10).
    public static SimConfig tiny(Prng random) {
        SimConfig some = drawn(random);
        return new SimConfig(
                some.nodes,
                1 + random.nextInt(3),
                some.replicas,
                some.timing,
                tinyLimits(),
                new NodeLimits(1, 1, 1 + random.nextInt(3), 500_000_000L, 1_000),
                some.segmentBytes,
                1,
                1,
                some.flushEvery,
                Duration.ofMillis(1),
                6,
                some.keys,
                Duration.ofMillis(5));
    }

    /// This configuration with other numbers of nodes and groups.
    public SimConfig sized(int newNodes, int newGroups) {
        return new SimConfig(
                newNodes,
                newGroups,
                Math.min(replicas, newNodes),
                timing,
                raftLimits,
                limits,
                segmentBytes,
                turnInputsMax,
                mailboxMax,
                flushEvery,
                applyCost,
                clients,
                keys,
                thinkMax);
    }

    /// This configuration with other limits of each replica.
    public SimConfig limited(Limits newLimits) {
        return new SimConfig(
                nodes,
                groups,
                replicas,
                timing,
                newLimits,
                limits,
                segmentBytes,
                turnInputsMax,
                mailboxMax,
                flushEvery,
                applyCost,
                clients,
                keys,
                thinkMax);
    }

    /// This configuration with other heartbeats and elections.
    public SimConfig timed(Timing newTiming) {
        return new SimConfig(
                nodes,
                groups,
                replicas,
                newTiming,
                raftLimits,
                limits,
                segmentBytes,
                turnInputsMax,
                mailboxMax,
                flushEvery,
                applyCost,
                clients,
                keys,
                thinkMax);
    }

    /// This configuration with so many clients.
    public SimConfig served(int newClients, Duration newThinkMax) {
        return new SimConfig(
                nodes,
                groups,
                replicas,
                timing,
                raftLimits,
                limits,
                segmentBytes,
                turnInputsMax,
                mailboxMax,
                flushEvery,
                applyCost,
                newClients,
                keys,
                newThinkMax);
    }

    /// This configuration with another number of replicas per group.
    public SimConfig replicated(int newReplicas) {
        return new SimConfig(
                nodes,
                groups,
                newReplicas,
                timing,
                raftLimits,
                limits,
                segmentBytes,
                turnInputsMax,
                mailboxMax,
                flushEvery,
                applyCost,
                clients,
                keys,
                thinkMax);
    }

    /// This configuration with logs that are compacted after so many entries.
    SimConfig compacting(int entries) {
        Limits now = raftLimits;
        return new SimConfig(
                nodes,
                groups,
                replicas,
                timing,
                new Limits(
                        now.messageBytes(),
                        now.inflightMessages(),
                        now.inflightBytes(),
                        now.uncommittedBytes(),
                        now.cacheBytes(),
                        now.applyBytes(),
                        now.persistsInFlight(),
                        entries,
                        now.retainEntries()),
                limits,
                segmentBytes,
                turnInputsMax,
                mailboxMax,
                flushEvery,
                applyCost,
                clients,
                keys,
                thinkMax);
    }

    /// Whether some bound is so tight that catching up takes a round trip per entry.
    public boolean isTight() {
        return raftLimits.messageBytes() < 1024
                || raftLimits.inflightBytes() < 1024
                || raftLimits.uncommittedBytes() < 1024
                || limits.journalCredits() < 4
                || limits.applyCredits() < 4
                || turnInputsMax < 8
                || mailboxMax < 64;
    }

    private static Limits tinyLimits() {
        return new Limits(1, 1, 1, 1, 0, 1, 1, 1, 100);
    }

    private static Limits limits(Prng random) {
        return new Limits(
                random.pick(List.of(1, 300, 4096, 256 << 10)),
                random.pick(List.of(1, 2, 64)),
                random.pick(List.of(1, 4096, 4 << 20)),
                random.pick(List.of(200, 4096, 16 << 20)),
                random.pick(List.of(0, 300, 1 << 20)),
                random.pick(List.of(1, 300, 1 << 20)),
                random.pick(List.of(1, 2, 4)),
                random.pick(List.of(1, 20, 4096)),
                random.pick(List.of(10, 100, 100_000)));
    }

    private static NodeLimits nodeLimits(Prng random) {
        return new NodeLimits(
                random.pick(List.of(1, 3, 4096)),
                random.pick(List.of(1, 3, 4096)),
                random.pick(List.of(2, 100, 100_000)),
                random.pick(List.of(0L, 50_000_000L, 500_000_000L)),
                random.pick(List.of(2, 1_000)));
    }

    private static Timing timing(Prng random) {
        int heartbeat = random.pick(List.of(20, 50, 100));
        int times = random.pick(List.of(2, 3, 5, 10));
        return new Timing(
                Duration.ofMillis(heartbeat), Duration.ofMillis((long) heartbeat * times));
    }

    /// More events than a span of simulated time has unless something goes in circles.
    long eventsIn(Duration span) {
        double beats = 1e9 / timing.heartbeat().toNanos();
        double perSecond = 100_000 + beats * groups * replicas * 40;
        return 200_000 + (long) (perSecond * span.toNanos() / 1e9);
    }
}
