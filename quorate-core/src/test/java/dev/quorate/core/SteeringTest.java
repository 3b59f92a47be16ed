package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.metadata.TopologyChange;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the leader of group 0 does for the cluster, and from when on.
class SteeringTest {
    private static final NodeId N4 = new NodeId(4);

    @Test
    void aNewLeaderDecidesNothingBeforeItHasAppliedWhatItsPredecessorWasTold() {
        // given a node that has joined, and a leader that is gone before it has seen to it
        ClusterHarness cluster = new ClusterHarness(3, 1);
        cluster.runUntilLed();
        cluster.add(4);
        NodeId first = leader(cluster, cluster.nodes());
        NodeInfo joiner = NodeInfo.joining(N4, "links:4", "client:4");
        assertThat(cluster.propose(first, new TopologyChange.Join(joiner)))
                .isInstanceOf(Outcome.Applied.class);
        List<NodeId> others =
                cluster.nodes().stream().filter(n -> !n.equals(first) && !n.equals(N4)).toList();
        cluster.runUntil(
                "the others know of it",
                () -> others.stream().allMatch(node -> stateOfJoiner(cluster, node) != null));
        cluster.crash(first);
        assertThat(others).allMatch(node -> stateOfJoiner(cluster, node) == NodeState.JOINING);

        // when the next one is cut off in the moment in which it is elected
        cluster.runUntil("another leads", () -> others.stream().anyMatch(n -> leads(cluster, n)));
        NodeId next = leader(cluster, others);
        cluster.cut(next);
        long index = lastIndex(cluster, next);

        // then it only waits
        for (int i = 0; i < 300 && leads(cluster, next); i++) {
            assertThat(lastIndex(cluster, next)).isEqualTo(index);
            cluster.runMillis(1);
        }

        // until it hears of the others
        cluster.mend(next);
        cluster.runUntil(
                "the node is active",
                () -> stateOfJoiner(cluster, others.getFirst()) == NodeState.ACTIVE);
    }

    @Test
    void whatWasProposedIsWaitedForBeforeMoreIs() {
        // given a leader that hears of nobody from the moment on in which a node has joined
        ClusterHarness cluster = new ClusterHarness(3, 1);
        cluster.runUntilLed();
        cluster.add(4);
        NodeId leader = leader(cluster, cluster.nodes());
        NodeInfo joiner = NodeInfo.joining(N4, "links:4", "client:4");
        assertThat(cluster.propose(leader, new TopologyChange.Join(joiner)))
                .isInstanceOf(Outcome.Applied.class);
        long joined = lastIndex(cluster, leader);
        cluster.cut(leader);

        // when it has proposed what follows
        cluster.runUntil("a step", () -> lastIndex(cluster, leader) > joined);
        long proposed = lastIndex(cluster, leader);

        // then it does not do so again for as long as it leads
        int ledMillis = 0;
        while (leads(cluster, leader)) {
            assertThat(lastIndex(cluster, leader)).isEqualTo(proposed);
            cluster.runMillis(1);
            ledMillis++;
        }
        assertThat(ledMillis).as("several periods").isGreaterThan(250);
    }

    @Test
    void whoLeadsWithAStateThatIsBehindUndoesNothing() {
        // given a node that listens to group 0
        ClusterHarness cluster = new ClusterHarness(3, 1);
        cluster.runUntilLed();
        long founded = cluster.core(cluster.nodes().getFirst()).view().index();
        cluster.add(4);
        NodeId first = leader(cluster, cluster.nodes());
        NodeInfo joiner = NodeInfo.joining(N4, "links:4", "client:4");
        assertThat(cluster.propose(first, new TopologyChange.Join(joiner)))
                .isInstanceOf(Outcome.Applied.class);
        cluster.runUntil("all is settled", () -> stateOfJoiner(cluster, N4) == NodeState.ACTIVE);
        cluster.runMillis(2_000);

        // when one that has started anew leads before it has read what it had applied
        NodeId next =
                cluster.nodes().stream()
                        .filter(node -> !node.equals(first) && !node.equals(N4))
                        .findFirst()
                        .orElseThrow();
        cluster.crash(next);
        cluster.node(next).kept = null;
        cluster.node(next).readTo(founded);
        cluster.restart(next);
        cluster.runMillis(1_000);
        cluster.told(first, transfer(next));
        cluster.runUntil("it leads", () -> leads(cluster, next));
        long led = lastIndex(cluster, next);
        cluster.runMillis(300);

        // then who listened still does
        assertThat(cluster.core(next).view().founded()).isTrue();
        assertThat(stateOfJoiner(cluster, next)).isNull();
        assertThat(lastIndex(cluster, next)).isEqualTo(led);
        assertThat(zero(cluster, next).configuration().learners())
                .anyMatch(learner -> learner.node().equals(N4));
        cluster.node(next).readTo(Long.MAX_VALUE);
        cluster.runUntil("it knows", () -> stateOfJoiner(cluster, next) == NodeState.ACTIVE);
    }

    private static NodeInput transfer(NodeId to) {
        return new NodeInput.Transfer(77_777, GroupId.METADATA, to, Long.MAX_VALUE / 2);
    }

    private static NodeState stateOfJoiner(ClusterHarness cluster, NodeId seenBy) {
        return cluster.core(seenBy).view().topology().stateOf(N4);
    }

    private static NodeId leader(ClusterHarness cluster, List<NodeId> among) {
        return among.stream().filter(node -> leads(cluster, node)).findFirst().orElseThrow();
    }

    private static boolean leads(ClusterHarness cluster, NodeId node) {
        return zero(cluster, node).role() == RoleName.LEADER;
    }

    private static long lastIndex(ClusterHarness cluster, NodeId node) {
        return zero(cluster, node).last().index();
    }

    private static GroupStatus zero(ClusterHarness cluster, NodeId node) {
        return cluster.core(node).groups().stream()
                .filter(one -> one.group().equals(GroupId.METADATA))
                .findFirst()
                .orElseThrow();
    }
}
