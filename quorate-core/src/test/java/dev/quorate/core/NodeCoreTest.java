package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage;
import org.junit.jupiter.api.Test;

/// A founded cluster of three whole nodes, with lanes that answer at once.
class NodeCoreTest {
    private static final GroupId G1 = new GroupId(1);

    private final ClusterHarness cluster = new ClusterHarness(3, 4);

    @Test
    void foundersFoundOnceAndHostWhatGroupZeroSays() {
        // when
        cluster.runUntilLed();

        // then every node hosts group 0 and the four data groups
        for (NodeId node : cluster.nodes()) {
            assertThat(cluster.core(node).view().founded()).isTrue();
            assertThat(cluster.core(node).groups()).hasSize(5);
        }
        assertThat(cluster.leaders().stream().distinct().count()).isGreaterThan(1);
    }

    @Test
    void aWriteIsAppliedAndARequestToAFollowerIsForwarded() {
        // given
        cluster.runUntilLed();
        NodeId follower = cluster.nodeWithRole(G1, RoleName.FOLLOWER);

        // when
        Outcome outcome = cluster.write(follower, G1, "a", Reach.FORWARD);

        // then
        assertThat(outcome).isInstanceOf(Outcome.Applied.class);
        cluster.runMillis(300);
        for (NodeId node : cluster.nodes()) {
            assertThat(cluster.applied(node, G1)).containsExactly("a");
        }
    }

    @Test
    void aFollowerRedirectsWhoDoesNotWantForwarding() {
        // given
        cluster.runUntilLed();
        NodeId leader = cluster.nodeWithRole(G1, RoleName.LEADER);
        NodeId follower = cluster.nodeWithRole(G1, RoleName.FOLLOWER);

        // when
        Outcome outcome = cluster.write(follower, G1, "a", Reach.REDIRECT);

        // then
        Outcome.Rejected rejected = (Outcome.Rejected) outcome;
        assertThat(rejected.code()).isEqualTo(Code.NOT_LEADER);
        assertThat(rejected.leader()).isEqualTo(leader);
    }

    @Test
    void aReadSeesTheWriteBeforeIt() {
        // given
        cluster.runUntilLed();
        NodeId follower = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        cluster.write(follower, G1, "a", Reach.FORWARD);

        // when
        Outcome outcome = cluster.read(follower, G1);

        // then
        assertThat(((Outcome.Applied) outcome).result()).isEqualTo(Bytes.utf8("[a]"));
    }

    @Test
    void withoutAQuorumWritesEndUnknownAndLaterOnesAreRefused() {
        // given a leader whose peers are gone
        cluster.runUntilLed();
        NodeId leader = cluster.nodeWithRole(G1, RoleName.LEADER);
        cluster.nodes().stream().filter(node -> !node.equals(leader)).forEach(cluster::crash);

        // when
        Outcome first = cluster.write(leader, G1, "a", Reach.FORWARD);
        cluster.runMillis(2_000);
        Outcome second = cluster.write(leader, G1, "b", Reach.FORWARD);

        // then
        assertThat(first).isInstanceOf(Outcome.Unknown.class);
        assertThat(((Outcome.Rejected) second).code()).isEqualTo(Code.NO_LEADER);
    }

    @Test
    void anotherNodeTakesOverAndTheOldOneCatchesUp() {
        // given
        cluster.runUntilLed();
        NodeId leader = cluster.nodeWithRole(G1, RoleName.LEADER);
        cluster.write(leader, G1, "a", Reach.FORWARD);

        // when
        cluster.crash(leader);
        cluster.runMillis(1_000);
        cluster.runUntilLed();
        NodeId next = cluster.nodeWithRole(G1, RoleName.LEADER);
        Outcome outcome = cluster.write(next, G1, "b", Reach.FORWARD);
        cluster.restart(leader);
        cluster.runMillis(3_000);

        // then
        assertThat(next).isNotEqualTo(leader);
        assertThat(outcome).isInstanceOf(Outcome.Applied.class);
        assertThat(cluster.applied(leader, G1)).containsExactly("a", "b");
    }

    @Test
    void anAnswerToAnEarlierLifeIsNotTakenForAnother() {
        // given a follower that forwards a write, restarts, and forwards another
        cluster.runUntilLed();
        NodeId follower = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        cluster.write(follower, G1, "a", Reach.FORWARD);
        cluster.crash(follower);
        cluster.restart(follower);
        cluster.runUntilLed();
        cluster.write(follower, G1, "b", Reach.FORWARD);

        // then the two go by different ids
        assertThat(cluster.forwardedIds()).hasSizeGreaterThanOrEqualTo(2).doesNotHaveDuplicates();
    }

    @Test
    void aCancelledForwardIsForgottenAndTheOthersAreAnswered() {
        // given a node that knows no leader and holds two forwarded writes
        cluster.runUntilLed();
        NodeId alone = cluster.nodes().getFirst();
        NodeId peer = cluster.nodes().getLast();
        cluster.nodes().stream().filter(node -> !node.equals(alone)).forEach(cluster::crash);
        cluster.runMillis(2_000);
        for (long id = 77; id <= 78; id++) {
            cluster.receive(
                    alone,
                    peer,
                    new PeerMessage.Forward(
                            id,
                            G1,
                            PeerMessage.RequestKind.WRITE,
                            ReadLevel.LINEARIZABLE,
                            5_000_000,
                            Bytes.utf8("a")));
        }
        cluster.runMillis(5);
        cluster.startTrace();

        // when one is cancelled, by its sender and by a node that never sent it
        cluster.receive(alone, peer, new PeerMessage.Cancel(77));
        cluster.receive(alone, new NodeId(2), new PeerMessage.Cancel(78));
        cluster.runMillis(2_000);

        // then only the other is answered
        assertThat(cluster.trace())
                .filteredOn(line -> line.contains("Answer"))
                .containsExactly(alone + " -> Answer Rejected to " + peer);
    }

    @Test
    void aForwardedReadThatTakesTooLongIsGivenUpOnBothNodes() {
        // given a follower that forwarded a read to a leader whose state machine does not answer
        cluster.runUntilLed();
        NodeId follower = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        NodeId leader = cluster.nodeWithRole(G1, RoleName.LEADER);
        cluster.startTrace();
        cluster.holdQueries();
        long request = cluster.ask(follower, G1, ReadLevel.LINEARIZABLE);
        cluster.runMillis(100);
        assertThat(cluster.outcome(request)).isEmpty();

        // when its time is over
        cluster.runMillis(10_000);

        // then the client was told, the leader too, and what the state machine says later is not
        // sent
        Outcome.Rejected late = (Outcome.Rejected) cluster.outcome(request).orElseThrow();
        assertThat(late.code()).isEqualTo(Code.TIMEOUT);
        assertThat(cluster.trace()).anyMatch(line -> line.contains("Cancel to " + leader));
        cluster.releaseQueries();
        cluster.runMillis(1_000);
        assertThat(cluster.trace())
                .noneMatch(line -> line.contains("Answer Applied to " + follower));
    }

    @Test
    void aNodeWithoutAReplicaKnowsWhoLeadsAndForwards() {
        // given five nodes with three replicas of each group
        ClusterHarness five = new ClusterHarness(5, 5);
        five.runUntilLed();
        five.runMillis(1_500);
        NodeId outsider = five.nodeWithout(G1);
        NodeId leader = five.nodeWithRole(G1, RoleName.LEADER);

        // when
        Outcome forwarded = five.write(outsider, G1, "a", Reach.FORWARD);
        Outcome redirected = five.write(outsider, G1, "b", Reach.REDIRECT);

        // then
        assertThat(forwarded).isInstanceOf(Outcome.Applied.class);
        assertThat(((Outcome.Rejected) redirected).leader()).isEqualTo(leader);

        // and when the leader dies, it hears of the next one
        five.crash(leader);
        five.linkDown(outsider, leader);
        five.runMillis(3_000);
        assertThat(five.write(outsider, G1, "c", Reach.FORWARD))
                .isInstanceOf(Outcome.Applied.class);
    }

    @Test
    void leadersGoHomeOnceTheirNodeIsBack() {
        // given a node that led, and was away
        cluster.runUntilLed();
        NodeId home = cluster.nodeWithRole(G1, RoleName.LEADER);
        cluster.crash(home);
        cluster.runMillis(2_000);
        NodeId away = cluster.nodeWithRole(G1, RoleName.LEADER);
        cluster.restart(home);

        // when it has kept up for a while
        cluster.runMillis(6_000);

        // then it leads again, and writes go on
        assertThat(away).isNotEqualTo(home);
        assertThat(cluster.nodeWithRole(G1, RoleName.LEADER)).isEqualTo(home);
        assertThat(cluster.write(away, G1, "a", Reach.FORWARD)).isInstanceOf(Outcome.Applied.class);
    }

    @Test
    void aMessageOfOrForAnotherReplicaIsNotHeard() {
        // given
        cluster.runUntilLed();
        NodeId leader = cluster.nodeWithRole(G1, RoleName.LEADER);
        NodeId follower = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        long term = cluster.term(leader, G1);

        // when a message is for another life of this replica, or names a replica that lives
        // elsewhere (rule R6)
        long third = cluster.replicaElsewhere(G1, leader, follower);
        cluster.receiveHeartbeat(leader, follower, G1, term + 10, third, 0);
        cluster.receiveHeartbeat(leader, follower, G1, term + 10, 0, 999);
        cluster.runMillis(10);

        // then the term stays; with the right ids it would not
        assertThat(cluster.term(leader, G1)).isEqualTo(term);
        cluster.receiveHeartbeat(leader, follower, G1, term + 10, 0, 0);
        cluster.runMillis(10);
        assertThat(cluster.term(leader, G1)).isEqualTo(term + 10);
    }

    @Test
    void garbageForGroupZeroIsRefusedAtTheDoor() {
        // given
        cluster.runUntilLed();

        // when
        Outcome outcome =
                cluster.write(
                        cluster.nodes().getFirst(), GroupId.METADATA, "garbage", Reach.FORWARD);

        // then
        assertThat(((Outcome.Rejected) outcome).code()).isEqualTo(Code.INVALID);
    }

    @Test
    void anUnknownGroupIsRefused() {
        // given
        cluster.runUntilLed();

        // when
        Outcome outcome =
                cluster.write(cluster.nodes().getFirst(), new GroupId(99), "a", Reach.FORWARD);

        // then
        assertThat(((Outcome.Rejected) outcome).code()).isEqualTo(Code.NO_SUCH_GROUP);
    }

    @Test
    void withEveryBoundAtOneEverythingStillMoves() {
        // given every credit and window at its smallest (rule R10)
        ClusterHarness tiny = ClusterHarness.withTinyLimits(3, 4);
        tiny.runUntilLed();

        // when
        for (int i = 0; i < 20; i++) {
            for (long group = 1; group <= 4; group++) {
                GroupId id = new GroupId(group);
                NodeId leader = tiny.nodeWithRole(id, RoleName.LEADER);
                tiny.submit(leader, id, "w" + i, Reach.FORWARD);
            }
            tiny.runMillis(5);
        }
        tiny.runMillis(3_000);

        // then
        assertThat(tiny.unanswered()).isZero();
        assertThat(tiny.refused()).isZero();
    }
}
