package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What becomes of replicas that lost data (rule R7).
class QuarantineTest {
    private static final GroupId G1 = new GroupId(1);

    @Test
    void aReplicaThatAStartFoundLostIsReportedUntilGroupZeroShowsIt() {
        ClusterHarness cluster = led(3, 1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        cluster.crash(victim);
        LostReplica lost = cluster.lose(victim, G1);

        cluster.restart(victim);

        cluster.runUntil(
                "every node knows that the replica is in quarantine",
                () ->
                        cluster.nodes().stream()
                                .allMatch(node ->
                                        info(cluster, node, G1).isQuarantined(lost.replica())));
        assertThat(status(cluster, victim, G1).trouble()).contains("in quarantine", "it is rotten");
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
        healed(cluster, lost);
    }

    @Test
    void anotherReplicaMakesTheGroupWholeAgain() {
        ClusterHarness cluster = led(4, 1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        assertApplied(cluster.write(victim, G1, "kept", Reach.FORWARD));

        healed(cluster, cluster.rot(victim, G1));

        for (Member member : info(cluster, cluster.nodes().getFirst(), G1).voters()) {
            cluster.runUntil(
                    member + " has all",
                    () -> cluster.applied(member.node(), G1).equals(List.of("kept")));
        }
        assertApplied(cluster.write(victim, G1, "more", Reach.FORWARD));
    }

    @Test
    void aReplacementOnTheSameNodeTakesTheLostOnesPlace() {
        ClusterHarness cluster = led(3, 1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        assertApplied(cluster.write(victim, G1, "kept", Reach.FORWARD));

        healed(cluster, cluster.rot(victim, G1));

        cluster.runUntil(
                "the newcomer has all", () -> cluster.applied(victim, G1).equals(List.of("kept")));
        assertThat(status(cluster, victim, G1).trouble()).isNull();
        cluster.runUntil(
                "nothing reminds of it", () -> info(cluster, victim, G1).quarantined().isEmpty());
    }

    @Test
    void aNodeThatLostItsReplicaOfGroupZeroTellsWhoeverStillSpeaksToIt() {
        ClusterHarness cluster = led(3, 1);
        NodeId victim = cluster.nodeWithRole(GroupId.METADATA, RoleName.FOLLOWER);
        NodeId other = cluster.nodeWithRole(GroupId.METADATA, RoleName.LEADER);
        cluster.crash(victim);
        LostReplica zero = cluster.lose(victim, GroupId.METADATA);
        LostReplica data = cluster.lose(victim, G1);

        cluster.restart(victim);

        cluster.runUntil(
                "group 0 knows of both",
                () ->
                        info(cluster, other, GroupId.METADATA).isQuarantined(zero.replica())
                                && info(cluster, other, G1).isQuarantined(data.replica()));
    }

    @Test
    void aReplicaThatNobodyCountsAnyMoreIsNotReported() {
        ClusterHarness cluster = led(4, 1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        healed(cluster, cluster.rot(victim, G1));
        cluster.crash(victim);
        cluster.restart(victim);
        cluster.runMillis(3_000);
        long before = cluster.core(victim).view().index();

        cluster.runMillis(5_000);

        assertThat(cluster.core(victim).view().index()).isEqualTo(before);
    }

    /// Waits until three others have the data: group 0 hears of the loss, and has it replaced.
    private static void healed(ClusterHarness cluster, LostReplica lost) {
        NodeId any = cluster.nodes().getFirst();
        cluster.runUntil(
                "the lost replica has been replaced",
                () -> {
                    GroupInfo group = info(cluster, any, G1);
                    return group.isSettled()
                            && group.voters().size() == 3
                            && group.voters().stream()
                                    .noneMatch(one -> one.replica().equals(lost.replica()));
                });
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
