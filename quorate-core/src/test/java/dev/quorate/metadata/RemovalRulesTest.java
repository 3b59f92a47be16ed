package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.batch;
import static dev.quorate.metadata.Samples.codeAt;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.g;
import static dev.quorate.metadata.Samples.group;
import static dev.quorate.metadata.Samples.m;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static dev.quorate.metadata.Samples.outcome;
import static dev.quorate.metadata.Samples.pin;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.MetadataEntry.DenyNode;
import dev.quorate.metadata.MetadataEntry.DenyNode.Care;
import dev.quorate.metadata.MetadataEntry.PinNodeIdentity;
import dev.quorate.metadata.MetadataOutcome.Code;
import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.metadata.TopologyChange.StartDecommission;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Whether a node may be given up is decided where that is applied: three nodes with a replica of
/// every group, and two that only listen.
class RemovalRulesTest {
    private final MetadataState state = cluster();

    private static MetadataState cluster() {
        MetadataState founded = founded(3, 1, 3);
        for (int id = 1; id <= 3; id++) {
            founded = applied(founded, new PinNodeIdentity(n(id), pin(id)));
        }
        return applied(
                founded,
                new TopologyChange.Join(node(4).withPin(pin(4))),
                new TopologyChange.Join(node(5).withPin(pin(5))),
                new TopologyChange.StartLearning(n(4)));
    }

    @Test
    void aNodeThatTheOthersCanDoWithoutIsDeniedWithEveryKey() {
        MetadataState swapping =
                applied(state, new NodeKeyChange.Stage(n(3), pin(3), pin(33)), removal(3));
        assertThat(swapping.view().isRevoked(n(3))).isTrue();
        assertThat(swapping.view().ownerOf(pin(33))).isEqualTo(new KeyOwner.Revoked("burnt"));
        assertThat(swapping.view().topology().stateOf(n(3))).isEqualTo(NodeState.DRAINING);
    }

    @Test
    void ofTwoRemovalsThatEachDoNoHarmTheSecondIsRejectedWhole() {
        // given two operators who looked at the same view
        assertThat(codeAt(state, 1, removal(2))).isNull();
        assertThat(codeAt(state, 1, removal(3))).isNull();

        // when the log has both
        MetadataState first = applied(state, removal(2));

        // then
        assertThat(codeAt(first, 1, removal(3))).isEqualTo(Code.MAJORITY_LOST);
        assertThat(outcome(first, removal(3)))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected ->
                                assertThat(rejected.sentence())
                                        .contains("g0 has no majority of its voters without n3")
                                        .contains("and so for 1 more"));
        assertThat(first.view().topology().stateOf(n(3))).isEqualTo(NodeState.ACTIVE);
    }

    @Test
    void nodesThatDoNotAnswerAreNoMajority() {
        assertThat(codeAt(state, 1, new DenyNode(n(2), "", List.of(n(3)), Care.SAFE)))
                .isEqualTo(Code.MAJORITY_LOST);
        assertThat(codeAt(state, 1, new DenyNode(n(2), "", List.of(n(4), n(5)), Care.SAFE)))
                .isNull();
    }

    @Test
    void aNodeWithoutAVoteIsInNobodysWay() {
        MetadataState first = applied(state, removal(2));
        assertThat(codeAt(first, 1, new DenyNode(n(4), "", List.of(n(3)), Care.SAFE))).isNull();
    }

    @Test
    void aGroupOnItsWayNeedsAMajorityWhereItIsAndWhereItShallBe() {
        // given group 1, which shall go from node 3 to node 4, and node 2 denied
        List<Member> before = group(state.view(), 1).members();
        Member fourth = m(4, state.view().nextReplicaId());
        List<Member> after = List.of(before.get(0), before.get(1), fourth);
        MetadataState moving = applied(state, new MetadataEntry.SetPlacement(g(1), after));

        // then neither the one to go nor the one to come can be spared with another
        MetadataState denied = applied(moving, new DenyNode(n(2), "", List.of(), Care.FORCED));
        assertThat(strandedGroups(denied, 4)).containsExactly(g(1));
        assertThat(strandedGroups(denied, 3)).contains(g(1));

        // and while both sets vote, each needs its own
        MetadataState joint =
                applied(
                        moving,
                        new RoutingChange.ReportConfiguration(g(1), 9, after, before, List.of()),
                        new DenyNode(n(2), "", List.of(), Care.FORCED));
        assertThat(strandedGroups(joint, 3)).contains(g(1));
        assertThat(strandedGroups(joint, 4)).containsExactly(g(1));

        // and once the group has arrived, the one that went is in nobody's way
        MetadataState arrived =
                applied(
                        moving,
                        new RoutingChange.ReportConfiguration(
                                g(1), 10, after, List.of(), List.of()));
        assertThat(strandedGroups(applied(arrived, removal(2)), 3)).doesNotContain(g(1));
    }

    @Test
    void aReplicaThatLostItsDataIsNoVote() {
        Member lost = group(state.view(), 1).members().get(1);
        MetadataState quarantined = applied(state, new RoutingChange.ReportQuarantine(g(1), lost));
        long other = lost.node().equals(n(3)) ? 2 : 3;
        assertThat(codeAt(quarantined, 1, removal(other))).isEqualTo(Code.MAJORITY_LOST);
        assertThat(codeAt(quarantined, 1, removal(lost.node().value()))).isNull();
    }

    @Test
    void anOperatorMayInsist() {
        MetadataState first = applied(state, removal(2));
        MetadataState forced = applied(first, new DenyNode(n(3), "", List.of(), Care.FORCED));
        assertThat(forced.view().isRevoked(n(3))).isTrue();
    }

    @Test
    void sayingItAgainChangesNothing() {
        MetadataState first = applied(state, removal(2));
        assertThat(codeAt(first, 1, removal(2))).isNull();
        assertThat(codeAt(state, 1, removal(9))).isEqualTo(Code.UNKNOWN_NODE);
        MetadataState gone = applied(state, new TopologyChange.Leave(n(5)));
        assertThat(codeAt(gone, 1, new DenyNode(n(5), "", List.of(), Care.SAFE))).isNull();
    }

    private static List<GroupId> strandedGroups(MetadataState state, long node) {
        return Majorities.strandedWithout(state.view(), n(node), List.of()).stream()
                .map(stranded -> stranded.group().id())
                .toList();
    }

    private static MetadataEntry removal(long node) {
        return batch(
                new DenyNode(n(node), "burnt", List.of(), Care.SAFE),
                new StartDecommission(n(node)));
    }
}
