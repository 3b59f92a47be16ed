package dev.quorate.sim;

import dev.quorate.core.PlacementConfig;
import dev.quorate.raft.RaftConfig;
import dev.quorate.sim.Violation.LivenessViolation;
import dev.quorate.sim.Violation.SafetyViolation;
import dev.quorate.types.NodeId;
import java.util.TreeSet;

/// What all parts of one simulated run share: time, chance, the trace, and how to report a breach.
final class World {
    final String scenario;
    final long seed;
    final SimConfig config;
    final Variant variant;
    final Agenda agenda = new Agenda();
    final TraceLog trace;
    final Prng random;
    Faults faults = Faults.NONE;

    /// How nodes arrange the cluster, from their next start on.
    PlacementConfig placement = PlacementConfig.DEFAULT;

    /// Nodes that have lost, or may have lost, what was durable.
    private final TreeSet<NodeId> losers = new TreeSet<>();

    /// Losses that no node could have noticed (rule R25).
    int undetected;

    /// How often a journal found no room.
    long disksFull;

    /// Nodes whose wall clocks were ever moved.
    private final TreeSet<NodeId> jumpers = new TreeSet<>();

    World(String scenario, long seed, Variant variant, SimConfig config, TraceLog trace) {
        this.scenario = scenario;
        this.seed = seed;
        this.variant = variant;
        this.config = config;
        this.trace = trace;
        this.random = new Prng(seed);
    }

    long nowNanos() {
        return agenda.nowNanos();
    }

    /// Whether a node may lose data without that more nodes do than shall.
    boolean mayLose(NodeId node) {
        return losers.size() < faults.lossesMax() || losers.contains(node);
    }

    void lose(NodeId node) {
        losers.add(node);
    }

    boolean isLoser(NodeId node) {
        return losers.contains(node);
    }

    void clockJumped(NodeId node) {
        jumpers.add(node);
    }

    /// Whether some wall clock was ever moved.
    boolean clocksJumped() {
        return !jumpers.isEmpty();
    }

    /// Whether a node's clock may be moved: in half of the runs no more than one is.
    boolean mayJump(NodeId node) {
        return jumpers.isEmpty() || jumpers.contains(node) || (seed & 1) == 1;
    }

    /// Rule R14: while all clocks but one are right, log time is not ahead.
    void requireLogTime(long stampMicros) {
        long limit = SimClock.trueMicros(nowNanos()) + SimClock.SKEW_MICROS_MAX;
        if (config.nodes() >= 3
                && jumpers.size() <= 1
                && stampMicros > limit + RaftConfig.Timing.CLOCK_SKEW_MICROS_MAX) {
            throw unsafe("log time is %.3f s ahead".formatted((stampMicros - limit) / 1e6));
        }
    }

    void event(long node, String what) {
        trace.event(nowNanos(), node, what);
    }

    /// Something happened that must not.
    SafetyViolation unsafe(String what) {
        return new SafetyViolation(report("Unsafe", what));
    }

    /// Code under test failed in a way that it never should.
    SafetyViolation unsafe(String what, Throwable cause) {
        return new SafetyViolation(report("Unsafe", what + ": " + cause), cause);
    }

    /// Something did not happen in time.
    LivenessViolation stuck(String what) {
        return new LivenessViolation(report("Stuck", what));
    }

    private String report(String kind, String what) {
        return """
        %s: %s
          at %.6f ms of simulated time, scenario %s, seed 0x%x
          replay: %s
          %s
        Last events:
        %s\
        """
                .formatted(
                        kind,
                        what,
                        nowNanos() / 1e6,
                        scenario,
                        seed,
                        variant.replay(scenario, seed),
                        config,
                        trace.lastLines());
    }
}
