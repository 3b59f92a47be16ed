package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.sim.Trap.Step;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// A cluster is founded, a node joins, leaves, or is given up, and somebody dies: at every effect
/// and in every force of the journal, one after the other. It must end as if nobody had.
class EveryStepOfALifeTest {
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N3 = new NodeId(3);
    private static final NodeId N4 = new NodeId(4);
    private static final Duration SECOND = Duration.ofSeconds(1);

    /// Every `n`th step is tried; 1 for all.
    private static final long STRIDE = Long.getLong("sim.stride", 1);

    /// A story up to the moment from which steps are counted, and whom it is about.
    private record Scene(Simulation simulation, NodeId victim) {}

    @TestFactory
    Stream<DynamicTest> whoeverDiesWhileAClusterIsFoundedOrANodeJoinsOrLeaves() {
        return Stream.of(
                story("a founder", seed -> founder(seed, N1)),
                story("another founder", seed -> founder(seed, N3)),
                story("the leader while a node is given up", EveryStepOfALifeTest::remover),
                story("the joiner", EveryStepOfALifeTest::joiner),
                story("the leader while a node joins", EveryStepOfALifeTest::leaderOfAJoin),
                story("the leaver", EveryStepOfALifeTest::leaver),
                story("the leader while a node leaves", EveryStepOfALifeTest::leaderOfALeave));
    }

    private static DynamicTest story(String victim, Function<Integer, Scene> begin) {
        return DynamicTest.dynamicTest(
                victim + " dies",
                () -> {
                    for (Step step : Step.values()) {
                        long steps = count(begin, step);
                        assertThat(steps).as("%s of %s", step, victim).isGreaterThan(3);
                        for (long at = 1; at <= steps; at += STRIDE) {
                            die(victim, begin, step, at);
                        }
                    }
                });
    }

    private static long count(Function<Integer, Scene> begin, Step step) {
        Scene scene = begin.apply(0);
        Trap trap = scene.simulation.trap(scene.victim, step, Long.MAX_VALUE);
        scene.simulation.arrange();
        return trap.seen();
    }

    private static void die(String victim, Function<Integer, Scene> begin, Step step, long at) {
        Scene scene = begin.apply(0);
        scene.simulation.trap(scene.victim, step, at);
        try {
            scene.simulation.arrange();
        } catch (Violation violation) {
            throw new AssertionError("%s died at %s %d".formatted(victim, step, at), violation);
        }
    }

    /// Nobody runs yet; whoever dies has its ticket, or what it became.
    private static Scene founder(int seed, NodeId victim) {
        SimConfig config = SimConfig.ordinary(3, 1).replicated(3);
        Simulation simulation = new Simulation("every-step", 77 + seed, config);
        for (long id = 1; id <= 3; id++) {
            simulation.restart(new NodeId(id));
        }
        return new Scene(simulation, victim);
    }

    private static Scene remover(int seed) {
        Simulation simulation = cluster(4, seed);
        NodeId leader = simulation.leader(GroupId.METADATA).orElseThrow();
        NodeId gone = leader.equals(N4) ? N3 : N4;
        simulation.crash(gone).forbid(gone);
        return new Scene(simulation.remove(gone), leader);
    }

    private static Scene joiner(int seed) {
        Simulation simulation = cluster(3, seed);
        return new Scene(simulation, simulation.join());
    }

    private static Scene leaderOfAJoin(int seed) {
        Simulation simulation = cluster(3, seed);
        NodeId leader = simulation.leader(GroupId.METADATA).orElseThrow();
        simulation.join();
        return new Scene(simulation, leader);
    }

    private static Scene leaver(int seed) {
        Simulation simulation = cluster(4, seed);
        return new Scene(simulation.leave(N1), N1);
    }

    private static Scene leaderOfALeave(int seed) {
        Simulation simulation = cluster(4, seed);
        NodeId leader = simulation.leader(GroupId.METADATA).orElseThrow();
        List<NodeId> others = new ArrayList<>(List.of(N1, new NodeId(2), new NodeId(3)));
        others.remove(leader);
        return new Scene(simulation.leave(others.getFirst()), leader);
    }

    private static Simulation cluster(int nodes, int seed) {
        SimConfig config = SimConfig.ordinary(nodes, 1).replicated(3);
        return new Simulation("every-step", 77 + seed, config).found().run(SECOND);
    }
}
