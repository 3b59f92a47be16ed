package dev.quorate.raft;

import static dev.quorate.raft.RaftDriver.N2;
import static dev.quorate.raft.RaftDriver.N3;
import static dev.quorate.raft.RaftDriver.beat;
import static dev.quorate.raft.RaftDriver.hard;
import static dev.quorate.raft.RaftDriver.restored;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.raft.RaftMessage.PreVoteReply;
import dev.quorate.raft.RaftMessage.PreVoteRequest;
import dev.quorate.raft.RaftMessage.VoteReply;
import dev.quorate.raft.RaftMessage.VoteRequest;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.types.LogPosition;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Leader election, one sentence of §5.2, §5.4.1 and thesis §9.6 at a time.
class RaftElectionTest {
    private final RaftDriver driver = RaftDriver.fresh();

    @Test
    void aTimeoutAsksForPreVotesAndLeavesTheTermAlone() {
        // when
        driver.timeout();

        // then
        assertThat(driver.raft.term()).isZero();
        assertThat(driver.persists()).isEmpty();
        assertThat(driver.sentTo(N2)).containsExactly(new PreVoteRequest(1, LogPosition.ZERO));
        assertThat(driver.sentTo(N3)).containsExactly(new PreVoteRequest(1, LogPosition.ZERO));
    }

    @Test
    void votesAreAskedForOnlyOnceTheOwnVoteIsDurable() {
        // given
        driver.timeout();

        // when a majority would vote
        driver.receive(N2, new PreVoteReply(1, true));

        // then the vote for itself goes to disk first
        assertThat(driver.persists().getFirst().hardState()).isEqualTo(hard(1, RaftDriver.N1));
        assertThat(driver.sentTo(N2)).isEmpty();
        driver.persistAll();
        assertThat(driver.sentTo(N2)).containsExactly(new VoteRequest(1, LogPosition.ZERO, false));
    }

    @Test
    void aMajorityOfVotesElects() {
        // given
        driver.timeout().receive(N2, new PreVoteReply(1, true)).persistAll();

        // when
        driver.receive(N3, new VoteReply(1, true));

        // then it leads, with an entry of its own term
        assertThat(driver.raft.isLeader()).isTrue();
        assertThat(driver.raft.lastPosition()).isEqualTo(new LogPosition(1, 1));
    }

    @Test
    void theOwnVoteDoesNotCountBeforeItIsDurable() {
        // given
        driver.timeout().receive(N2, new PreVoteReply(1, true));

        // when one vote comes before the disk has answered
        driver.receive(N2, new VoteReply(1, true));

        // then
        assertThat(driver.raft.role()).isEqualTo(RoleName.CANDIDATE);
        driver.persistAll();
        assertThat(driver.raft.isLeader()).isTrue();
    }

    @Test
    void repeatedVotesCountOnce() {
        // given
        RaftDriver five = driver.timeout();
        five.receive(N2, new PreVoteReply(1, false)).receive(N2, new PreVoteReply(1, false));

        // then
        assertThat(five.raft.role()).isNotEqualTo(RoleName.CANDIDATE);
    }

    @Test
    void votesOfAnotherTermDoNotCount() {
        // given
        driver.timeout().receive(N2, new PreVoteReply(1, true)).persistAll();
        driver.timeout().receive(N2, new PreVoteReply(2, true)).persistAll();

        // when an answer to the first campaign arrives in the second
        driver.receive(N3, new VoteReply(1, true));

        // then
        assertThat(driver.raft.isLeader()).isFalse();
    }

    @Test
    void aVoteIsSentOnlyOnceItIsDurable() {
        // when
        driver.receive(N2, new VoteRequest(1, LogPosition.ZERO, false));

        // then
        assertThat(driver.persists().getFirst().hardState()).isEqualTo(hard(1, N2));
        assertThat(driver.sentTo(N2)).isEmpty();
        driver.persistAll();
        assertThat(driver.sentTo(N2)).containsExactly(new VoteReply(1, true));
    }

    @Test
    void thereIsOneVotePerTerm() {
        // given
        driver.receive(N2, new VoteRequest(1, LogPosition.ZERO, false)).persistAll();

        // when
        driver.receive(N3, new VoteRequest(1, LogPosition.ZERO, false));

        // then
        assertThat(driver.sentTo(N3)).containsExactly(new VoteReply(1, false));
    }

    @Test
    void theVoteIsRememberedOverARestart() {
        // given
        Restored restored = restored(hard(3, N2), LogPosition.ZERO, List.of(), 0, 0);
        RaftDriver restarted = new RaftDriver(restored);

        // when
        restarted.receive(N3, new VoteRequest(3, LogPosition.ZERO, false));

        // then
        assertThat(restarted.sentTo(N3)).containsExactly(new VoteReply(3, false));
    }

    @Test
    void aCandidateWithAnOlderLogGetsNoVote() {
        // given a log that ends at 2/5
        Restored restored =
                restored(
                        hard(2, null),
                        LogPosition.ZERO,
                        List.of(new TermStart(1, 1), new TermStart(2, 4)),
                        5,
                        5);
        RaftDriver restarted = new RaftDriver(restored);

        // when the candidate's is longer, but of an older term
        restarted.receive(N2, new PreVoteRequest(4, new LogPosition(1, 9)));

        // then
        assertThat(restarted.sentTo(N2)).containsExactly(new PreVoteReply(2, false));
        restarted.receive(N2, new VoteRequest(4, new LogPosition(1, 9), false)).persistAll();
        assertThat(restarted.sentTo(N2)).containsExactly(new VoteReply(4, false));
    }

    @Test
    void whoHearsALeaderGrantsNoVoteAndKeepsItsTerm() {
        // given a follower of N2 in term 1
        driver.receive(N2, beat(1, 0, 0, 0)).persistAll();

        // when N3, cut off from the leader, wants to be elected
        driver.receive(N3, new PreVoteRequest(2, LogPosition.ZERO));

        // then
        assertThat(driver.sentTo(N3)).containsExactly(new PreVoteReply(1, false));
        driver.receive(N3, new VoteRequest(7, LogPosition.ZERO, false));
        assertThat(driver.raft.term()).isEqualTo(1);
        assertThat(driver.effects).isEmpty();
    }

    @Test
    void aHeartbeatIsAnsweredOnlyOnceItsTermIsDurable() {
        // when
        driver.receive(N2, beat(1, 0, 5, 0));

        // then
        assertThat(driver.sentTo(N2)).isEmpty();
        driver.persistAll();
        assertThat(driver.sentTo(N2)).containsExactly(new HeartbeatReply(1, 5));
    }

    @Test
    void aDeposedLeaderIsToldTheNewTerm() {
        // given
        driver.receive(N2, beat(4, 0, 0, 0)).persistAll();

        // when the leader of an older term speaks
        driver.receive(N3, beat(3, 0, 9, 0));

        // then
        assertThat(driver.sentTo(N3)).containsExactly(new HeartbeatReply(4, 0));
    }

    @Test
    void aLeaderWithoutAQuorumStepsDown() {
        // given
        driver.elect();

        // when nobody answers for more than two election timeouts
        for (int beats = 0; beats < 10 && driver.raft.isLeader(); beats++) {
            driver.timeout();
        }

        // then
        assertThat(driver.raft.isLeader()).isFalse();
    }

    @Test
    void aLeaderWithAQuorumStays() {
        // given
        driver.elect();

        // when one of two followers answers
        for (int beats = 0; beats < 30; beats++) {
            driver.timeout();
            driver.receive(N3, new HeartbeatReply(1, 0));
        }

        // then
        assertThat(driver.raft.isLeader()).isTrue();
    }

    @Test
    void aCompletionOfAnEarlierWriteDoesNotMakeTheOwnVoteCount() {
        // given a candidate with the vote of another, and an entry that is still being written
        driver.receive(N2, RaftDriver.append(1, LogPosition.ZERO, 0, RaftDriver.entry(1, 1, "a")));
        long earlier = driver.persists().getLast().ticket();
        driver.timeout().receive(N3, new PreVoteReply(2, true));
        driver.receive(N3, new VoteReply(2, true));

        // when the entry is durable, and the own vote is not
        driver.step(new RaftInput.Persisted(earlier));

        // then
        assertThat(driver.raft.role()).isEqualTo(RoleName.CANDIDATE);
        driver.persistAll();
        assertThat(driver.raft.isLeader()).isTrue();
    }
}
