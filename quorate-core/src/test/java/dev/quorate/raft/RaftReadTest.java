package dev.quorate.raft;

import static dev.quorate.raft.RaftDriver.N2;
import static dev.quorate.raft.RaftDriver.N3;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftEffect.NotTaken;
import dev.quorate.raft.RaftEffect.ReadReady;
import dev.quorate.raft.RaftEffect.Reason;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.Heartbeat;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import org.junit.jupiter.api.Test;

/// Linearizable reads (thesis §6.4).
class RaftReadTest {
    private static final RaftInput READ = new RaftInput.Read(42);

    @Test
    void aReadWaitsForAQuorumToConfirmTheLeader() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();

        // when
        leader.step(READ);

        // then
        assertThat(leader.sentTo(N2)).containsExactly(new Heartbeat(1, 1, 1, 0));
        assertThat(leader.effects).doesNotContain(new ReadReady(42, 1));
        leader.receive(N3, new HeartbeatReply(1, 1));
        assertThat(leader.effects).contains(new ReadReady(42, 1));
    }

    @Test
    void anAnswerToAnEarlierRoundConfirmsNothing() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.step(READ);
        leader.receive(N3, new HeartbeatReply(1, 1));

        // when a second read has begun and an old answer is repeated
        leader.step(new RaftInput.Read(43));
        leader.receive(N2, new HeartbeatReply(1, 1));

        // then
        assertThat(leader.effects).doesNotContain(new ReadReady(43, 1));
    }

    @Test
    void aReadWaitsForTheFirstCommitOfTheTerm() {
        // given a leader whose first entry nobody has acknowledged
        RaftDriver leader = RaftDriver.fresh();
        leader.timeout().receive(N2, new RaftMessage.PreVoteReply(1, true)).persistAll();
        leader.receive(N2, new RaftMessage.VoteReply(1, true)).persistAll();

        // when
        leader.step(READ);
        leader.receive(N2, new HeartbeatReply(1, 0));

        // then
        assertThat(leader.effects).noneMatch(ReadReady.class::isInstance);
        leader.receive(N2, new AppendAccepted(1, 1, 0));
        leader.receive(N2, new HeartbeatReply(1, 1));
        assertThat(leader.effects).contains(new ReadReady(42, 1));
    }

    @Test
    void aDeposedLeaderRefusesItsReads() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.step(READ);

        // when
        leader.receive(N3, new HeartbeatReply(2, 0));

        // then
        assertThat(leader.effects).contains(new NotTaken(42, Reason.NOT_LEADER, null));
    }

    @Test
    void aFollowerRefusesReads() {
        // given
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, new Heartbeat(1, 0, 0, 0)).persistAll();

        // when
        follower.step(READ);

        // then
        assertThat(follower.effects).containsExactly(new NotTaken(42, Reason.NOT_LEADER, N2));
    }
}
