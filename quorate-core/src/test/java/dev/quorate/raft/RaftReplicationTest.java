package dev.quorate.raft;

import static dev.quorate.raft.RaftDriver.N1;
import static dev.quorate.raft.RaftDriver.N2;
import static dev.quorate.raft.RaftDriver.N3;
import static dev.quorate.raft.RaftDriver.append;
import static dev.quorate.raft.RaftDriver.beat;
import static dev.quorate.raft.RaftDriver.entry;
import static dev.quorate.raft.RaftDriver.hard;
import static dev.quorate.raft.RaftDriver.restored;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.AppendRejected;
import dev.quorate.raft.RaftMessage.AppendRequest;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.types.LogPosition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Log replication: §5.3, §5.4.2, and rules R1 and R2.
class RaftReplicationTest {
    private static final LogPosition START = LogPosition.ZERO;

    @Test
    void anAppendIsAcceptedOnlyOnceItIsDurable() {
        // given
        RaftDriver follower = RaftDriver.fresh();

        // when
        follower.receive(N2, append(1, START, 0, entry(1, 1, "a"), entry(1, 2, "b")));

        // then
        assertThat(follower.persists()).hasSize(1);
        assertThat(follower.persists().getFirst().entries()).hasSize(2);
        assertThat(follower.sentTo(N2)).isEmpty();
        follower.persistAll();
        assertThat(follower.sentTo(N2)).containsExactly(new AppendAccepted(1, 2, 0));
    }

    @Test
    void aLateCompletionSaysNothingAboutEntriesWrittenSince() {
        // given entries 1–3 of term 1 on their way to the disk
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(
                N2, append(1, START, 0, entry(1, 1, "a"), entry(1, 2, "b"), entry(1, 3, "c")));
        long first = follower.persists().getLast().ticket();

        // when the leader of term 2 replaces 2–3, and then the first write completes
        follower.receive(
                N3, append(2, new LogPosition(1, 1), 0, entry(2, 2, "x"), entry(2, 3, "y")));
        long second = follower.persists().getLast().ticket();
        follower.step(new RaftInput.Persisted(first));

        // then index 1 is durable, 2 and 3 are not (rule R1)
        assertThat(follower.raft.durableIndex()).isEqualTo(1);
        assertThat(follower.sentTo(N3)).doesNotContain(new AppendAccepted(2, 3, 0));
        follower.step(new RaftInput.Persisted(second));
        assertThat(follower.sentTo(N3)).containsExactly(new AppendAccepted(2, 3, 0));
    }

    @Test
    void aHeartbeatCommitsNoMoreThanWasVerified() {
        // given a follower with two entries of an old leader that the new one may not have
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, append(1, START, 0, entry(1, 1, "a"), entry(1, 2, "b")));
        follower.persistAll();

        // when the new leader's heartbeat overtakes its truncating append
        follower.receive(N3, beat(2, 2, 0, 0)).persistAll();

        // then nothing is applied (rule R2)
        assertThat(follower.raft.commitIndex()).isZero();
        assertThat(follower.applied()).isEmpty();
    }

    @Test
    void nothingIsAppliedBeforeItIsDurableHere() {
        // given
        RaftDriver follower = RaftDriver.fresh();

        // when an append arrives that others have already committed
        follower.receive(N2, append(1, START, 1, entry(1, 1, "a")));

        // then
        assertThat(follower.raft.commitIndex()).isEqualTo(1);
        assertThat(follower.applied()).isEmpty();
        follower.persistAll();
        assertThat(follower.applied()).containsExactly(1L);
    }

    @Test
    void aGapIsRejectedWithTheEndOfTheLog() {
        // given
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, append(1, START, 0, entry(1, 1, "a"))).persistAll();

        // when
        follower.receive(N2, append(1, new LogPosition(1, 5), 0, entry(1, 6, "f")));

        // then
        assertThat(follower.sentTo(N2)).containsExactly(new AppendRejected(1, 5, 1, 1, 0));
    }

    @Test
    void aConflictIsRejectedWithTheEndOfTheLastTermThatCanMatch() {
        // given a follower with 1/1–3 and 3/4–9
        Restored restored =
                restored(
                        hard(3, null),
                        START,
                        List.of(new TermStart(1, 1), new TermStart(3, 4)),
                        9,
                        9);
        RaftDriver follower = new RaftDriver(restored);

        // when a leader whose entry 8 is of term 2 probes
        follower.receive(N2, append(4, new LogPosition(2, 8), 0)).persistAll();

        // then all of term 3 is skipped at once
        assertThat(follower.sentTo(N2)).containsExactly(new AppendRejected(4, 8, 1, 3, 0));
    }

    @Test
    void aCommittedEntryIsNeverReplaced() {
        // given
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, append(1, START, 1, entry(1, 1, "a"))).persistAll();

        // then a leader that would replace it breaks the invariant, and the replica halts
        assertThatThrownBy(() -> follower.receive(N3, append(2, START, 0, entry(2, 1, "x"))))
                .isInstanceOf(InvariantBroken.class)
                .hasMessageContaining("2/1");
    }

    @Test
    void aMalformedAppendIsIgnored() {
        // given
        RaftDriver follower = RaftDriver.fresh();

        // when entries have a hole, or come from a later term than their sender's
        follower.receive(N2, append(1, START, 0, entry(1, 1, "a"), entry(1, 3, "c")));
        follower.receive(N2, append(1, START, 0, entry(5, 1, "a")));

        // then
        assertThat(follower.raft.lastPosition()).isEqualTo(START);
    }

    @Test
    void theLeaderSendsInParallelWithItsOwnWriteAndCountsItselfOnlyOnceDurable() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();
        assertThat(leader.raft.commitIndex()).isEqualTo(1);

        // when
        leader.propose("a");

        // then it is sent at once, but commits only with two durable copies
        assertThat(leader.sentTo(N2)).hasSize(1);
        leader.receive(N2, new AppendAccepted(1, 2, 0));
        assertThat(leader.raft.commitIndex()).isEqualTo(1);
        leader.persistAll();
        assertThat(leader.raft.commitIndex()).isEqualTo(2);
        assertThat(leader.applied()).isEmpty(); // the first batch is still being applied
        leader.step(new RaftInput.Applied(1));
        assertThat(leader.applied()).containsExactly(2L);
    }

    @Test
    void twoFollowersCommitButTheLeaderAppliesOnlyWhatItHoldsItself() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.step(new RaftInput.Applied(1));
        leader.propose("a");
        leader.receive(N2, new AppendAccepted(1, 2, 0));
        leader.receive(N3, new AppendAccepted(1, 2, 0));

        // then
        assertThat(leader.raft.commitIndex()).isEqualTo(2);
        assertThat(leader.applied()).isEmpty();
        leader.persistAll();
        assertThat(leader.applied()).containsExactly(2L);
    }

    @Test
    void entriesOfEarlierTermsCommitOnlyThroughOneOfTheOwnTerm() {
        // given a leader of term 2 whose log holds 1/1–2 of term 1 (figure 8)
        Restored restored = restored(hard(1, null), START, List.of(new TermStart(1, 1)), 2, 2);
        RaftDriver leader = new RaftDriver(restored);
        leader.timeout();
        leader.receive(N2, new RaftMessage.PreVoteReply(2, true)).persistAll();
        leader.receive(N2, new RaftMessage.VoteReply(2, true)).persistAll();

        // when a majority holds the old entries
        leader.receive(N2, new AppendAccepted(2, 2, 0));

        // then they are not committed, until the new term's first entry is
        assertThat(leader.raft.commitIndex()).isZero();
        leader.receive(N2, new AppendAccepted(2, 3, 0));
        assertThat(leader.raft.commitIndex()).isEqualTo(3);
    }

    @Test
    void aFollowerIsProbedOneAppendAtATimeThenPipelined() {
        // given a leader whose follower N3 has not answered yet
        RaftDriver leader = RaftDriver.fresh().elect();

        // when
        leader.propose("a");
        List<RaftMessage> toSilent = leader.sentTo(N3);
        List<RaftMessage> toKnown = leader.sentTo(N2);
        leader.propose("b");

        // then
        assertThat(toSilent).isEmpty();
        assertThat(toKnown).hasSize(1);
        assertThat(leader.sentTo(N2)).hasSize(1);
        assertThat(leader.sentTo(N3)).isEmpty();
    }

    @Test
    void theLeaderGoesBackToTheHintAndTriesAgain() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.propose("a").propose("b").persistAll();
        leader.receive(N3, new AppendRejected(1, 0, 0, 0, 0));

        // then it sends everything from the first entry on
        AppendRequest again = (AppendRequest) leader.sentTo(N3).getFirst();
        assertThat(again.previous()).isEqualTo(START);
        assertThat(again.entries()).hasSize(3);
    }

    @Test
    void lostAppendsAreSentAgain() {
        // given an append that nobody answers
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.propose("a");

        // when half a second passes with only heartbeats answered
        List<RaftMessage> sent = new java.util.ArrayList<>();
        for (int beats = 0; beats < 8; beats++) {
            leader.timeout();
            sent.addAll(leader.sentTo(N2));
            leader.receive(N2, new RaftMessage.HeartbeatReply(1, 0));
            sent.addAll(leader.sentTo(N2));
        }

        // then
        assertThat(sent)
                .anyMatch(message ->
                        message instanceof AppendRequest append
                                && append.previous().index() == 1
                                && append.entries().size() == 1);
    }

    @Test
    void aLaggardIsServedFromDisk() {
        // given a leader that keeps nothing applied in memory
        RaftConfig.Limits small =
                new RaftConfig.Limits(1_000, 8, 1, 100_000, 0, 1_000, 4, 100, 1_000);
        RaftDriver leader = new RaftDriver(Restored.NOTHING, small).elect();
        leader.step(new RaftInput.Applied(1));
        for (int i = 2; i <= 5; i++) {
            leader.propose("c" + i).persistAll();
            leader.receive(N2, new AppendAccepted(1, i, 0));
            leader.step(new RaftInput.Applied(i));
        }

        // when N3 turns out to have nothing
        leader.receive(N3, new AppendRejected(1, 0, 0, 0, 0));

        // then the entries are read back and sent
        assertThat(leader.effects).contains(new RaftEffect.ReadLog(N3.replica(), 1, 1_000));
        leader.step(
                new RaftInput.LogRead(N3.replica(), List.of(entry(1, 1, ""), entry(1, 2, "c2"))));
        assertThat(((AppendRequest) leader.sentTo(N3).getFirst()).entries()).hasSize(2);
    }

    @Test
    void aRestartedStateMachineIsFedFromDisk() {
        // given a log of five entries, of which the state machine has applied two
        Restored restored = restored(hard(1, null), START, List.of(new TermStart(1, 1)), 5, 5);
        RaftDriver follower = new RaftDriver(restored);
        follower.raft.step(follower.now(), new RaftInput.Opened(2), follower.credits, effect -> {});

        // when the leader says that four are committed
        follower.receive(N2, append(1, new LogPosition(1, 5), 4)).persistAll();
        assertThat(follower.effects.toString() + follower.raft).contains("commit=4");
        follower.step(
                new RaftInput.LogRead(
                        N1.replica(),
                        List.of(
                                entry(1, 2, "b"),
                                entry(1, 3, "c"),
                                entry(1, 4, "d"),
                                entry(1, 5, "e"))));

        // then it gets exactly the committed ones, and its last one again for term and log time
        assertThat(follower.applied()).containsExactly(2L, 3L, 4L);
    }

    @Test
    void stampsStrictlyIncreaseEvenIfTheClockDoesNot() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();

        // when two commands are proposed in the same microsecond
        leader.propose("a");
        Entry first = leader.persists().getFirst().entries().getFirst();
        leader.propose("b");
        Entry second = leader.persists().getFirst().entries().getFirst();

        // then
        assertThat(second.stampMicros()).isGreaterThan(first.stampMicros());
    }

    @Test
    void aLeaderWithTooMuchUncommittedRefuses() {
        // given
        RaftConfig.Limits small =
                new RaftConfig.Limits(1_000, 8, 1_000, 100, 0, 1_000, 4, 100, 1_000);
        RaftDriver leader = new RaftDriver(Restored.NOTHING, small).elect();
        leader.propose("a").propose("b").propose("c");

        // when
        leader.propose("d");

        // then
        assertThat(leader.effects)
                .contains(new RaftEffect.NotTaken(1, RaftEffect.Reason.OVERLOADED, N1));
    }

    /// A follower that durably has two entries of term 1.
    private static RaftDriver withTwoOfTermOne() {
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, append(1, START, 0, entry(1, 1, "a"), entry(1, 2, "b")));
        return follower.persistAll();
    }

    @Test
    void anAppendThatMatchesTakesNothingAway() {
        // given
        RaftDriver follower = withTwoOfTermOne();

        // when the next leader probes at 1, where the logs agree
        follower.receive(N3, append(2, new LogPosition(1, 1), 0)).persistAll();

        // then what lies behind may be committed, and stays (§5.3)
        assertThat(follower.raft.lastPosition()).isEqualTo(new LogPosition(1, 2));
    }

    @Test
    void anAppendCommitsNoMoreThanItHasVerified() {
        // given
        RaftDriver follower = withTwoOfTermOne();

        // when the next leader, which has committed another entry 2, proves only that 1 agrees
        follower.receive(N3, append(2, START, 2, entry(1, 1, "a"))).persistAll();

        // then
        assertThat(follower.raft.commitIndex()).isEqualTo(1);
    }

    @Test
    void aFollowerClaimsNoMoreThanWasVerified() {
        // given
        RaftDriver follower = withTwoOfTermOne();

        // when the next leader proves that 1 agrees
        follower.receive(N3, append(2, START, 0, entry(1, 1, "a")));
        List<RaftMessage> answers = new ArrayList<>(follower.sentTo(N3));
        answers.addAll(follower.persistAll().sentTo(N3));

        // then entry 2 is durable, but perhaps not the leader's
        assertThat(answers).containsExactly(new AppendAccepted(2, 1, 0));
    }
}
