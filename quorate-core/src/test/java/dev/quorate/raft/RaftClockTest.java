package dev.quorate.raft;

import static dev.quorate.raft.RaftConfig.Timing.CLOCK_SKEW_MICROS_MAX;
import static dev.quorate.raft.RaftDriver.N1;
import static dev.quorate.raft.RaftDriver.N2;
import static dev.quorate.raft.RaftDriver.N3;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftInput.Clock;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.AppendRequest;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Log time and clocks that are off (rule R14).
class RaftClockTest {
    private static final long FAR_MICROS = 365L * 24 * 3_600_000_000L;

    private static Entry entry(long index, long stampMicros) {
        return new Entry(1, index, stampMicros, Entry.Kind.COMMAND, Bytes.utf8("x"));
    }

    private static AppendRequest append(
            LogPosition previous, long commitIndex, List<Entry> entries) {
        return new AppendRequest(1, previous, entries, commitIndex, 1, 0);
    }

    /// A follower that has been sent one entry of its own time and one that is far ahead.
    private static RaftDriver offered(long commitIndex, long secondMicros) {
        RaftDriver follower = RaftDriver.fresh();
        long now = follower.now().wallMicros();
        follower.receive(
                N2,
                append(
                        LogPosition.ZERO,
                        commitIndex,
                        List.of(entry(1, now), entry(2, secondMicros))));
        return follower;
    }

    @Test
    void whatIsStampedFarAheadIsNotTaken() {
        // when
        RaftDriver follower = offered(0, FAR_MICROS);

        // then the part before it is
        assertThat(follower.raft.lastPosition().index()).isEqualTo(1);
        follower.persistAll();
        assertThat(follower.sentTo(N2)).containsExactly(new AppendAccepted(1, 1, 1));
    }

    @Test
    void whatIsStampedALittleAheadIsTaken() {
        RaftDriver follower = RaftDriver.fresh();
        long limit = follower.now().wallMicros() + CLOCK_SKEW_MICROS_MAX;
        follower.receive(
                N2, append(LogPosition.ZERO, 0, List.of(entry(1, limit), entry(2, limit + 2))));
        assertThat(follower.raft.lastPosition().index()).isEqualTo(1);
    }

    @Test
    void whatIsCommittedIsTakenWhateverItsStamp() {
        assertThat(offered(2, FAR_MICROS).raft.lastPosition().index()).isEqualTo(2);
    }

    @Test
    void logTimeThatIsAheadAlreadyDoesNotStopTheLog() {
        // given a log whose committed entry is far ahead
        RaftDriver follower = offered(2, FAR_MICROS);

        // when entries follow it as closely as they can
        follower.receive(
                N2,
                append(
                        new LogPosition(1, 2),
                        2,
                        List.of(entry(3, FAR_MICROS + 1), entry(4, FAR_MICROS + 2))));
        assertThat(follower.raft.lastPosition().index()).isEqualTo(4);

        // but not if a clock goes on from there
        follower.receive(
                N2, append(new LogPosition(1, 4), 2, List.of(entry(5, FAR_MICROS + 1_000_000))));
        assertThat(follower.raft.lastPosition().index()).isEqualTo(4);
    }

    @Test
    void whereNobodyHasABetterLogItIsTakenInTheEnd() {
        // given
        RaftDriver follower = offered(0, FAR_MICROS);
        AppendRequest again =
                append(
                        new LogPosition(1, 1),
                        0,
                        List.of(entry(2, FAR_MICROS), entry(3, FAR_MICROS + 9)));

        // when leaders have offered it for twenty election timeouts
        follower.nowMillis += 7_999;
        follower.receive(N2, again);
        assertThat(follower.raft.lastPosition().index()).isEqualTo(1);
        follower.nowMillis += 1;
        follower.step(Clock.UNKNOWN).receive(N2, again);
        assertThat(follower.raft.lastPosition().index()).isEqualTo(1);
        follower.step(Clock.RIGHT).receive(N2, again);

        // then
        assertThat(follower.raft.lastPosition().index()).isEqualTo(3);
    }

    @Test
    void aClockThatNobodyHasConfirmedTakesLogTimeNowhere() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();
        long before = leader.now().wallMicros();
        leader.step(Clock.UNKNOWN);
        leader.nowMillis += 10_000;

        // when
        leader.propose("a");

        // then
        assertThat(leader.persists().getFirst().entries().getFirst().stampMicros())
                .isLessThanOrEqualTo(before + 1);
    }

    @Test
    void nothingIsTruncatedForAnEntryThatIsNotTaken() {
        // given an entry that another leader has replaced
        RaftDriver follower = offered(0, 2);
        AppendRequest later =
                new AppendRequest(
                        2,
                        new LogPosition(1, 1),
                        List.of(new Entry(2, 2, FAR_MICROS, Entry.Kind.NOOP, Bytes.EMPTY)),
                        0,
                        1,
                        0);

        // when
        follower.receive(N3, later);

        // then
        assertThat(follower.raft.lastPosition()).isEqualTo(new LogPosition(1, 2));
        follower.persistAll();
        assertThat(follower.sentTo(N3)).containsExactly(new AppendAccepted(2, 1, 1));
    }

    @Test
    void stampsAndLimitsGoByTheCorrectedClock() {
        // given a leader whose clock is ahead, and knows it
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.step(new Clock(-900_000, List.of()));
        leader.nowMillis += 1_000;
        leader.propose("a");
        long expected = leader.now().wallMicros() - 900_000;
        assertThat(leader.persists().getFirst().entries().getFirst().stampMicros())
                .isEqualTo(expected);

        // and a follower whose clock is behind, and knows it
        RaftDriver follower = RaftDriver.fresh();
        follower.step(new Clock(FAR_MICROS, List.of(N1.node())));
        follower.receive(N2, append(LogPosition.ZERO, 0, List.of(entry(1, FAR_MICROS))));
        assertThat(follower.raft.lastPosition().index()).isEqualTo(1);
    }

    @Test
    void aLeaderWithAnEntryThatNobodyTakesStepsDownAndStandsBack() {
        // given a leader that learns that it has stamped an entry far ahead
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.nowMillis += FAR_MICROS / 1_000;
        leader.propose("a").persistAll();
        leader.step(new Clock(-FAR_MICROS, List.of(N1.node())));

        // when its followers answer its beats, but take nothing
        for (int i = 0; i < 20 && leader.raft.isLeader(); i++) {
            leader.timeout();
            leader.receive(N2, new HeartbeatReply(1, i));
            leader.receive(N3, new HeartbeatReply(1, i));
        }

        // then it lets others be elected first, twice
        assertThat(leader.raft.isLeader()).isFalse();
        assertThat(leader.timeout().sentTo(N2)).isEmpty();
        assertThat(leader.timeout().sentTo(N2)).isEmpty();
        assertThat(leader.timeout().sentTo(N2))
                .hasOnlyElementsOfType(RaftMessage.PreVoteRequest.class)
                .hasSize(1);
    }

    @Test
    void aLeaderWhoseClockIsOffHandsOverAndTheNextOneDoesNotHandBack() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();

        // when its clock is off, and N2 keeps up
        leader.step(new Clock(5_000_000, List.of(N1.node(), N3.node())));

        // then it asks N2, not N3, though that keeps up as well
        boolean asked = false;
        for (int i = 1; i < 40 && !asked; i++) {
            leader.timeout();
            asked = leader.sentTo(N2).contains(new RaftMessage.TimeoutNow(1));
            assertThat(leader.sentTo(N3)).doesNotContain(new RaftMessage.TimeoutNow(1));
            leader.receive(N2, new AppendAccepted(1, 1, i));
            leader.receive(N3, new AppendAccepted(1, 1, i));
        }
        assertThat(asked).isTrue();

        // and one whose preferred leader's clock is off keeps the lead
        RaftDriver next = RaftDriver.preferring(N2).elect();
        next.step(new Clock(0, List.of(N2.node())));
        for (int i = 1; i < 40; i++) {
            next.timeout();
            next.receive(N2, new AppendAccepted(1, 1, i));
            assertThat(next.sentTo(N2)).doesNotContain(new RaftMessage.TimeoutNow(1));
        }
    }
}
