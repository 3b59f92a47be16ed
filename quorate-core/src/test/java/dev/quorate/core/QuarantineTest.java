package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What becomes of replicas that lost data (rule R7).
class QuarantineTest {
    private static final GroupId G1 = new GroupId(1);

    @Test
    void aReplicaThatAStartFoundLostIsReportedUntilGroupZeroKnows() {
        ClusterHarness cluster = led(3, 1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        cluster.crash(victim);
        LostReplica lost = cluster.lose(victim, G1);

        cluster.restart(victim);

        assertThat(status(cluster, victim, G1).trouble()).contains("in quarantine", "it is rotten");
        cluster.runUntil(
                "every node knows of the loss",
                () ->
                        cluster.nodes().stream()
                                .allMatch(node -> isKnown(cluster, node, G1, lost.replica())));
    }

    @Test
    void aReportThatIsLostIsRepeated() {
        ClusterHarness cluster = led(3, 1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        NodeId other = cluster.nodeWithRole(G1, RoleName.LEADER);
        cluster.crash(victim);
        LostReplica lost = cluster.lose(victim, G1);

        // when nothing that the node says arrives at first
        cluster.cut(victim);
        cluster.restart(victim);
        cluster.runMillis(10_000);
        assertThat(isKnown(cluster, other, G1, lost.replica())).isFalse();
        cluster.mend(victim);

        cluster.runUntil("group 0 knows", () -> isKnown(cluster, other, G1, lost.replica()));
    }

    @Test
    void oneThatIsFoundRottenByARunningLeaderStandsBackAndTheOthersServe() {
        ClusterHarness cluster = led(3, 2);
        NodeId leader = cluster.nodeWithRole(G1, RoleName.LEADER);
        assertApplied(cluster.write(leader, G1, "before", Reach.FORWARD));

        LostReplica lost = cluster.rot(leader, G1);
        cluster.runMillis(1);

        assertThat(status(cluster, leader, G1).trouble()).contains("in quarantine");
        assertThat(status(cluster, leader, new GroupId(2)).trouble()).isNull();
        assertThat(cluster.applied(leader, G1)).isEmpty();
        cluster.runUntil(
                "somebody else leads",
                () ->
                        cluster.nodes().stream()
                                .filter(node -> !node.equals(leader))
                                .anyMatch(node ->
                                        status(cluster, node, G1).role() == RoleName.LEADER));
        assertApplied(cluster.write(leader, G1, "after", Reach.FORWARD));
        cluster.runUntil("group 0 knows", () -> isKnown(cluster, leader, G1, lost.replica()));
    }

    @Test
    void aReplacementOnASpareNodeMakesTheGroupWholeAgain() {
        ClusterHarness cluster = led(5, 1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        assertApplied(cluster.write(victim, G1, "kept", Reach.FORWARD));

        awaitReplaced(cluster, cluster.rot(victim, G1), victim);

        cluster.runUntil(
                "all members have all",
                () ->
                        info(cluster, victim, G1).voters().stream()
                                .allMatch(voter ->
                                        cluster.applied(voter.node(), G1).equals(List.of("kept"))));
        assertApplied(cluster.write(victim, G1, "more", Reach.FORWARD));
        assertThat(cluster.core(victim).groups())
                .noneMatch(group -> group.group().equals(G1) && group.trouble() != null);
    }

    @Test
    void aReplacementOnTheSameNodeTakesTheLostOnesPlace() {
        ClusterHarness cluster = led(3, 1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        assertApplied(cluster.write(victim, G1, "kept", Reach.FORWARD));

        awaitReplaced(cluster, cluster.rot(victim, G1), victim);

        cluster.runUntil(
                "the newcomer has all", () -> cluster.applied(victim, G1).equals(List.of("kept")));
        assertThat(status(cluster, victim, G1).trouble()).isNull();
        assertThat(info(cluster, victim, G1).quarantined()).isEmpty();
    }

    @Test
    void aNodeThatLostItsReplicaOfGroupZeroTellsWhoeverStillSpeaksToItAndIsMadeWholeAgain() {
        ClusterHarness cluster = led(3, 1);
        NodeId victim = cluster.nodeWithRole(GroupId.METADATA, RoleName.FOLLOWER);
        NodeId other = cluster.nodeWithRole(GroupId.METADATA, RoleName.LEADER);
        assertApplied(cluster.write(victim, G1, "kept", Reach.FORWARD));
        cluster.crash(victim);
        LostReplica zero = cluster.lose(victim, GroupId.METADATA);
        LostReplica data = cluster.lose(victim, G1);

        cluster.restart(victim);

        cluster.runUntil(
                "group 0 knows of both",
                () ->
                        isKnown(cluster, other, GroupId.METADATA, zero.replica())
                                && isKnown(cluster, other, G1, data.replica()));
        cluster.runUntil(
                "the node has new replicas of both",
                () ->
                        cluster.core(victim).view().founded()
                                && cluster.applied(victim, G1).equals(List.of("kept"))
                                && info(cluster, other, GroupId.METADATA).isSettled()
                                && info(cluster, other, G1).isSettled());
    }

    @Test
    void aReplicaThatNobodyCountsAnyMoreIsNotReported() {
        ClusterHarness cluster = led(3, 1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        LostReplica lost = cluster.rot(victim, G1);
        awaitReplaced(cluster, lost, victim);
        cluster.crash(victim);
        cluster.restart(victim);
        cluster.runMillis(10_000);
        long before = cluster.core(victim).view().index();

        cluster.runMillis(5_000);

        assertThat(cluster.core(victim).view().index()).isEqualTo(before);
    }

    /// Whether a node's view says that a replica is lost, or that it was already replaced.
    private static boolean isKnown(
            ClusterHarness cluster, NodeId at, GroupId group, ReplicaId replica) {
        GroupInfo info = info(cluster, at, group);
        return info != null && (info.isQuarantined(replica) || info.isGone(replica));
    }

    /// Waits until the placement has seen to a lost replica.
    private static void awaitReplaced(ClusterHarness cluster, LostReplica lost, NodeId at) {
        cluster.runUntil(
                "the group is whole without the lost replica",
                () ->
                        info(cluster, at, G1).isGone(lost.replica())
                                && info(cluster, at, G1).voters().size() == 3
                                && info(cluster, at, G1).isSettled());
    }

    private static ClusterHarness led(int nodes, int groups) {
        ClusterHarness cluster = new ClusterHarness(nodes, groups);
        cluster.runUntilLed();
        return cluster;
    }

    private static GroupInfo info(ClusterHarness cluster, NodeId at, GroupId group) {
        return cluster.core(at).view().routing().group(group);
    }

    private static GroupStatus status(ClusterHarness cluster, NodeId at, GroupId group) {
        return cluster.core(at).groups().stream()
                .filter(one -> one.group().equals(group))
                .findFirst()
                .orElseThrow();
    }

    private static void assertApplied(Outcome outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Applied.class);
    }
}
