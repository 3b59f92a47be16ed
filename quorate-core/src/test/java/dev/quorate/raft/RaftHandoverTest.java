package dev.quorate.raft;

import static dev.quorate.raft.RaftDriver.N1;
import static dev.quorate.raft.RaftDriver.N2;
import static dev.quorate.raft.RaftDriver.N3;
import static dev.quorate.raft.RaftDriver.beat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftEffect.RoleChanged;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.raft.RaftMessage.TimeoutNow;
import dev.quorate.raft.RaftMessage.VoteReply;
import dev.quorate.raft.RaftMessage.VoteRequest;
import dev.quorate.types.LogPosition;
import org.junit.jupiter.api.Test;

/// Handing the office to the replica that should have it (thesis §3.10).
class RaftHandoverTest {
    private final RaftDriver leader = RaftDriver.preferring(N2).elect();

    private void beats(int count) {
        for (int i = 0; i < count && leader.raft.takesProposals(); i++) {
            leader.timeout();
            leader.receive(N2, new HeartbeatReply(1, 0));
            leader.receive(N3, new HeartbeatReply(1, 0));
        }
    }

    @Test
    void aFollowerThatKeepsUpIsAskedToTakeOver() {
        // when the preferred follower has answered for long enough
        boolean asked = false;
        for (int i = 0; i < 40 && leader.raft.takesProposals(); i++) {
            leader.timeout();
            asked |= leader.sentTo(N2).contains(new TimeoutNow(1));
            leader.receive(N2, new HeartbeatReply(1, 0));
            leader.receive(N3, new HeartbeatReply(1, 0));
        }

        // then it is asked, and proposals wait
        assertThat(asked).isTrue();
        assertThat(leader.raft.takesProposals()).isFalse();
        assertThat(leader.raft.isLeader()).isTrue();
        leader.propose("a");
        assertThat(leader.effects)
                .contains(new RaftEffect.NotTaken(1, RaftEffect.Reason.NOT_LEADER, N1));
    }

    @Test
    void theOneAskedHasTheWholeLog() {
        // given entries that the preferred follower has not acknowledged
        leader.propose("a").propose("b").persistAll();

        // when its turn comes, because it keeps up otherwise
        boolean asked = false;
        for (int i = 0; i < 40 && leader.raft.takesProposals(); i++) {
            leader.timeout();
            asked |= leader.sentTo(N2).contains(new TimeoutNow(1));
            leader.receive(N2, new HeartbeatReply(1, 0));
            asked |= leader.sentTo(N2).contains(new TimeoutNow(1));
        }

        // then it is asked only once it has them
        assertThat(leader.raft.takesProposals()).isFalse();
        assertThat(asked).isFalse();
        leader.receive(N2, new AppendAccepted(1, 3, 0));
        assertThat(leader.sentTo(N2)).contains(new TimeoutNow(1));
    }

    @Test
    void aHandoverThatFailsIsGivenUp() {
        // given
        beats(40);

        // when the follower is not elected in time
        boolean told = false;
        for (int i = 0; i < 8; i++) {
            leader.timeout();
            told |= leader.effects.contains(new RoleChanged(1, RoleName.LEADER, N1));
            leader.receive(N3, new HeartbeatReply(1, 0));
        }

        // then the leader goes on, and says so to who waits
        assertThat(leader.raft.takesProposals()).isTrue();
        assertThat(told).isTrue();
    }

    @Test
    void whoIsAskedCampaignsAtOnceAndIsHeardByThoseThatHearALeader() {
        // given a follower of N2
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, beat(1, 0, 0, 0)).persistAll();

        // when
        follower.receive(N2, new TimeoutNow(1)).persistAll();

        // then
        assertThat(follower.sentTo(N3)).contains(new VoteRequest(2, LogPosition.ZERO, true));

        // and another follower votes although it hears the leader
        RaftDriver voter = RaftDriver.fresh();
        voter.receive(N2, beat(1, 0, 0, 0)).persistAll();
        voter.receive(N3, new VoteRequest(2, LogPosition.ZERO, true)).persistAll();
        assertThat(voter.sentTo(N3)).containsExactly(new VoteReply(2, true));
    }

    @Test
    void onlyTheLeaderOfTheTermMayAsk() {
        // given
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, beat(2, 0, 0, 0)).persistAll();

        // when
        follower.receive(N3, new TimeoutNow(2));
        follower.receive(N2, new TimeoutNow(1));

        // then
        assertThat(follower.raft.role()).isEqualTo(RoleName.FOLLOWER);
        assertThat(follower.raft.term()).isEqualTo(2);
    }
}
