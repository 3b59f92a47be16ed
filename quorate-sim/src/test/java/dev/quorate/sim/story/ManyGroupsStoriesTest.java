package dev.quorate.sim.story;

import static dev.quorate.sim.story.Stage.G1;
import static dev.quorate.sim.story.Stage.SECOND;
import static dev.quorate.sim.story.Stage.leader;
import static dev.quorate.sim.story.Stage.nextLeader;
import static dev.quorate.sim.story.Stage.others;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome.Served;
import dev.quorate.sim.Habits;
import dev.quorate.sim.SimConfig;
import dev.quorate.sim.Simulation;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rules R12 and R13: what groups on the same nodes may, and may not, tell of each other.
class ManyGroupsStoriesTest {
    private static final int GROUPS = 8;

    /// R12. Everything else that the two nodes say to each other arrives, the other groups' beats
    /// among it: no read may take that for a confirmation of this group. Histories are checked.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aGroupThatHearsNothingIsNotConfirmedByItsNeighbours(long seed) {
        SimConfig config = SimConfig.ordinary(3, 4).served(12, Duration.ofMillis(5));
        Simulation sim =
                Stage.founded(seed, config)
                        .prefer(Habits.ORDINARY.reading(0.7, 0.5))
                        .load()
                        .run(SECOND);
        for (int round = 0; round < 4; round++) {
            NodeId old = leader(sim);
            sim.silence(G1, old);
            nextLeader(sim, old);
            sim.run(SECOND.multipliedBy(2)).heal().run(SECOND);
        }
        sim.settle();
        assertThat(sim.served(Served.LEASE)).isPositive();
    }

    @Test
    void aQuickRestartLeavesNoGroupWithoutALeader() {
        // whoever leads then, it did not lead before: it remembers nothing
        withoutAWrite(true, (sim, node) -> sim.crash(node).run(Duration.ofMillis(5)).restart(node));
    }

    @Test
    void aOneWayCutLeavesNoGroupWithoutALeader() {
        withoutAWrite(false, (sim, node) -> others(3, node).forEach(other -> sim.cut(node, other)));
        withoutAWrite(false, (sim, node) -> others(3, node).forEach(other -> sim.cut(other, node)));
    }

    @Test
    void aPauseLeavesNoGroupWithoutALeader() {
        withoutAWrite(false, (sim, node) -> sim.pause(node, SECOND.multipliedBy(20)));
        withoutAWrite(false, (sim, node) -> sim.suspend(node, SECOND.multipliedBy(20)));
    }

    @Test
    void aGroupThatIsHaltedOnItsNodeGetsAnotherLeaderThere() {
        withoutAWrite(false, (sim, node) -> groups().forEach(group -> sim.silence(group, node)));
    }

    /// R13. Something befalls the node that leads the first group. Nobody writes, and yet every
    /// group has a leader that a majority follows within ten election timeouts of 400 to 800 ms.
    private static void withoutAWrite(boolean mayLead, BiConsumer<Simulation, NodeId> trouble) {
        for (long seed = 1; seed <= 3; seed++) {
            Simulation sim = Stage.founded(seed, SimConfig.ordinary(3, GROUPS)).run(SECOND);
            NodeId node = leader(sim);
            trouble.accept(sim, node);
            sim.runUntil(
                    "every group to have a leader that is heard",
                    () -> groups().allMatch(group -> isLed(sim, group, mayLead ? null : node)),
                    Duration.ofSeconds(8));
        }
    }

    private static boolean isLed(Simulation sim, GroupId group, @Nullable NodeId mustNot) {
        return sim.isLed(group) && !sim.leader(group).orElseThrow().equals(mustNot);
    }

    private static Stream<GroupId> groups() {
        return LongStream.rangeClosed(0, GROUPS).mapToObj(GroupId::new);
    }
}
