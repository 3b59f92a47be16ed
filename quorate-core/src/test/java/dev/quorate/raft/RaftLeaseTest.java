package dev.quorate.raft;

import static dev.quorate.raft.RaftDriver.LEASE_NANOS;
import static dev.quorate.raft.RaftDriver.N2;
import static dev.quorate.raft.RaftDriver.N3;
import static dev.quorate.raft.RaftDriver.beat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftEffect.ReadReady;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.raft.RaftMessage.PreVoteReply;
import dev.quorate.raft.RaftMessage.PreVoteRequest;
import dev.quorate.raft.RaftMessage.VoteReply;
import dev.quorate.raft.RaftMessage.VoteRequest;
import dev.quorate.types.LogPosition;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Leases (thesis §6.4.1) as rule R11 has them.
class RaftLeaseTest {
    private static final RaftInput READ = new RaftInput.Read(42, true);

    /// A leader that has applied its first entry and whose latest beat N2 has answered.
    private static RaftDriver withLease() {
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.step(new RaftInput.Applied(1));
        leader.timeout();
        leader.receive(N2, new HeartbeatReply(1, 1));
        return leader;
    }

    @Test
    void aLeaseAnswersWithoutAskingAnybody() {
        // given
        RaftDriver leader = withLease();

        // when
        leader.step(READ);

        // then
        assertThat(leader.effects).containsExactly(new ReadReady(42, 1, true));
        assertThat(leader.raft.holdsLease(leader.now(), 1)).isTrue();
    }

    @Test
    void aLeaseLastsFromSendingNotFromAnswering() {
        // given a beat that was sent at t, and whose answer came late
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.step(new RaftInput.Applied(1));
        leader.timeout();
        long sentMillis = leader.nowMillis;
        leader.nowMillis = sentMillis + 300;
        leader.receive(N2, new HeartbeatReply(1, 1));

        // then it ends by the sending
        leader.nowMillis = sentMillis + LEASE_NANOS / 1_000_000 - 1;
        assertThat(leader.raft.holdsLease(leader.now(), 1)).isTrue();
        leader.nowMillis = sentMillis + LEASE_NANOS / 1_000_000;
        assertThat(leader.raft.holdsLease(leader.now(), 1)).isFalse();
    }

    @Test
    void anAcknowledgedAppendIsNoLease() {
        // given a follower that took an entry but has not promised anything
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.step(new RaftInput.Applied(1));
        leader.timeout();

        // when
        leader.receive(N2, new RaftMessage.AppendAccepted(1, 1, 1));

        // then
        assertThat(leader.raft.holdsLease(leader.now(), 1)).isFalse();
    }

    @Test
    void thereIsNoLeaseBeforeTheFirstEntryOfTheTermIsApplied() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.timeout();
        leader.receive(N2, new HeartbeatReply(1, 1));

        // when
        leader.step(READ);

        // then it asks
        assertThat(leader.effects).noneMatch(ReadReady.class::isInstance);
        assertThat(leader.raft.holdsLease(leader.now(), 1)).isFalse();
    }

    @Test
    void onceAFollowerWasAskedToCampaignThereIsNoLeaseInThisTerm() {
        // given
        RaftDriver leader = withLease();

        // when
        leader.step(new RaftInput.Transfer(N2.replica()));
        assertThat(leader.sentTo(N2)).contains(new RaftMessage.TimeoutNow(1));

        // then, not even once the transfer is given up
        assertThat(leader.raft.holdsLease(leader.now(), 1)).isFalse();
        for (int i = 0; i < 12; i++) {
            leader.receive(N2, new HeartbeatReply(1, i));
            leader.timeout();
        }
        leader.receive(N2, new HeartbeatReply(1, 12));
        assertThat(leader.raft.takesProposals()).isTrue();
        assertThat(leader.raft.holdsLease(leader.now(), 1)).isFalse();
    }

    @Test
    void aSuspendedMachineHasLostItsLease() {
        // given
        RaftDriver leader = withLease();

        // when wall time went on by a minute while monotonic time stood still
        dev.quorate.types.Moment later =
                new dev.quorate.types.Moment(
                        leader.now().nanos() + 1_000_000, leader.now().wallMicros() + 60_000_000);

        // then
        assertThat(leader.raft.holdsLease(later, 1)).isFalse();
    }

    @Test
    void aPromiseIsDurableBeforeItIsGiven() {
        // given
        RaftDriver follower = RaftDriver.fresh();

        // when
        follower.receive(N2, beat(1, 0, 3, 0));

        // then
        assertThat(follower.persists().getFirst().hardState())
                .isEqualTo(new HardState(1, null, LEASE_NANOS));
        assertThat(follower.sentTo(N2)).isEmpty();
        follower.persistAll();
        assertThat(follower.sentTo(N2)).containsExactly(new HeartbeatReply(1, 3));
    }

    @Test
    void aRestartedVoterElectsNobodyWhileItsPromiseMayBeInForce() {
        // given a replica that has confirmed leases before it restarted
        HardState promised = new HardState(1, null, LEASE_NANOS);
        RaftDriver voter =
                new RaftDriver(
                        new Restored(promised, LogPosition.ZERO, List.of(), 0, 0, List.of(), null));
        long bootMillis = voter.nowMillis;

        // when it is asked for votes at once
        voter.receive(N3, new VoteRequest(2, LogPosition.ZERO, false));
        assertThat(voter.effects).isEmpty();
        voter.receive(N3, new PreVoteRequest(2, LogPosition.ZERO));
        assertThat(voter.sentTo(N3)).containsExactly(new PreVoteReply(1, false));

        // then it does not campaign before that time either, and votes afterwards
        assertThat(voter.raft.nextDeadlineNanos() / 1_000_000)
                .isGreaterThanOrEqualTo(bootMillis + LEASE_NANOS / 1_000_000);
        voter.nowMillis = bootMillis + 2 * LEASE_NANOS / 1_000_000;
        voter.receive(N3, new VoteRequest(2, LogPosition.ZERO, false)).persistAll();
        assertThat(voter.sentTo(N3)).containsExactly(new VoteReply(2, true));
    }

    @Test
    void aLongerLeaseThanOnesOwnPatienceStillBinds() {
        // given a leader with longer timeouts than this follower
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, new RaftMessage.Heartbeat(1, 0, 1, 0, 10 * LEASE_NANOS));
        follower.persistAll();

        // when the follower's own patience is over
        follower.nowMillis += 1_000;
        follower.step(new RaftInput.Wakeup());

        // then it elects nobody, itself included
        assertThat(follower.effects).noneMatch(RaftEffect.Send.class::isInstance);
        follower.receive(N3, new VoteRequest(2, LogPosition.ZERO, false));
        assertThat(follower.effects).isEmpty();
    }

    @Test
    void aPromiseLastsLongerThanTheLeaseBySoMuchThatClocksMayDrift() {
        // given a follower that promised 360 ms, and knows no leader any more
        RaftDriver follower = RaftDriver.fresh();
        follower.nowMillis += 1_000;
        follower.receive(N2, beat(1, 0, 1, 0)).persistAll();
        follower.receive(N3, new RaftMessage.VoteReply(2, false)).persistAll();

        // when it is asked for its vote a little later than that by its own clock
        follower.nowMillis += 399;
        follower.receive(N3, new RaftMessage.VoteRequest(3, LogPosition.ZERO, false)).persistAll();

        // then the leader's may be slower (10/9, rule R11)
        assertThat(follower.raft.term()).isEqualTo(2);
        follower.nowMillis += 1;
        follower.receive(N3, new RaftMessage.VoteRequest(3, LogPosition.ZERO, false)).persistAll();
        assertThat(follower.raft.term()).isEqualTo(3);
    }
}
