package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.batch;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.g;
import static dev.quorate.metadata.Samples.group;
import static dev.quorate.metadata.Samples.learner;
import static dev.quorate.metadata.Samples.m;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static dev.quorate.metadata.Samples.outcome;
import static dev.quorate.metadata.Samples.v;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.MetadataEntry.SetPlacement;
import dev.quorate.metadata.MetadataOutcome.Applied;
import dev.quorate.metadata.MetadataOutcome.Code;
import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.metadata.RoutingChange.LeadershipTransfer;
import dev.quorate.metadata.RoutingChange.ReassignVShard;
import dev.quorate.metadata.RoutingChange.RemoveMember;
import dev.quorate.metadata.RoutingChange.ReportConfiguration;
import dev.quorate.metadata.RoutingChange.ReportQuarantine;
import dev.quorate.types.Member;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What enters the directory, one rule at a time. Three nodes, groups 0 to 2, replicas 1 to 9.
class RoutingRulesTest {
    private final MetadataState state = founded(3, 2, 3);

    @Test
    void reassignSetsGroupAndEpoch() {
        // given
        assertThat(state.view().routing().groupOf(v(0))).isEqualTo(g(1));

        // when
        MetadataView view = applied(state, new ReassignVShard(v(0), g(2), n(1), 0)).view();

        // then
        assertThat(view.routing().groupOf(v(0))).isEqualTo(g(2));
        assertThat(view.routing().epochOf(v(0))).isEqualTo(2);
        assertThat(view.routing().vshardsOf(g(2))).hasSize(513).startsWith(v(0), v(1), v(3));
    }

    @Test
    void onlyANewerOwnershipIsAccepted() {
        // given vShard 0 owned since epoch 5
        MetadataState moved = applied(state.skip(9, 0), new ReassignVShard(v(0), g(2), n(1), 5));

        // when, then
        assertRejected(moved, new ReassignVShard(v(0), g(1), n(1), 4), Code.STALE);
        assertRejected(moved, new ReassignVShard(v(0), g(1), n(1), 5), Code.STALE);
        assertThat(outcome(moved, new ReassignVShard(v(0), g(2), n(1), 5)))
                .isEqualTo(new Applied());
        assertRejected(moved, new ReassignVShard(v(0), g(1), n(1), 1000), Code.INVALID);
        assertThat(outcome(moved, new ReassignVShard(v(0), g(1), n(1), 6)))
                .isEqualTo(new Applied());
    }

    @Test
    void theLastOfSeveralReassignmentsInABatchCounts() {
        MetadataView view =
                applied(
                                state,
                                batch(
                                        new ReassignVShard(v(0), g(2), n(1), 0),
                                        new ReassignVShard(v(0), g(1), n(1), 0)))
                        .view();
        assertThat(view.routing().groupOf(v(0))).isEqualTo(g(1));
    }

    @Test
    void aVShardNeverPointsToNothingOrToMetadata() {
        assertRejected(state, new ReassignVShard(v(0), g(3), n(1), 0), Code.UNKNOWN_GROUP);
        assertRejected(state, new ReassignVShard(v(0), g(0), n(1), 0), Code.INVALID);
    }

    @Test
    void leadershipNeverGoesOutsideTheGroup() {
        MetadataState four = applied(state, new TopologyChange.Join(learner(4)));
        assertRejected(four, new LeadershipTransfer(g(1), n(4), 1), Code.NOT_A_MEMBER);
        assertRejected(four, new LeadershipTransfer(g(9), n(1), 1), Code.UNKNOWN_GROUP);
        assertThat(outcome(four, new LeadershipTransfer(g(1), n(3), 1))).isEqualTo(new Applied());
    }

    @Test
    void removeMemberStripsVotersAndLearnersAndLeavesThePlacement() {
        // given
        List<Member> members = group(state.view(), 1).members();
        MetadataState reported =
                applied(state, report(7, members.subList(0, 2), members.subList(2, 3)));

        // when both go, the learner first
        MetadataState after =
                applied(
                        reported,
                        new RemoveMember(g(1), members.get(2).node(), 8),
                        new RemoveMember(g(1), members.get(1).node(), 9));

        // then
        assertThat(group(after.view(), 1))
                .isEqualTo(
                        new GroupInfo(
                                g(1),
                                members,
                                members,
                                new GroupInfo.Configuration(
                                        9, members.subList(0, 1), List.of(), List.of()),
                                List.of(),
                                List.of(),
                                4));
        assertRejected(reported, new RemoveMember(g(1), members.get(1).node(), 7), Code.STALE);
        assertRejected(after, new RemoveMember(g(1), members.get(0).node(), 10), Code.INVALID);
        assertThat(outcome(after, new RemoveMember(g(1), members.get(2).node(), 1)))
                .isEqualTo(new Applied());
        assertRejected(after, new RemoveMember(g(9), n(1), 0), Code.UNKNOWN_GROUP);
    }

    @Test
    void onlyANewerConfigurationIsAccepted() {
        // given
        List<Member> members = group(state.view(), 1).members();
        ReportConfiguration report = report(7, members.subList(0, 2), List.of());
        MetadataState reported = applied(state, report);

        // when, then
        assertThat(applied(reported, report).view().routing()).isEqualTo(reported.view().routing());
        assertRejected(reported, report(7, members, List.of()), Code.STALE);
        assertRejected(reported, report(8, members, members), Code.INVALID);
        assertRejected(reported, report(8, List.of(m(1, 99)), List.of()), Code.INVALID);
        assertRejected(reported, report(8, List.of(m(9, 1)), List.of()), Code.UNKNOWN_NODE);
    }

    @Test
    void placementIssuesReplicaIdsOnceAndInOrder() {
        // given
        assertThat(state.view().nextReplicaId()).isEqualTo(10);

        // when
        MetadataState placed = applied(state, new SetPlacement(g(3), List.of(m(2, 10), m(1, 11))));

        // then
        assertThat(group(placed.view(), 3))
                .isEqualTo(GroupInfo.founded(g(3), List.of(m(2, 10), m(1, 11)), List.of(), 2));
        assertThat(placed.view().nextReplicaId()).isEqualTo(12);
        for (long replica : new long[] {1, 11, 13, Long.MAX_VALUE}) {
            assertRejected(
                    placed, new SetPlacement(g(4), List.of(m(3, replica))), Code.NOT_NEXT_ID);
        }
        assertRejected(placed, new SetPlacement(g(5), List.of(m(3, 12))), Code.NOT_NEXT_ID);
    }

    @Test
    void placementOfAnExistingGroupKeepsReplicasAndLeavesVotersToItsLog() {
        // given
        List<Member> members = group(state.view(), 1).members();

        // when the last replica has lost its data and is replaced by a new one on the same node
        MetadataState lost = applied(state, new ReportQuarantine(g(1), members.get(2)));
        List<Member> next =
                List.of(members.get(1), members.get(0), m(members.get(2).node().value(), 10));
        assertRejected(state, new SetPlacement(g(1), next), Code.INVALID);
        MetadataView view = applied(lost, new SetPlacement(g(1), next)).view();

        // then
        assertThat(group(view, 1).members()).isEqualTo(next);
        assertThat(group(view, 1).voters()).isEqualTo(members);
        // and a replica that has gone for good does not come back under its old id
        MetadataState gone =
                applied(lost, new SetPlacement(g(1), next), report(3, next, List.of()));
        assertRejected(gone, new SetPlacement(g(1), members), Code.REPLICA_GONE);
        assertThat(group(gone.view(), 1).tombstones())
                .containsExactly(new GroupInfo.Tombstone(members.get(2), 4));
        assertThat(group(gone.view(), 1).founders()).isEqualTo(members);
    }

    @Test
    void aGroupBetweenTwoConfigurationsShowsBoth() {
        // given
        List<Member> members = group(state.view(), 1).members();
        Member newcomer = m(members.get(2).node().value(), 10);
        List<Member> next = List.of(members.get(0), members.get(1), newcomer);
        MetadataState wanted =
                applied(
                        state,
                        new ReportQuarantine(g(1), members.get(2)),
                        new SetPlacement(g(1), next));
        assertThat(group(wanted.view(), 1).isSettled()).isFalse();

        // when the replica that lost data is swapped for a new one on its node
        MetadataState joint =
                applied(wanted, new ReportConfiguration(g(1), 5, next, members, List.of()));

        // then
        assertThat(group(joint.view(), 1).configuration().isJoint()).isTrue();
        assertThat(group(joint.view(), 1).involves(members.get(2))).isTrue();
        assertThat(group(joint.view(), 1).tombstones()).isEmpty();
        MetadataState done =
                applied(joint, new ReportConfiguration(g(1), 6, next, List.of(), List.of()));
        assertThat(group(done.view(), 1).isSettled()).isTrue();
        assertThat(group(done.view(), 1).isGone(members.get(2).replica())).isTrue();
        assertThat(group(done.view(), 1).isGone(newcomer.replica())).isFalse();
        assertThat(MetadataState.decode(done.encode())).isEqualTo(done);
    }

    @Test
    void aReplicaThatLostDataIsMarkedUntilItIsGone() {
        // given
        List<Member> members = group(state.view(), 1).members();
        Member lost = members.get(2);
        MetadataState marked = applied(state, new ReportQuarantine(g(1), lost));
        assertThat(group(marked.view(), 1).isQuarantined(lost.replica())).isTrue();
        assertThat(applied(marked, new ReportQuarantine(g(1), lost)).view().routing())
                .isEqualTo(marked.view().routing());

        // when it is replaced
        List<Member> next = List.of(members.get(0), members.get(1), m(lost.node().value(), 10));
        MetadataState replaced =
                applied(marked, new SetPlacement(g(1), next), report(4, next, List.of()));

        // then
        assertThat(group(replaced.view(), 1).quarantined()).isEmpty();
        assertRejected(replaced, new ReportQuarantine(g(1), lost), Code.NOT_A_MEMBER);
        assertRejected(replaced, new ReportQuarantine(g(9), lost), Code.UNKNOWN_GROUP);
    }

    @Test
    void tombstonesAreRememberedUpToABound() {
        MetadataState moved = state;
        for (int i = 0; i < GroupInfo.TOMBSTONES_MAX + 5; i++) {
            List<Member> next = List.of(m(1, 4), m(2, moved.view().nextReplicaId()));
            Member lost = group(moved.view(), 1).memberOn(n(2));
            moved = applied(moved, new ReportQuarantine(g(1), lost));
            moved = applied(moved, new SetPlacement(g(1), next), report(i + 1, next, List.of()));
        }
        assertThat(group(moved.view(), 1).tombstones()).hasSize(GroupInfo.TOMBSTONES_MAX);
    }

    @Test
    void onlyLearnersAndActiveNodesGetReplicas() {
        // given
        MetadataState more =
                applied(
                        state,
                        new TopologyChange.Join(node(4)),
                        new TopologyChange.StartDecommission(n(3)));

        // when, then
        assertRejected(more, new SetPlacement(g(3), List.of(m(4, 10))), Code.ILLEGAL_EDGE);
        assertRejected(more, new SetPlacement(g(3), List.of(m(3, 10))), Code.ILLEGAL_EDGE);
        assertRejected(more, new SetPlacement(g(3), List.of(m(8, 10))), Code.UNKNOWN_NODE);
        applied(
                more,
                new TopologyChange.StartLearning(n(4)),
                new SetPlacement(g(3), List.of(m(4, 10))));
    }

    @Test
    void aNodeThatHasJustJoinedListensToGroupZeroAndDoesNothingElse() {
        // given
        MetadataState more = applied(state, new TopologyChange.Join(node(4)));
        List<Member> members = group(state.view(), 0).members();

        // when, then
        assertRejected(
                more,
                new SetPlacement(g(1), group(state.view(), 1).members(), List.of(m(4, 10))),
                Code.INVALID);
        MetadataState listening = applied(more, new SetPlacement(g(0), members, List.of(m(4, 10))));
        assertThat(group(listening.view(), 0).listeners()).containsExactly(m(4, 10));
        assertThat(group(listening.view(), 0).isSettled()).isFalse();
        assertThat(listening.view().nextReplicaId()).isEqualTo(11);

        // and it has no vote before it has learnt
        List<Member> promoted = List.of(members.get(0), members.get(1), m(4, 10));
        SetPlacement vote = new SetPlacement(g(0), promoted, List.of(members.get(2)));
        assertRejected(listening, vote, Code.ILLEGAL_EDGE);
        MetadataView view = applied(listening, new TopologyChange.StartLearning(n(4)), vote).view();
        assertThat(group(view, 0).members()).isEqualTo(promoted);
        // who was a member keeps its replica, and listens
        assertThat(group(view, 0).listeners()).containsExactly(members.get(2));
        assertThat(group(view, 0).tombstones()).isEmpty();
    }

    @Test
    void aReplicaOnADrainingNodeMayStayInThePlacement() {
        List<Member> members = group(state.view(), 1).members();
        MetadataState draining = applied(state, new TopologyChange.StartDecommission(n(3)));
        assertThat(outcome(draining, new SetPlacement(g(1), members))).isEqualTo(new Applied());
    }

    @Test
    void settingsThatAreWrittenOnceStay() {
        assertRejected(
                state,
                new MetadataEntry.SetClusterSetting(ClusterSettings.CLUSTER_ID, "0".repeat(32)),
                Code.ALREADY_FOUNDED);
        assertRejected(
                state,
                new MetadataEntry.SetClusterSetting(ClusterSettings.GROUPS, "3"),
                Code.INVALID);
        assertRejected(
                state,
                new MetadataEntry.SetClusterSetting(ClusterSettings.REPLICATION_FACTOR, "many"),
                Code.INVALID);
        assertRejected(
                MetadataState.EMPTY,
                new MetadataEntry.SetClusterSetting(ClusterSettings.CLUSTER_ID, "mine"),
                Code.INVALID);
        MetadataView view =
                applied(
                                state,
                                new MetadataEntry.SetClusterSetting(
                                        ClusterSettings.REPLICATION_FACTOR, "5"),
                                new MetadataEntry.SetClusterSetting("color", "blue"))
                        .view();
        assertThat(view.settings())
                .containsEntry(ClusterSettings.REPLICATION_FACTOR, "5")
                .containsEntry("color", "blue");
    }

    private static ReportConfiguration report(
            long configIndex, List<Member> voters, List<Member> learners) {
        return new ReportConfiguration(g(1), configIndex, voters, List.of(), learners);
    }

    private static void assertRejected(MetadataState state, MetadataEntry entry, Code code) {
        assertThat(outcome(state, entry))
                .isInstanceOfSatisfying(
                        Rejected.class, rejected -> assertThat(rejected.code()).isEqualTo(code));
    }
}
