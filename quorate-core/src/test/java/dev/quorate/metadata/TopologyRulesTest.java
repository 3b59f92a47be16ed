package dev.quorate.metadata;

import static dev.quorate.metadata.NodeState.ACTIVE;
import static dev.quorate.metadata.NodeState.DECOMMISSIONED;
import static dev.quorate.metadata.NodeState.DRAINING;
import static dev.quorate.metadata.NodeState.JOINING;
import static dev.quorate.metadata.NodeState.LEARNER;
import static dev.quorate.metadata.NodeState.REMOVED;
import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.batch;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.learner;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static dev.quorate.metadata.Samples.outcome;
import static dev.quorate.metadata.Samples.pin;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.MetadataOutcome.Applied;
import dev.quorate.metadata.MetadataOutcome.Code;
import dev.quorate.metadata.MetadataOutcome.Rejected;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Which nodes there are and what they may become, one rule at a time.
class TopologyRulesTest {
    private static final MetadataState EMPTY = MetadataState.EMPTY;

    /// The whole way of a node; the first `n` steps lead to the state with code `n`.
    private static final List<MetadataEntry> WAY =
            List.of(
                    new TopologyChange.Join(node(7)),
                    new TopologyChange.StartLearning(n(7)),
                    new TopologyChange.PromoteToVoter(n(7)),
                    new TopologyChange.StartDecommission(n(7)),
                    new TopologyChange.FinishDecommission(n(7)),
                    new TopologyChange.Leave(n(7)));

    @Test
    void everyEdgeOutsideTheTableIsRejected() {
        // the whole truth, written out: rows are states, columns the commands in their order
        // (start learning, promote, start, cancel and finish decommission, leave)
        Map<NodeState, List<String>> expected = new EnumMap<>(NodeState.class);
        expected.put(JOINING, List.of("LEARNER", "-", "DRAINING", "-", "-", "REMOVED"));
        expected.put(LEARNER, List.of("LEARNER", "ACTIVE", "DRAINING", "-", "-", "REMOVED"));
        expected.put(ACTIVE, List.of("-", "ACTIVE", "DRAINING", "ACTIVE", "-", "-"));
        expected.put(DRAINING, List.of("-", "-", "DRAINING", "ACTIVE", "DECOMMISSIONED", "-"));
        expected.put(DECOMMISSIONED, List.of("-", "-", "-", "-", "DECOMMISSIONED", "REMOVED"));
        expected.put(REMOVED, List.of("-", "-", "-", "-", "-", "REMOVED"));

        for (NodeState from : NodeState.values()) {
            MetadataState state = reached(from);
            assertThat(state.view().topology().stateOf(n(7))).isEqualTo(from);
            List<String> row =
                    List.of(NodeEdge.Command.values()).stream()
                            .map(command -> resultOf(state, change(command)))
                            .toList();
            assertThat(row).as("from %s", from).isEqualTo(expected.get(from));
        }
    }

    @Test
    void oneNodeBeyondTheLargestClusterIsRefusedInASentence() {
        MetadataState full = founded(ClusterTopology.NODES_MAX, 1, 3);
        long next = ClusterTopology.NODES_MAX + 1L;
        NodeInfo newcomer = NodeInfo.joining(n(next), "10.0.1.1:9000", "");

        assertThat(outcome(full, new TopologyChange.Join(newcomer)))
                .isEqualTo(
                        new Rejected(
                                Code.LIMIT_REACHED,
                                "the cluster already has "
                                        + ClusterTopology.NODES_MAX
                                        + " nodes, and more are not possible"));
        // and the last one that fits has its place in group 0
        GroupInfo zero = Samples.group(full.view(), 0);
        assertThat(zero.involves(n(ClusterTopology.NODES_MAX))).isTrue();
    }

    @Test
    void aNodeWalksTheWholeWay() {
        MetadataState state = reached(REMOVED);
        assertThat(state.view().topology().nodes()).isEmpty();
        assertThat(state.view().topology().removed()).containsExactly(n(7));
    }

    @Test
    void promoteOfAnUnknownNodeIsRejected() {
        assertRejected(EMPTY, new TopologyChange.PromoteToVoter(n(7)), Code.UNKNOWN_NODE);
    }

    @Test
    void joinOfAKnownNodeChangesNothing() {
        // given
        MetadataState state = applied(EMPTY, new TopologyChange.Join(learner(7)));

        // when it joins again, from elsewhere
        NodeInfo moved = NodeInfo.joining(n(7), "10.9.9.9:1", "").withIncarnation(9);
        MetadataState again = applied(state, new TopologyChange.Join(moved));

        // then
        assertThat(again.view().topology()).isEqualTo(state.view().topology());
    }

    @Test
    void joinUnderAnotherKeyIsRejected() {
        MetadataState state = applied(EMPTY, new TopologyChange.Join(node(7).withPin(pin(1))));
        assertRejected(
                state, new TopologyChange.Join(node(7).withPin(pin(2))), Code.IDENTITY_CONFLICT);
        assertRejected(
                state, new TopologyChange.Join(node(8).withPin(pin(1))), Code.IDENTITY_CONFLICT);
    }

    @Test
    void aRemovedNodesIdIsSpent() {
        MetadataState state = reached(REMOVED);
        assertRejected(state, new TopologyChange.Join(node(7)), Code.NODE_REMOVED);
        assertRejected(state, new TopologyChange.Rejoin(node(7)), Code.NODE_REMOVED);
    }

    @Test
    void nobodyJoinsAsActive() {
        for (NodeState state : List.of(ACTIVE, DRAINING, DECOMMISSIONED)) {
            assertRejected(
                    EMPTY, new TopologyChange.Join(node(7).withState(state)), Code.ILLEGAL_EDGE);
        }
    }

    @Test
    void anAddressThatIsNoneIsRejectedInsteadOfReplaced() {
        for (String address :
                List.of("here", ":9000", "h:", "h:0", "h:65536", "h:1x", "h:99999999999")) {
            assertRejected(
                    EMPTY,
                    new TopologyChange.Join(NodeInfo.joining(n(7), address, "")),
                    Code.INVALID);
        }
    }

    @Test
    void rejoinBringsNewAddressesAtAHigherIncarnationOnly() {
        // given
        MetadataState state =
                applied(
                        EMPTY,
                        new TopologyChange.Join(learner(7).withPin(pin(1)).withIncarnation(3)),
                        new TopologyChange.PromoteToVoter(n(7)));
        NodeInfo moved = NodeInfo.joining(n(7), "10.9.9.9:1", "");

        // when
        MetadataState after = applied(state, new TopologyChange.Rejoin(moved.withIncarnation(4)));

        // then state and key stay
        assertThat(after.view().topology().node(n(7)))
                .isEqualTo(moved.withIncarnation(4).withState(ACTIVE).withPin(pin(1)));
        assertRejected(state, new TopologyChange.Rejoin(moved.withIncarnation(3)), Code.STALE);
        assertRejected(
                state,
                new TopologyChange.Rejoin(moved.withIncarnation(4).withPin(pin(2))),
                Code.IDENTITY_CONFLICT);
        assertThat(
                        outcome(
                                after,
                                new TopologyChange.Rejoin(
                                        moved.withIncarnation(4).withPin(pin(1)))))
                .isEqualTo(new Applied());
    }

    @Test
    void aRunningNodeMayMoveToOtherAddresses() {
        // given
        MetadataState two =
                applied(
                        MetadataState.EMPTY,
                        new TopologyChange.Join(
                                node(1).withPin(Samples.pin(1)).withIncarnation(3)));
        TreeMap<String, String> others = new TreeMap<>(Map.of("admin", "h:1"));

        // when
        MetadataState moved =
                applied(two, new TopologyChange.ChangeAddresses(n(1), 3, "h:2", "h:3", others));

        // then everything but the addresses stays
        NodeInfo info = Objects.requireNonNull(moved.view().topology().node(n(1)));
        assertThat(info.linksAddress()).isEqualTo("h:2");
        assertThat(info.clientAddress()).isEqualTo("h:3");
        assertThat(info.addresses()).isEqualTo(others);
        assertThat(info.spkiPin()).isEqualTo(Samples.pin(1));
        assertThat(info.incarnation()).isEqualTo(3);
        assertRejected(
                moved,
                new TopologyChange.ChangeAddresses(n(1), 2, "h:9", "h:9", others),
                Code.STALE);
        assertRejected(
                moved,
                new TopologyChange.ChangeAddresses(n(1), 3, "nowhere", "h:9", others),
                Code.INVALID);
        assertRejected(
                moved,
                new TopologyChange.ChangeAddresses(n(9), 3, "h:9", "h:9", others),
                Code.UNKNOWN_NODE);
    }

    @Test
    void labelsAreReplacedByCommand() {
        MetadataState one = applied(MetadataState.EMPTY, new TopologyChange.Join(node(1)));
        TreeMap<String, String> labels = new TreeMap<>(Map.of("zone", "b"));
        MetadataState labelled = applied(one, new TopologyChange.ChangeLabels(n(1), labels));
        assertThat(Objects.requireNonNull(labelled.view().topology().node(n(1))).labels())
                .isEqualTo(labels);
        assertRejected(labelled, new TopologyChange.ChangeLabels(n(9), labels), Code.UNKNOWN_NODE);
    }

    @Test
    void aNodeThatHoldsReplicasCannotBeFinishedOrLeave() {
        // given
        MetadataState state = applied(founded(3, 1, 3), new TopologyChange.StartDecommission(n(2)));

        // when, then
        assertThat(outcome(state, new TopologyChange.FinishDecommission(n(2))))
                .isEqualTo(
                        new Rejected(
                                Code.NODE_IN_USE,
                                "n2 still has a place in 2 groups, the first is g0"));
    }

    @Test
    void aDrainingNodeStaysDrainingWhateverElseHappens() {
        // given
        MetadataState state = applied(founded(3, 1, 3), new TopologyChange.StartDecommission(n(2)));

        // when it restarts and joins again
        MetadataState after =
                applied(
                        state,
                        new TopologyChange.Join(node(2)),
                        new TopologyChange.Rejoin(node(2).withIncarnation(1)));

        // then
        assertThat(after.view().topology().stateOf(n(2))).isEqualTo(DRAINING);
    }

    @Test
    void aNodeBelowTheClusterVersionCannotJoin() {
        // given
        MetadataState state = applied(EMPTY, new MetadataEntry.ClusterVersionBump(0, 3));

        // when, then
        assertRejected(
                state,
                new TopologyChange.Join(node(7).withWire(new WireRange(1, 2))),
                Code.VERSION_MISMATCH);
        applied(state, new TopologyChange.Join(node(7).withWire(new WireRange(2, 4))));
    }

    @Test
    void theVersionRisesOnlyFromWhatItIsAndToWhatAllSpeak() {
        // given
        MetadataState state =
                applied(
                        EMPTY,
                        new TopologyChange.Join(node(1).withWire(new WireRange(1, 3))),
                        new MetadataEntry.ClusterVersionBump(0, 2));

        // when, then
        assertRejected(state, new MetadataEntry.ClusterVersionBump(1, 3), Code.VERSION_MISMATCH);
        assertRejected(state, new MetadataEntry.ClusterVersionBump(2, 4), Code.VERSION_MISMATCH);
        assertThat(applied(state, new MetadataEntry.ClusterVersionBump(2, 3)).view().version())
                .isEqualTo(3);
    }

    @Test
    void aKeyIsPinnedOnceAndToOneNode() {
        // given
        MetadataState state =
                applied(
                        EMPTY,
                        new TopologyChange.Join(node(1)),
                        new TopologyChange.Join(node(2)),
                        new MetadataEntry.PinNodeIdentity(n(1), pin(1)));

        // when, then
        assertThat(outcome(state, new MetadataEntry.PinNodeIdentity(n(1), pin(1))))
                .isEqualTo(new Applied());
        assertRejected(
                state, new MetadataEntry.PinNodeIdentity(n(1), pin(2)), Code.IDENTITY_CONFLICT);
        assertRejected(
                state, new MetadataEntry.PinNodeIdentity(n(2), pin(1)), Code.IDENTITY_CONFLICT);
        assertRejected(state, new MetadataEntry.PinNodeIdentity(n(3), pin(3)), Code.UNKNOWN_NODE);
    }

    @Test
    void oneRejectedChildLeavesTheWholeBatchWithoutEffect() {
        // when
        MetadataState.Step step =
                EMPTY.apply(
                        1,
                        5,
                        batch(
                                new TopologyChange.Join(learner(7)),
                                batch(new TopologyChange.FinishDecommission(n(7)))));

        // then
        assertThat(step.outcome())
                .isEqualTo(
                        new Rejected(
                                Code.ILLEGAL_EDGE,
                                "entry 2 of the batch: entry 1 of the batch: n7 is LEARNER, from"
                                        + " where no FINISH_DECOMMISSION is possible"));
        assertThat(step.state()).isEqualTo(EMPTY.skip(1, 5));
    }

    @Test
    void aBatchEqualsItsChildrenInOrder() {
        // given
        MetadataEntry join = new TopologyChange.Join(learner(7));
        MetadataEntry promote = new TopologyChange.PromoteToVoter(n(7));

        // when, then
        assertThat(applied(EMPTY, batch(join, batch(promote))).view().topology().nodes())
                .isEqualTo(applied(EMPTY, join, promote).view().topology().nodes());
    }

    private static MetadataState reached(NodeState state) {
        return applied(EMPTY, WAY.subList(0, state.code()).toArray(MetadataEntry[]::new));
    }

    private static String resultOf(MetadataState state, MetadataEntry change) {
        MetadataState.Step step = state.apply(state.index() + 1, 1, change);
        return switch (step.outcome()) {
            case Applied() -> String.valueOf(step.state().view().topology().stateOf(n(7)));
            case Rejected _ -> "-";
        };
    }

    private static TopologyChange change(NodeEdge.Command command) {
        return switch (command) {
            case START_LEARNING -> new TopologyChange.StartLearning(n(7));
            case PROMOTE_TO_VOTER -> new TopologyChange.PromoteToVoter(n(7));
            case START_DECOMMISSION -> new TopologyChange.StartDecommission(n(7));
            case CANCEL_DECOMMISSION -> new TopologyChange.CancelDecommission(n(7));
            case FINISH_DECOMMISSION -> new TopologyChange.FinishDecommission(n(7));
            case LEAVE -> new TopologyChange.Leave(n(7));
        };
    }

    private static void assertRejected(MetadataState state, MetadataEntry entry, Code code) {
        assertThat(outcome(state, entry))
                .isInstanceOfSatisfying(
                        Rejected.class, rejected -> assertThat(rejected.code()).isEqualTo(code));
    }
}
