package dev.quorate.raft;

import static dev.quorate.raft.RaftDriver.N2;
import static dev.quorate.raft.RaftDriver.N3;
import static dev.quorate.raft.RaftDriver.beat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftEffect.NotTaken;
import dev.quorate.raft.RaftEffect.ReadReady;
import dev.quorate.raft.RaftEffect.Reason;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.raft.RaftMessage.ReadIndexReply;
import dev.quorate.raft.RaftMessage.ReadIndexRequest;
import org.junit.jupiter.api.Test;

/// Linearizable reads (thesis §6.4).
class RaftReadTest {
    private static final RaftInput READ = new RaftInput.Read(42, false);

    @Test
    void aReadWaitsForAQuorumToConfirmTheLeader() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();

        // when
        leader.step(READ);

        // then
        assertThat(leader.sentTo(N2)).containsExactly(beat(1, 1, 1, 0));
        assertThat(leader.effects).doesNotContain(new ReadReady(42, 1, false));
        leader.receive(N3, new HeartbeatReply(1, 1));
        assertThat(leader.effects).contains(new ReadReady(42, 1, false));
    }

    @Test
    void anAnswerToAnEarlierRoundConfirmsNothing() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.step(READ);
        leader.receive(N3, new HeartbeatReply(1, 1));

        // when a second read has begun and an old answer is repeated
        leader.step(new RaftInput.Read(43, false));
        leader.receive(N2, new HeartbeatReply(1, 1));

        // then
        assertThat(leader.effects).doesNotContain(new ReadReady(43, 1, false));
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
        assertThat(leader.effects).contains(new ReadReady(42, 1, false));
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
    void aFollowerAsksItsLeaderUpToWhereItMustHaveApplied() {
        // given
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, beat(1, 0, 0, 0)).persistAll();

        // when
        follower.step(READ);

        // then only the leader's answer to this very question counts
        assertThat(follower.sentTo(N2)).containsExactly(new ReadIndexRequest(1, 42, false));
        follower.receive(N2, new ReadIndexReply(1, 41, 5));
        follower.receive(N3, new ReadIndexReply(1, 42, 5));
        assertThat(follower.effects).isEmpty();
        follower.receive(N2, new ReadIndexReply(1, 42, 5));
        assertThat(follower.effects).containsExactly(new ReadReady(42, 5, false));
        follower.receive(N2, new ReadIndexReply(1, 42, 5));
        assertThat(follower.effects).isEmpty();
    }

    @Test
    void aFollowerWhoseLeaderChangesRefusesItsReads() {
        // given
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, beat(1, 0, 0, 0)).persistAll();
        follower.step(READ);

        // when
        follower.receive(N3, beat(2, 0, 0, 0));

        // then
        assertThat(follower.effects).contains(new NotTaken(42, Reason.NOT_LEADER, null));
    }

    @Test
    void aReplicaWithoutALeaderRefusesReads() {
        // given
        RaftDriver lonely = RaftDriver.fresh();

        // when
        lonely.step(READ);

        // then
        assertThat(lonely.effects).containsExactly(new NotTaken(42, Reason.NOT_LEADER, null));
    }

    @Test
    void aLeaderConfirmsAFollowersReadLikeItsOwn() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();

        // when
        leader.receive(N3, new ReadIndexRequest(1, 77, false));

        // then it answers once a quorum has confirmed it
        assertThat(leader.sentTo(N3)).noneMatch(ReadIndexReply.class::isInstance);
        leader.receive(N2, new HeartbeatReply(1, 1));
        assertThat(leader.sentTo(N3)).contains(new ReadIndexReply(1, 77, 1));
    }
}
