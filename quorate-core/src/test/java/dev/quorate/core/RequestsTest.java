package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.api.Outcome.Served;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a request may be told, when the nodes it depends on come and go.
class RequestsTest {
    private static final GroupId G1 = new GroupId(1);

    private final ClusterHarness cluster = new ClusterHarness(3, 4);

    private List<NodeId> others(NodeId node) {
        return cluster.nodes().stream().filter(other -> !other.equals(node)).toList();
    }

    @Test
    void aReadOnALeaseIsNotAnsweredWhenTheLeaseHasEndedMeanwhile() {
        // given a leader with a lease whose state machine is slow to answer
        cluster.runUntilLed();
        cluster.runMillis(500);
        NodeId leader = cluster.nodeWithRole(G1, RoleName.LEADER);
        cluster.holdQueries();
        long read = cluster.ask(leader, G1, new ReadLevel.Lease());
        cluster.runMillis(10);

        // when it answers after everybody else was gone for longer than the lease
        others(leader).forEach(cluster::crash);
        cluster.runMillis(380);
        cluster.releaseQueries();
        cluster.runMillis(4_000);

        // then somebody else may have led (rule R11)
        assertThat(cluster.outcome(read)).get().isInstanceOf(Outcome.Rejected.class);
    }

    @Test
    void aReadOnALeaseSaysThatItWasOne() {
        // given
        cluster.runUntilLed();
        cluster.runMillis(500);
        NodeId leader = cluster.nodeWithRole(G1, RoleName.LEADER);

        // when
        long read = cluster.ask(leader, G1, new ReadLevel.Lease());
        cluster.runMillis(10);

        // then
        Outcome.Applied answer = (Outcome.Applied) cluster.outcome(read).orElseThrow();
        assertThat(answer.served()).isEqualTo(Served.LEASE);
    }

    @Test
    void aReadAtAMomentWaitsUntilLogTimeHasComeToIt() {
        // given
        cluster.runUntilLed();
        NodeId leader = cluster.nodeWithRole(G1, RoleName.LEADER);
        cluster.write(leader, G1, "a", Reach.FORWARD);
        long momentMicros = cluster.wallMicros() + 300_000;

        // when
        long read = cluster.ask(leader, G1, new ReadLevel.Snapshot(momentMicros));
        cluster.runMillis(250);

        // then nothing that is still to come before that moment may be missed
        assertThat(cluster.outcome(read)).isEmpty();
        cluster.runMillis(500);
        Outcome.Applied answer = (Outcome.Applied) cluster.outcome(read).orElseThrow();
        assertThat(answer.stampMicros()).isGreaterThanOrEqualTo(momentMicros);
    }

    @Test
    void aWriteThatASnapshotMayIncludeIsUnknown() {
        // given a write that is in the log of a leader without followers
        cluster.runUntilLed();
        NodeId leader = cluster.nodeWithRole(G1, RoleName.LEADER);
        NodeId next = others(leader).getFirst();
        others(leader).forEach(cluster::crash);
        long write = cluster.submit(leader, G1, "a", Reach.FORWARD);
        cluster.runMillis(5);

        // when another leads, and gives it a snapshot that reaches beyond the write
        long term = cluster.term(leader, G1) + 10;
        cluster.offerSnapshot(leader, next, G1, term, 100);
        cluster.runMillis(10);

        // then it is not proposed again: it may be in there
        assertThat(cluster.outcome(write))
                .get()
                .isInstanceOfSatisfying(
                        Outcome.Unknown.class,
                        unknown -> assertThat(unknown.sentence()).contains("snapshot"));
    }

    @Test
    void twoStaleHintsDoNotMakeARequestLoop() {
        // given a write that was forwarded to a leader which is gone
        cluster.runUntilLed();
        NodeId follower = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        List<NodeId> gone = others(follower);
        gone.forEach(cluster::crash);
        NodeId target = cluster.leader(follower, G1);
        long write = cluster.submit(follower, G1, "a", Reach.FORWARD);
        cluster.runMillis(1);
        long forwarded = cluster.forwardedIds().getLast();

        // when each of the two says that the other one leads
        for (int i = 0; i < 20 && cluster.outcome(write).isEmpty(); i++) {
            NodeId other = gone.get(0).equals(target) ? gone.get(1) : gone.get(0);
            cluster.receive(follower, target, new PeerMessage.Answer(forwarded, notLeader(other)));
            cluster.runMillis(1);
            target = other;
        }

        // then it ends, as one that was certainly not applied
        assertThat(cluster.outcome(write))
                .get()
                .isInstanceOfSatisfying(
                        Outcome.Rejected.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.NO_LEADER));
    }

    private static Outcome notLeader(NodeId leader) {
        return new Outcome.Rejected(
                Code.NOT_LEADER, Retry.REDIRECT, leader, leader + " leads " + G1);
    }

    @Test
    void onlyTheNodeThatWorksOnARequestMayAnswerIt() {
        // given a write that was forwarded to a leader which is gone
        cluster.runUntilLed();
        NodeId follower = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        NodeId leader = cluster.leader(follower, G1);
        others(follower).forEach(cluster::crash);
        long write = cluster.submit(follower, G1, "a", Reach.FORWARD);
        cluster.runMillis(1);
        long forwarded = cluster.forwardedIds().getLast();
        Outcome applied =
                new Outcome.Applied(new LogPosition(1, 9), 9, Served.WRITTEN, Bytes.EMPTY);

        // when another node answers
        NodeId stranger =
                others(follower).stream()
                        .filter(node -> !node.equals(leader))
                        .findFirst()
                        .orElseThrow();
        cluster.receive(follower, stranger, new PeerMessage.Answer(forwarded, applied));
        cluster.runMillis(1);

        // then nobody listens; to the leader, they do
        assertThat(cluster.outcome(write)).isEmpty();
        cluster.receive(follower, leader, new PeerMessage.Answer(forwarded, applied));
        cluster.runMillis(1);
        assertThat(cluster.outcome(write)).contains(applied);
    }
}
