package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftConfig.Limits;
import dev.quorate.sim.Trap.Step;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// A replica that is far behind fetches a snapshot and installs it, and somebody dies: at every
/// effect and in every force of the journal, one after the other (rule R4). It must end with equal
/// states, and every acknowledged write in them.
class EveryStepOfAnInstallationTest {
    private static final GroupId G1 = new GroupId(1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    /// Every `n`th step is tried; 1 for all.
    private static final long STRIDE = Long.getLong("sim.stride", 1);

    /// A cluster up to the moment from which steps are counted.
    private record Scene(Simulation simulation, NodeId leader, NodeId behind) {
        /// Lets the one that is behind hear the others again, until it has installed a snapshot.
        void install() {
            long before = simulation.snapshotsInstalled();
            simulation
                    .heal()
                    .runUntil(
                            "a snapshot to be installed",
                            () -> simulation.snapshotsInstalled() > before,
                            SECOND.multipliedBy(30));
        }
    }

    @TestFactory
    Stream<DynamicTest> whoeverDiesWhileASnapshotIsFetchedAndInstalled() {
        return Stream.of(story("the receiver", Scene::behind), story("the sender", Scene::leader));
    }

    private static DynamicTest story(String name, Function<Scene, NodeId> victim) {
        return DynamicTest.dynamicTest(
                name + " dies",
                () -> {
                    for (Step step : Step.values()) {
                        long steps = stepsUntilInstalled(victim, step);
                        // who only sends may force nothing meanwhile
                        assertThat(steps)
                                .as("%s of %s", step, name)
                                .isGreaterThanOrEqualTo(step == Step.EFFECT ? 1 : 0);
                        for (long at = 1; at <= steps; at += STRIDE) {
                            die(name, victim, step, at);
                        }
                    }
                });
    }

    private static long stepsUntilInstalled(Function<Scene, NodeId> victim, Step step) {
        Scene scene = scene();
        Trap trap = scene.simulation.trap(victim.apply(scene), step, Long.MAX_VALUE);
        scene.install();
        return trap.seen();
    }

    private static void die(String name, Function<Scene, NodeId> victim, Step step, long at) {
        Scene scene = scene();
        scene.simulation.trap(victim.apply(scene), step, at);
        try {
            scene.simulation.heal().run(SECOND).settle();
        } catch (Violation violation) {
            throw new AssertionError("%s died at %s %d".formatted(name, step, at), violation);
        }
    }

    private static Scene scene() {
        Simulation simulation =
                new Simulation("every-install", 91, config())
                        .prefer(Habits.ORDINARY.appending(0))
                        .found()
                        .load()
                        .run(SECOND);
        NodeId leader = simulation.leader(G1).orElseThrow();
        NodeId behind =
                List.of(new NodeId(1), new NodeId(2), new NodeId(3)).stream()
                        .filter(node -> !node.equals(leader))
                        .findFirst()
                        .orElseThrow();
        simulation.partition(behind);
        long goal = simulation.committed(G1) + 60;
        simulation.runUntil(
                "progress", () -> simulation.committed(G1) >= goal, SECOND.multipliedBy(20));
        return new Scene(simulation.rest().run(SECOND), leader, behind);
    }

    /// Logs are so short that whoever lags needs a snapshot.
    private static SimConfig config() {
        Limits some = Limits.DEFAULT;
        return SimConfig.ordinary(3, 1)
                .served(6, Duration.ofMillis(5))
                .limited(
                        new Limits(
                                some.messageBytes(),
                                some.inflightMessages(),
                                some.inflightBytes(),
                                some.uncommittedBytes(),
                                some.cacheBytes(),
                                some.applyBytes(),
                                some.persistsInFlight(),
                                10,
                                10));
    }
}
