package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataEntry.SetPlacement;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.HashSet;
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

        cluster.runUntil(
                "somebody else leads",
                () ->
                        cluster.nodes().stream()
                                .filter(node -> !node.equals(leader))
                                .anyMatch(node ->
                                        status(cluster, node, G1).role() == RoleName.LEADER));
        assertApplied(cluster.write(leader, G1, "after", Reach.FORWARD));
        cluster.runUntil(
                "group 0 knows", () -> info(cluster, leader, G1).isQuarantined(lost.replica()));
        assertThat(status(cluster, leader, G1).trouble()).contains("in quarantine");
        assertThat(status(cluster, leader, new GroupId(2)).trouble()).isNull();
        assertThat(cluster.applied(leader, G1)).isEmpty();
    }

    @Test
    void aReplacementOnASpareNodeMakesTheGroupWholeAgain() {
        ClusterHarness cluster = led(4, 1);
        NodeId spare = cluster.nodeWithout(G1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        assertApplied(cluster.write(victim, G1, "kept", Reach.FORWARD));

        heal(cluster, cluster.rot(victim, G1), victim, spare);

        cluster.runUntil(
                "the newcomer has all", () -> cluster.applied(spare, G1).equals(List.of("kept")));
        assertApplied(cluster.write(victim, G1, "more", Reach.FORWARD));
        assertThat(cluster.core(victim).groups()).noneMatch(group -> group.group().equals(G1));
    }

    @Test
    void aReplacementOnTheSameNodeTakesTheLostOnesPlace() {
        ClusterHarness cluster = led(3, 1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        assertApplied(cluster.write(victim, G1, "kept", Reach.FORWARD));

        LostReplica lost = cluster.rot(victim, G1);
        heal(cluster, lost, victim, victim);

        cluster.runUntil(
                "the newcomer has all", () -> cluster.applied(victim, G1).equals(List.of("kept")));
        assertThat(status(cluster, victim, G1).trouble()).isNull();
        assertThat(info(cluster, victim, G1).quarantined()).isEmpty();
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
        NodeId spare = cluster.nodeWithout(G1);
        NodeId victim = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        heal(cluster, cluster.rot(victim, G1), victim, spare);
        cluster.crash(victim);
        cluster.restart(victim);
        cluster.runMillis(3_000);
        long before = cluster.core(victim).view().index();

        cluster.runMillis(5_000);

        assertThat(cluster.core(victim).view().index()).isEqualTo(before);
    }

    /// Replaces a lost replica by command, as a placement does once group 0 knows of the loss.
    private static void heal(ClusterHarness cluster, LostReplica lost, NodeId from, NodeId to) {
        cluster.runUntil(
                "group 0 knows", () -> info(cluster, from, G1).isQuarantined(lost.replica()));
        List<Member> members = new ArrayList<>(info(cluster, from, G1).members());
        members.removeIf(member -> member.replica().equals(lost.replica()));
        members.add(new Member(to, new ReplicaId(cluster.core(from).view().nextReplicaId())));
        assertApplied(cluster.propose(from, new SetPlacement(G1, members)));
        cluster.runUntil(
                "the group consists of them",
                () ->
                        new HashSet<>(info(cluster, from, G1).voters())
                                        .equals(new HashSet<>(members))
                                && info(cluster, from, G1).isSettled());
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
