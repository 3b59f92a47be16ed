package dev.quorate.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.ClusterSettings;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.metadata.RoutingChange;
import dev.quorate.metadata.TopologyChange;
import dev.quorate.metadata.WireRange;
import dev.quorate.placement.PlacementStep.Reason;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Where replicas shall be, one story each.
class PlacementTest {
    private static final PlacementOptions ALL_AT_ONCE = new PlacementOptions(5, 4096, 4096);

    @Test
    void aFoundedClusterIsAtRest() {
        for (int nodes = 1; nodes <= 9; nodes++) {
            World world = new World(nodes, 16, Math.min(3, nodes), ALL_AT_ONCE);
            world.settle();
            assertThat(world.plan()).as("%d nodes", nodes).isEmpty();
        }
        assertThat(Placement.next(MetadataView.EMPTY, List.of(), ALL_AT_ONCE)).isEmpty();
    }

    @Test
    void aNodeThatJoinsTakesItsShareAndNothingElseMoves() {
        // given 64 groups of 3 on 3 nodes: 192 replicas
        World world = new World(3, 64, 3, ALL_AT_ONCE);

        // when a fourth node joins
        world.join(4);
        world.converge();

        // then it has a quarter, and that is all that moved
        assertThat(world.loads().values()).containsOnly(48);
        assertThat(world.moved).isEqualTo(48);
        assertThat(world.leads().values()).containsOnly(16);
        assertThat(world.view().topology().stateOf(n(4))).isEqualTo(NodeState.ACTIVE);
        // and listens to group 0, which has an odd number of voters
        assertThat(world.group(GroupId.METADATA).memberOn(n(4))).isNull();
        assertThat(world.group(GroupId.METADATA).replicaOn(n(4))).isNotNull();
    }

    @Test
    void aNodeThatIsDecommissionedIsEmptiedAndLeaves() {
        // given 60 groups of 3 on 5 nodes: 36 replicas on each
        World world = new World(5, 60, 3, ALL_AT_ONCE);

        // when
        world.apply(new TopologyChange.StartDecommission(n(2)));
        List<GroupInfo> held = NodeSteps.held(world.view(), n(2));
        assertThat(held).hasSize(37);
        int least = 36;
        for (NodeId other : List.of(n(1), n(3), n(4), n(5))) {
            // what a node cannot get from node 2, because it has those groups, others must give it
            long offered = held.stream().skip(1).filter(g -> g.memberOn(other) == null).count();
            least += (int) Math.max(0, 45 - 36 - offered);
        }
        world.converge();

        // then no more replicas have moved than had to, and it is gone from group 0 too
        assertThat(world.moved).isEqualTo(least);
        assertThat(World.spread(world.loads())).isLessThanOrEqualTo(1);
        assertThat(World.spread(world.leads())).isLessThanOrEqualTo(1);
        assertThat(world.view().topology().stateOf(n(2))).isEqualTo(NodeState.REMOVED);
        assertThat(world.group(GroupId.METADATA).members()).hasSize(3);
        assertThat(world.group(GroupId.METADATA).listeners()).hasSize(1);
    }

    @Test
    void aCancelledDecommissionStopsWhereItIs() {
        World world = new World(5, 60, 3, new PlacementOptions(5, 4, 2));
        world.apply(new TopologyChange.StartDecommission(n(2)));
        world.place();
        world.settle();
        world.apply(new TopologyChange.CancelDecommission(n(2)));
        world.converge();
        assertThat(world.view().topology().stateOf(n(2))).isEqualTo(NodeState.ACTIVE);
        assertThat(World.spread(world.loads())).isLessThanOrEqualTo(1);
    }

    @Test
    void aNodeThatCannotBeSparedKeepsItsReplicas() {
        // given three nodes and three replicas each
        World world = new World(3, 8, 3, ALL_AT_ONCE);
        assertThat(NodeSteps.blockers(world.view(), n(3), List.of()))
                .hasSize(9)
                .first()
                .satisfies(blocker ->
                        assertThat(blocker.sentence())
                                .isEqualTo(
                                        "g0 needs 3 nodes and without n3 only 2 can take"
                                                + " replicas"));

        // when it shall go, or is lost
        world.apply(new TopologyChange.StartDecommission(n(3)));
        world.converge();

        // then nothing is given up until there is another
        assertThat(world.view().topology().stateOf(n(3))).isEqualTo(NodeState.DRAINING);
        assertThat(world.dataGroups()).allSatisfy(group -> assertThat(group.members()).hasSize(3));
        assertThat(world.leads()).doesNotContainKey(n(3));
        world.join(4);
        assertThat(NodeSteps.blockers(world.view(), n(3), List.of())).isEmpty();
        world.converge();
        assertThat(world.view().topology().stateOf(n(3))).isEqualTo(NodeState.REMOVED);
        assertThat(world.loads()).containsOnlyKeys(n(1), n(2), n(4));
    }

    @Test
    void replicasOfALostNodeAreReplacedFirst() {
        // given a node that is drained and another one that is lost
        World world = new World(6, 30, 3, new PlacementOptions(5, 4, 4));
        world.settle();
        world.apply(new TopologyChange.StartDecommission(n(5)));
        world.lost.add(n(6));

        // when, then
        assertThat(world.plan())
                .filteredOn(step -> step.reason() != Reason.LEADER)
                .hasSize(4)
                .allSatisfy(step -> assertThat(step.reason()).isEqualTo(Reason.LOST));
        world.converge();
        assertThat(NodeSteps.held(world.view(), n(6)))
                .extracting(GroupInfo::id)
                .containsExactly(GroupId.METADATA);
        assertThat(world.view().topology().stateOf(n(6))).isEqualTo(NodeState.ACTIVE);
        // and when it comes back it takes its share again
        world.lost.clear();
        world.converge();
        assertThat(World.spread(world.loads())).isLessThanOrEqualTo(1);
        assertThat(world.loads()).containsKey(n(6));
    }

    @Test
    void aRevokedNodeCountsAsLost() {
        World world = new World(4, 12, 3, ALL_AT_ONCE);
        Bytes key = Bytes.wrap(new byte[NodeInfo.PIN_LENGTH]);
        world.apply(new MetadataEntry.PinNodeIdentity(n(4), key));
        world.apply(MetadataEntry.RevokeIdentity.ofNode(n(4), "stolen"));
        world.converge();
        assertThat(NodeSteps.held(world.view(), n(4))).isEmpty();
    }

    @Test
    void aReplicaThatLostDataIsReplacedByANewOneMostLikelyOnItsOwnNode() {
        // given three nodes, so that there is no other place
        World world = new World(3, 8, 3, ALL_AT_ONCE);
        Member bad = world.group(new GroupId(5)).members().getLast();
        world.apply(new RoutingChange.ReportQuarantine(new GroupId(5), bad));

        // when
        List<PlacementStep> steps = world.plan();
        world.converge();

        // then
        assertThat(steps).hasSize(1);
        assertThat(steps.getFirst().reason()).isEqualTo(Reason.QUARANTINED);
        Member fresh = world.group(new GroupId(5)).memberOn(bad.node());
        assertThat(fresh).isNotNull().isNotEqualTo(bad);
        assertThat(world.group(new GroupId(5)).isGone(bad.replica())).isTrue();
        assertThat(world.moved).isEqualTo(1);
    }

    @Test
    void aMoveToANodeThatDiesIsTakenBack() {
        // given a group on its way from node 3 to node 5
        World world = new World(4, 3, 3, ALL_AT_ONCE);
        world.join(5);
        world.place();
        GroupInfo moving =
                world.dataGroups().stream().filter(g -> !g.isSettled()).findFirst().orElseThrow();
        assertThat(moving.memberOn(n(5))).isNotNull();
        List<Member> before = moving.voters();

        // when node 5 is lost before it has arrived
        world.lost.add(n(5));
        List<PlacementStep> steps = world.plan();

        // then the group stays with the replicas that it has, under their old ids
        PlacementStep step =
                steps.stream().filter(s -> s.group().equals(moving.id())).findFirst().orElseThrow();
        assertThat(step.reason()).isEqualTo(Reason.WITHDRAWN);
        assertThat(step.members()).containsExactlyInAnyOrderElementsOf(before);
        world.converge();
    }

    @Test
    void aMoveToANodeThatIsToBeEmptiedArrivesFirst() {
        // given a group on its way from node 3 to node 5
        World world = new World(4, 3, 3, ALL_AT_ONCE);
        world.join(5);
        world.place();
        GroupInfo moving =
                world.dataGroups().stream().filter(g -> !g.isSettled()).findFirst().orElseThrow();

        // when node 5 is to leave: the group may count it already, and not have said so
        world.apply(new TopologyChange.StartDecommission(n(5)));

        // then
        assertThat(world.plan()).noneMatch(step -> step.group().equals(moving.id()));
        assertThat(NodeSteps.held(world.view(), n(5))).contains(world.group(moving.id()));
        world.converge();
        assertThat(NodeSteps.held(world.view(), n(5))).noneMatch(group -> group.id().value() > 0);
    }

    @Test
    void movesAreThrottledForTheClusterAndForEachNode() {
        World world = new World(5, 40, 3, new PlacementOptions(5, 6, 2));
        world.join(6);
        world.join(7);
        while (world.place()) {
            Map<NodeId, Integer> arriving = new TreeMap<>();
            int moving = 0;
            for (GroupInfo group : world.view().routing().groups()) {
                boolean listensOnly = group.id().equals(GroupId.METADATA);
                moving += group.isSettled() || listensOnly ? 0 : 1;
                for (Member member : group.members()) {
                    if (!group.voters().contains(member)) {
                        arriving.merge(member.node(), 1, Integer::sum);
                    }
                }
            }
            assertThat(moving).isLessThanOrEqualTo(6);
            assertThat(arriving.values()).allMatch(count -> count <= 2);
            world.settle();
        }
        assertThat(World.spread(world.loads())).isLessThanOrEqualTo(1);
    }

    @Test
    void groupsWithoutAMajorityDoNotHoldOthersUp() {
        // given a cluster where two of five nodes are lost, and some groups with them
        World world = new World(5, 20, 3, new PlacementOptions(5, 2, 2));
        world.lost.add(n(4));
        world.lost.add(n(5));

        // when
        world.converge();

        // then every group that still had a majority is whole again
        Set<NodeId> lost = new HashSet<>(world.lost);
        for (GroupInfo group : world.dataGroups()) {
            long dead = group.voters().stream().filter(m -> lost.contains(m.node())).count();
            assertThat(dead == 0 || dead >= 2).as("%s", group).isTrue();
        }
    }

    @Test
    void replicasOfAGroupAreInDifferentZonesIfThereAreEnough() {
        // given six nodes in three zones, but founded without looking at zones
        List<NodeInfo> nodes = new ArrayList<>();
        for (int id = 1; id <= 6; id++) {
            nodes.add(World.inZone(id, "z" + (id - 1) / 2));
        }
        World world = new World(nodes, 24, 3, ALL_AT_ONCE);

        // when
        world.converge();

        // then
        for (GroupInfo group : world.dataGroups()) {
            assertThat(group.members().stream().map(m -> (m.node().value() - 1) / 2).distinct())
                    .as("%s", group)
                    .hasSize(3);
        }
        assertThat(World.spread(world.loads())).isLessThanOrEqualTo(1);
    }

    @Test
    void theReplicationFactorMayGrowAndShrink() {
        World world = new World(5, 10, 3, ALL_AT_ONCE);
        world.apply(new MetadataEntry.SetClusterSetting(ClusterSettings.REPLICATION_FACTOR, "5"));
        world.converge();
        assertThat(world.dataGroups()).allSatisfy(group -> assertThat(group.members()).hasSize(5));
        world.apply(new MetadataEntry.SetClusterSetting(ClusterSettings.REPLICATION_FACTOR, "3"));
        world.converge();
        assertThat(world.dataGroups()).allSatisfy(group -> assertThat(group.members()).hasSize(3));
        assertThat(World.spread(world.loads())).isLessThanOrEqualTo(1);
    }

    @Test
    void groupZeroHasAsManyMembersAsItMay() {
        World world = new World(3, 4, 3, new PlacementOptions(5, 64, 64));
        for (int id = 4; id <= 8; id++) {
            world.join(id);
        }
        world.converge();
        assertThat(world.group(GroupId.METADATA).members()).hasSize(5);
        World trimmed = new World(7, 4, 3, new PlacementOptions(5, 64, 64));
        trimmed.converge();
        assertThat(trimmed.group(GroupId.METADATA).members()).hasSize(5);
    }

    @Test
    void placementCanBePausedAndPausesItselfDuringAnUpgrade() {
        // given a cluster with something to balance
        World world = new World(3, 16, 3, ALL_AT_ONCE);
        world.join(4);
        assertThat(world.plan()).isNotEmpty();

        // when, then
        world.apply(
                new MetadataEntry.SetClusterSetting(ClusterSettings.PLACEMENT, Placement.PAUSED));
        assertThat(world.plan()).extracting(PlacementStep::reason).containsOnly(Reason.LISTEN);
        world.converge();
        assertThat(world.loads().get(n(4))).isZero();
        world.apply(new MetadataEntry.SetClusterSetting(ClusterSettings.PLACEMENT, "auto"));
        world.apply(
                new TopologyChange.Rejoin(
                        World.infos(1)
                                .getFirst()
                                .withIncarnation(1)
                                .withWire(new WireRange(1, 2))));
        assertThat(world.plan())
                .extracting(PlacementStep::reason)
                .doesNotContain(Reason.BALANCE, Reason.SPREAD);
    }

    @Test
    void duringAnUpgradeANodeThatIsAwayIsWaitedFor() {
        // given a cluster in the middle of an upgrade, and a node that is away
        World world = new World(5, 16, 3, ALL_AT_ONCE);
        world.apply(
                new TopologyChange.Rejoin(
                        World.infos(1)
                                .getFirst()
                                .withIncarnation(1)
                                .withWire(new WireRange(1, 2))));
        world.lost.add(n(5));

        // when, then
        assertThat(world.plan())
                .extracting(PlacementStep::reason)
                .isNotEmpty()
                .containsOnly(Reason.LEADER);
        // but one whose key was revoked is not
        world.apply(
                new MetadataEntry.PinNodeIdentity(n(5), Bytes.wrap(new byte[NodeInfo.PIN_LENGTH])));
        world.apply(MetadataEntry.RevokeIdentity.ofNode(n(5), "stolen"));
        assertThat(world.plan()).extracting(PlacementStep::reason).contains(Reason.LOST);
    }

    @Test
    void whenHalfOfAllNodesSeemLostNothingIsDone() {
        World world = new World(6, 16, 3, ALL_AT_ONCE);
        world.lost.addAll(List.of(n(1), n(2)));
        assertThat(world.plan()).isNotEmpty();
        world.lost.add(n(3));
        assertThat(world.plan()).isEmpty();
    }

    @Test
    void onlyActiveNodesArePreferredAsLeaders() {
        World world = new World(4, 20, 3, ALL_AT_ONCE);
        world.apply(new TopologyChange.StartDecommission(n(1)));
        world.place();
        for (PlacementStep step : world.plan()) {
            assertThat(step.to()).isNotEqualTo(n(1));
        }
        world.converge();
        assertThat(World.spread(world.leads())).isLessThanOrEqualTo(1);
    }

    private static NodeId n(long id) {
        return new NodeId(id);
    }
}
