package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeState;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The life of nodes, in simulated time: how they come, go, and are done without.
class MembershipTest {
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N2 = new NodeId(2);
    private static final NodeId N3 = new NodeId(3);
    private static final NodeId N4 = new NodeId(4);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void aNodeThatJoinsUnderLoadTakesItsShareAndNothingIsLost() {
        Simulation sim = cluster(1, 3, 6).load();

        NodeId joined = sim.join();
        sim.arrange();

        MetadataView view = sim.newestView();
        assertThat(view.topology().stateOf(joined)).isEqualTo(NodeState.ACTIVE);
        assertThat(groups(view, joined)).isBetween(4L, 5L);
        assertThat(zero(view).listeners()).hasSize(1);
    }

    @Test
    void aNodeThatJoinsLateGetsTheDirectoryAsASnapshot() {
        // given a group 0 whose log begins late
        SimConfig config = SimConfig.ordinary(3, 1).compacting(1);
        Simulation sim = new Simulation("late", 2, config).found();
        for (int joiners = 0; joiners < 2; joiners++) {
            sim.join();
            sim.arrange();
        }

        NodeId last = sim.join();
        sim.arrange();

        assertThat(sim.newestView().topology().stateOf(last)).isEqualTo(NodeState.ACTIVE);
        assertThat(sim.fetched(last, GroupId.METADATA)).isPositive();
        // and a restart goes on from what is kept, though the log does not begin at the beginning
        for (NodeId id : List.of(N1, N2, N3, last)) {
            sim.crash(id).restart(id);
        }
        sim.arrange();
    }

    @Test
    void aFounderLeavesUnderLoadAndNothingIsLost() {
        Simulation sim = cluster(3, 4, 6).load();

        sim.leave(N1).arrange();

        MetadataView view = sim.newestView();
        assertThat(view.topology().stateOf(N1)).isEqualTo(NodeState.REMOVED);
        assertThat(view.routing().groups()).noneMatch(group -> group.involves(N1));
        assertThat(zero(view).members()).hasSize(3);
    }

    @Test
    void aNodeThatCannotBeSparedStaysUntilAnotherHasCome() {
        // given three nodes and three replicas of each group
        Simulation sim = cluster(4, 3, 2).load();
        sim.leave(N3).run(SECOND.multipliedBy(10));
        assertThat(sim.newestView().topology().stateOf(N3)).isEqualTo(NodeState.DRAINING);
        assertThat(groups(sim.newestView(), N3)).isEqualTo(2);

        // when a fourth joins
        sim.join();
        sim.arrange();

        assertThat(sim.newestView().topology().stateOf(N3)).isEqualTo(NodeState.REMOVED);
    }

    @Test
    void aNodeThatIsSilentForTooLongIsReplacedAndMayComeBack() {
        // given a cluster that gives up a node after five seconds
        SimConfig config = SimConfig.ordinary(4, 4).replicated(3);
        Simulation sim = new Simulation("lost", 5, config).losing(SECOND.multipliedBy(5)).found();
        sim.load().run(SECOND);

        // when one dies
        sim.crash(N2);
        sim.runUntil(
                "every group to do without it",
                () ->
                        sim.newestView().routing().groups().stream()
                                .skip(1)
                                .noneMatch(group -> group.involves(N2)),
                SECOND.multipliedBy(60));

        // then it is still part of the cluster, and takes its share when it returns
        assertThat(sim.newestView().topology().stateOf(N2)).isEqualTo(NodeState.ACTIVE);
        sim.restart(N2).arrange();
        assertThat(groups(sim.newestView(), N2)).isBetween(2L, 4L);
    }

    @Test
    void aDeadNodeIsRemovedAndAnotherTakesItsPlace() {
        Simulation sim = cluster(6, 3, 3).load();
        sim.crash(N3).forbid(N3);
        NodeId spare = sim.join();

        sim.remove(N3).arrange();

        MetadataView view = sim.newestView();
        assertThat(view.topology().stateOf(N3)).isEqualTo(NodeState.REMOVED);
        assertThat(groups(view, spare)).isEqualTo(3);
    }

    @Test
    void fiveNodesStartedInAnyOrderFormOneClusterAndAWipedOneFoundsNothing() {
        for (int first = 1; first <= 5; first++) {
            SimConfig config = SimConfig.ordinary(5, 3).replicated(3);
            Simulation sim = new Simulation("order", 60 + first, config);
            for (int i = 0; i < 5; i++) {
                sim.restart(new NodeId(1 + (first + 2 * i) % 5)).run(Duration.ofMillis(40));
            }
            sim.settle();
            assertThat(sim.newestView().topology().nodes()).hasSize(5);
            // the smallest loses its disk: it is nobody until it is let in under a new name
            sim.wipe(N1).restart(N1).run(SECOND.multipliedBy(3)).requireStranger(N1);
        }
    }

    @Test
    void oneClockThatIsAYearAheadLetsNobodyComeOrGoEarly() {
        // given a follower whose clock is a year ahead (rule R14)
        Simulation sim = cluster(8, 3, 2).load();
        sim.jumpClock(N2, Duration.ofDays(365));

        NodeId joined = sim.join();
        sim.arrange();

        assertThat(sim.newestView().topology().stateOf(joined)).isEqualTo(NodeState.ACTIVE);
    }

    @Test
    void aJoinThatIsGivenUpLeavesNothingBehind() {
        Simulation sim = cluster(9, 3, 2).load();
        NodeId joiner = sim.join();
        sim.runUntil(
                "the join to be begun",
                () -> sim.newestView().topology().node(joiner) != null,
                SECOND.multipliedBy(10));
        sim.crash(joiner).forbid(joiner);

        sim.leave(joiner).arrange();

        MetadataView view = sim.newestView();
        assertThat(view.topology().stateOf(joiner)).isEqualTo(NodeState.REMOVED);
        assertThat(zero(view).listeners()).isEmpty();
        assertThat(joiner).isEqualTo(N4);
    }

    @Test
    void groupZeroKeepsAnOddNumberOfVotersWhileNodesComeAndGo() {
        Simulation sim = cluster(10, 3, 2);
        List<Integer> sizes = new ArrayList<>();
        for (int joiners = 0; joiners < 3; joiners++) {
            sim.join();
            sim.arrange();
            sizes.add(zero(sim.newestView()).members().size());
        }
        assertThat(sizes).containsExactly(3, 5, 5);
        sim.leave(N1).arrange();
        assertThat(zero(sim.newestView()).members()).hasSize(5);
        sim.leave(N2).arrange();
        assertThat(zero(sim.newestView()).members()).hasSize(3);
    }

    @Test
    void aFounderThatStartsAloneAgainLeadsNothing() {
        Simulation sim = cluster(11, 3, 2);
        sim.join();
        sim.join();
        sim.arrange();
        for (long id = 1; id <= 5; id++) {
            sim.crash(new NodeId(id));
        }
        long answered = sim.load().answered();

        sim.restart(N1).run(SECOND.multipliedBy(10));

        assertThat(sim.leader(GroupId.METADATA)).isEmpty();
        assertThat(sim.answered()).isEqualTo(answered);
        sim.arrange();
    }

    @ParameterizedTest(name = "seed {0}, {1} of them dead")
    @CsvSource({"12, 0", "13, 0", "14, 1", "15, 1", "16, 1"})
    void twoRemovalsAtOnceAreTakenOneAfterTheOtherAndNoGroupLosesItsMajority(long seed, int dead) {
        // given one group on nodes 1, 2 and 3, and two more nodes
        Simulation sim = cluster(seed, 5, 1).load();
        if (dead > 0) {
            sim.crash(N2).forbid(N2);
        }

        // when two operators give up one node each, neither knowing of the other
        sim.remove(N2).remove(N3);
        sim.runUntil(
                "both to be gone",
                () -> {
                    requireMajorities(sim.newestView());
                    return gone(sim, N2) && gone(sim, N3);
                },
                SECOND.multipliedBy(120));
        sim.arrange();

        // then
        assertThat(sim.node(N3).isOut()).isTrue();
    }

    @Test
    void aNodeThatWasRemovedWhileItWasCutOffIsToldWhenItDialsAndEnds() {
        Simulation sim = cluster(23, 4, 3).load();
        sim.partition(N4).run(SECOND.multipliedBy(3));

        sim.remove(N4);
        sim.runUntil("it to be gone", () -> gone(sim, N4), SECOND.multipliedBy(60));
        assertThat(sim.node(N4).isOut()).as("it cannot know yet").isFalse();
        sim.heal();

        sim.runUntil("it to know", () -> sim.node(N4).isOut(), SECOND.multipliedBy(10));
        sim.arrange();
    }

    @Test
    void aNodeThatWasRemovedWhileItWasDownIsToldWhenItStarts() {
        Simulation sim = cluster(14, 4, 3).load();
        sim.crash(N4);
        sim.remove(N4);
        sim.runUntil("it to be gone", () -> gone(sim, N4), SECOND.multipliedBy(60));

        sim.restart(N4);

        sim.runUntil("it to know", () -> sim.node(N4).isOut(), SECOND.multipliedBy(10));
        sim.arrange();
    }

    private static boolean gone(Simulation sim, NodeId node) {
        return sim.newestView().topology().stateOf(node) == NodeState.REMOVED;
    }

    /// Nobody was denied whom a group needed.
    private static void requireMajorities(MetadataView view) {
        for (GroupInfo group : view.routing().groups()) {
            long denied =
                    group.voters().stream().filter(voter -> view.isRevoked(voter.node())).count();
            assertThat(2 * denied).as("%s", group).isLessThan(group.voters().size());
        }
    }

    private static Simulation cluster(long seed, int nodes, int groups) {
        SimConfig config = SimConfig.ordinary(nodes, groups).replicated(3);
        return new Simulation("membership-stories", seed, config).found().run(SECOND);
    }

    private static long groups(MetadataView view, NodeId node) {
        return view.routing().groups().stream()
                .filter(group -> !group.id().equals(GroupId.METADATA))
                .filter(group -> group.memberOn(node) != null)
                .count();
    }

    private static GroupInfo zero(MetadataView view) {
        return Objects.requireNonNull(view.routing().group(GroupId.METADATA));
    }
}
