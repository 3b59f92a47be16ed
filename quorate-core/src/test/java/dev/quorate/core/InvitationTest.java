package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.core.NodeConfig.Admission;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.metadata.TopologyChange;
import dev.quorate.raft.RaftConfig;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// How a node comes to its replica of group 0, from which it hears everything else (rules R6, R7).
class InvitationTest {
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N4 = new NodeId(4);
    private static final List<Member> FOUNDERS = List.of(new Member(N1, new ReplicaId(1)));
    private static final PeerMessage.Invitation INVITATION =
            new PeerMessage.Invitation(new ReplicaId(9), FOUNDERS);

    @Test
    void aNodeThatJoinsIsInvitedHearsTheDirectoryAndTakesItsShare() {
        // given a founded cluster, and a node that holds nothing
        ClusterHarness cluster = new ClusterHarness(3, 4);
        cluster.runUntilLed();
        cluster.add(4);
        cluster.runMillis(2_000);
        assertThat(cluster.core(N4).groups()).isEmpty();

        // when group 0 lets it in
        NodeInfo joiner = NodeInfo.joining(N4, "links:4", "client:4");
        assertThat(cluster.propose(N1, new TopologyChange.Join(joiner)))
                .isInstanceOf(Outcome.Applied.class);
        cluster.runMillis(20_000);

        // then
        assertThat(cluster.core(N4).view().topology().stateOf(N4)).isEqualTo(NodeState.ACTIVE);
        assertThat(cluster.core(N4).groups())
                .extracting(GroupStatus::group)
                .contains(GroupId.METADATA)
                .hasSize(4);
        assertThat(cluster.core(N4).view()).isEqualTo(cluster.core(N1).view());

        // and when it leaves again, nothing is left of it
        MetadataEntry leave = new TopologyChange.StartDecommission(N4);
        assertThat(cluster.propose(N4, leave)).isInstanceOf(Outcome.Applied.class);
        cluster.runMillis(20_000);
        assertThat(cluster.core(N1).view().topology().stateOf(N4)).isEqualTo(NodeState.REMOVED);
        assertThat(cluster.core(N1).view().routing().groups())
                .noneMatch(group -> group.involves(N4));
    }

    @Test
    void theReplicaIsDurableBeforeItSpeaks() {
        List<NodeEffect> effects = invited(Admission.MEMBER, List.of());
        assertThat(effects)
                .containsExactly(
                        new NodeEffect.Create(
                                1,
                                new ReplicaRecord(GroupId.METADATA, new ReplicaId(9), FOUNDERS)));
    }

    @Test
    void aReplicaThatEndedHereDoesNotComeBackByALateInvitation() {
        assertThat(invited(Admission.MEMBER, List.of(new ReplicaId(9)))).isEmpty();
    }

    @Test
    void aNodeThatMayHaveForgottenWhatItHeldTakesNoInvitation() {
        assertThat(invited(Admission.STRANGER, List.of())).isEmpty();
    }

    @Test
    void aNodeThatIsTurnedAwayIsDismissedOnce() {
        Moment now = new Moment(1, 1);
        NodeCore core = node(Admission.MEMBER, List.of(), now);
        List<NodeEffect> effects = new ArrayList<>();
        for (long by = 1; by <= 3; by++) {
            core.step(now, new NodeInput.TurnedAway(new NodeId(by), "it left"), effects::add);
        }
        core.flush(now, effects::add);
        assertThat(effects)
                .containsExactly(
                        new NodeEffect.Traced(new Trace.NodeTurnedAway(N1, "it left")),
                        new NodeEffect.Dismissed("n1 says: it left"));
    }

    private static List<NodeEffect> invited(Admission admission, List<ReplicaId> gone) {
        Moment now = new Moment(1, 1);
        NodeCore core = node(admission, gone, now);
        List<NodeEffect> effects = new ArrayList<>();
        core.step(now, new NodeInput.Received(N1, INVITATION), effects::add);
        core.flush(now, effects::add);
        return effects;
    }

    private static NodeCore node(Admission admission, List<ReplicaId> gone, Moment now) {
        NodeConfig config =
                new NodeConfig(
                                N4,
                                RaftConfig.Timing.DEFAULT,
                                RaftConfig.Limits.DEFAULT,
                                NodeConfig.NodeLimits.DEFAULT,
                                null)
                        .withAdmission(admission);
        return new NodeCore(config, new Random(1), now, List.of(), gone, List.of(), null);
    }
}
