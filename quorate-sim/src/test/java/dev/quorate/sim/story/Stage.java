package dev.quorate.sim.story;

import dev.quorate.raft.RaftConfig.Limits;
import dev.quorate.sim.SimConfig;
import dev.quorate.sim.Simulation;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What most stories begin with.
final class Stage {
    static final GroupId G1 = new GroupId(1);
    static final Duration SECOND = Duration.ofSeconds(1);

    private Stage() {}

    /// A founded cluster with one data group on all nodes, and six busy clients.
    static Simulation busy(long seed, int nodes) {
        return founded(seed, config(nodes)).load();
    }

    static Simulation founded(long seed, SimConfig config) {
        return new Simulation("story", seed, config).found();
    }

    static SimConfig config(int nodes) {
        return SimConfig.ordinary(nodes, 1).served(6, Duration.ofMillis(5));
    }

    /// The same, with logs so short that whoever lags needs a snapshot.
    static SimConfig withShortLogs(int nodes) {
        return keeping(nodes, 10);
    }

    /// The same, with logs that only grow.
    static SimConfig withEndlessLogs(int nodes) {
        return keeping(nodes, 1_000_000);
    }

    private static SimConfig keeping(int nodes, int entries) {
        Limits some = Limits.DEFAULT;
        return config(nodes)
                .limited(
                        new Limits(
                                some.messageBytes(),
                                some.inflightMessages(),
                                some.inflightBytes(),
                                some.uncommittedBytes(),
                                some.cacheBytes(),
                                some.applyBytes(),
                                some.persistsInFlight(),
                                entries,
                                entries));
    }

    static NodeId leader(Simulation sim) {
        sim.runUntil("a leader", () -> sim.leader(G1).isPresent(), Duration.ofSeconds(20));
        return sim.leader(G1).orElseThrow();
    }

    /// Waits until somebody else leads.
    static NodeId nextLeader(Simulation sim, NodeId old) {
        sim.runUntil(
                "another leader than " + old,
                () -> sim.leader(G1).isPresent() && !sim.leader(G1).orElseThrow().equals(old),
                Duration.ofSeconds(20));
        return sim.leader(G1).orElseThrow();
    }

    /// Waits until so many more entries are committed.
    static void progress(Simulation sim, long entries) {
        long goal = sim.committed(G1) + entries;
        sim.runUntil("progress", () -> sim.committed(G1) >= goal, Duration.ofSeconds(20));
    }

    static List<NodeId> others(int nodes, NodeId than) {
        List<NodeId> others = new ArrayList<>();
        for (int id = 1; id <= nodes; id++) {
            if (id != than.value()) {
                others.add(new NodeId(id));
            }
        }
        return others;
    }
}
