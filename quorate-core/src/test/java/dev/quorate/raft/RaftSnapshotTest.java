package dev.quorate.raft;

import static dev.quorate.raft.RaftDriver.N2;
import static dev.quorate.raft.RaftDriver.N3;
import static dev.quorate.raft.RaftDriver.THREE;
import static dev.quorate.raft.RaftDriver.append;
import static dev.quorate.raft.RaftDriver.beat;
import static dev.quorate.raft.RaftDriver.entry;
import static dev.quorate.raft.RaftDriver.hard;
import static dev.quorate.raft.RaftDriver.restored;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftEffect.FetchSnapshot;
import dev.quorate.raft.RaftEffect.Installed;
import dev.quorate.raft.RaftEffect.MarkInstalling;
import dev.quorate.raft.RaftEffect.RestoreSnapshot;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.AppendRejected;
import dev.quorate.raft.RaftMessage.SnapshotOffer;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Snapshots between replicas (thesis §5.1), one step of rule R4 at a time.
class RaftSnapshotTest {
    private static final Bytes DIGEST = Bytes.wrap(new byte[SnapshotMeta.DIGEST_BYTES]);
    private static final SnapshotMeta META =
            new SnapshotMeta(new LogPosition(1, 10), 1_010, THREE, 5, DIGEST);
    private static final SnapshotOffer OFFER = new SnapshotOffer(1, META, 3);

    /// A leader whose log begins after 1/10 and whose state machine has applied 12.
    private static RaftDriver compactedLeader() {
        RaftDriver leader =
                new RaftDriver(
                        restored(
                                hard(1, null),
                                new LogPosition(1, 10),
                                List.of(new TermStart(1, 11)),
                                12,
                                12));
        leader.timeout();
        leader.receive(N2, new RaftMessage.PreVoteReply(2, true)).persistAll();
        leader.receive(N2, new RaftMessage.VoteReply(2, true)).persistAll();
        leader.receive(N2, new AppendAccepted(2, 13, 0));
        leader.step(new RaftInput.Opened(12));
        // the entry that the state machine ended with is read once more
        leader.step(new RaftInput.LogRead(RaftDriver.N1.replica(), List.of(entry(1, 12, "b"))));
        leader.step(new RaftInput.Applied(12));
        return leader;
    }

    private static RaftDriver fetchedFollower() {
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, OFFER);
        return follower.step(new RaftInput.SnapshotFetched(META));
    }

    private static long ticket(RaftDriver driver) {
        for (RaftEffect effect : driver.effects) {
            if (effect instanceof MarkInstalling(long ticket, SnapshotMeta _)) {
                return ticket;
            }
            if (effect instanceof Installed(long ticket, SnapshotMeta _, boolean _)) {
                return ticket;
            }
        }
        throw new AssertionError("no mark in " + driver.effects);
    }

    @Test
    void aFollowerThatLacksWhatWasCompactedIsOfferedASnapshot() {
        // given
        RaftDriver leader = compactedLeader();

        // when N3's log turns out to end before the leader's begins
        leader.receive(N3, new AppendRejected(2, 12, 1, 5, 0));
        leader.step(new RaftInput.LogRead(N3.replica(), List.of(entry(1, 11, "a"))));
        leader.receive(N3, new AppendRejected(2, 10, 1, 5, 0));

        // then a snapshot is taken, and offered with the configuration of its own index
        assertThat(leader.effects).contains(new RaftEffect.TakeSnapshot());
        leader.step(new RaftInput.SnapshotTaken(new LogPosition(1, 12), 12, 99, DIGEST));
        SnapshotMeta taken = new SnapshotMeta(new LogPosition(1, 12), 12, THREE, 99, DIGEST);
        assertThat(leader.sentTo(N3)).containsExactly(new SnapshotOffer(2, taken, 0));

        // and once it is installed the log follows
        leader.receive(N3, new AppendAccepted(2, 12, 0));
        assertThat(leader.sentTo(N3))
                .anyMatch(message ->
                        message instanceof RaftMessage.AppendRequest request
                                && request.previous().index() == 12);
        leader.timeout();
        assertThat(leader.effects).contains(new RaftEffect.ReleaseSnapshot());
    }

    @Test
    void aSnapshotNamesWhoBelongedToTheGroupWhereItEnds() {
        // given a leader that has just taken in a learner
        RaftDriver leader = compactedLeader();
        leader.receive(N3, new AppendRejected(2, 12, 1, 5, 0));
        leader.step(new RaftInput.LogRead(N3.replica(), List.of(entry(1, 11, "a"))));
        leader.receive(N3, new AppendRejected(2, 10, 1, 5, 0));
        leader.step(new RaftInput.ChangeMembers(1, THREE.voters(), List.of(RaftDriver.N4)));
        assertThat(leader.raft.configuration().learners()).containsExactly(RaftDriver.N4);

        // when the snapshot ends before that
        leader.step(new RaftInput.SnapshotTaken(new LogPosition(1, 12), 12, 99, DIGEST));

        // then
        SnapshotMeta taken = new SnapshotMeta(new LogPosition(1, 12), 12, THREE, 99, DIGEST);
        assertThat(leader.sentTo(N3)).containsExactly(new SnapshotOffer(2, taken, 0));
    }

    @Test
    void anOfferIsFetchedOnce() {
        // given
        RaftDriver follower = RaftDriver.fresh();

        // when
        follower.receive(N2, OFFER);
        assertThat(follower.effects).contains(new FetchSnapshot(N2, META));
        follower.receive(N2, OFFER);

        // then
        assertThat(follower.effects).noneMatch(FetchSnapshot.class::isInstance);

        // until the fetch has failed
        follower.step(new RaftInput.SnapshotNotFetched(META)).receive(N2, OFFER);
        assertThat(follower.effects).contains(new FetchSnapshot(N2, META));
    }

    @Test
    void theMarkIsDurableBeforeTheStateIsTouchedAndTheLogIsResetAfter() {
        // when fetched, it is marked
        RaftDriver follower = fetchedFollower();
        assertThat(follower.effects).anyMatch(MarkInstalling.class::isInstance);
        assertThat(follower.effects).noneMatch(RestoreSnapshot.class::isInstance);

        // when marked, it is restored
        follower.step(new RaftInput.Persisted(ticket(follower)));
        assertThat(follower.effects).contains(new RestoreSnapshot(META));

        // when restored, the log is told
        follower.step(new RaftInput.SnapshotRestored(10));
        assertThat(follower.effects)
                .anyMatch(effect -> effect instanceof Installed it && !it.keepsSuffix());
        long installed = ticket(follower);
        assertThat(follower.sentTo(N2)).isEmpty();

        // and only once that is durable the leader, even if it asks again
        follower.receive(N2, OFFER);
        assertThat(follower.sentTo(N2)).noneMatch(AppendAccepted.class::isInstance);
        assertThat(follower.raft.lastPosition()).isEqualTo(LogPosition.ZERO);
        follower.step(new RaftInput.Persisted(installed));
        assertThat(follower.sentTo(N2)).contains(new AppendAccepted(1, 10, 0));
        assertThat(follower.raft.lastPosition()).isEqualTo(new LogPosition(1, 10));
        assertThat(follower.raft.appliedIndex()).isEqualTo(10);
        assertThat(follower.raft.commitIndex()).isEqualTo(10);
    }

    @Test
    void whileInstallingAReplicaTakesNoEntriesAndDoesNotCampaign() {
        // given
        RaftDriver follower = fetchedFollower();

        // when
        follower.receive(N2, append(1, LogPosition.ZERO, 0, entry(1, 1, "a")));

        // then
        assertThat(follower.raft.lastPosition()).isEqualTo(LogPosition.ZERO);
        follower.timeout();
        assertThat(follower.raft.role()).isEqualTo(RaftEffect.RoleName.FOLLOWER);
    }

    @Test
    void whatWasNotWrittenBeforeTheBoundaryIsNotWrittenBehindIt() {
        // given a follower whose disk takes two entries at a time, with more to write
        RaftConfig.Limits some = RaftConfig.Limits.DEFAULT;
        RaftDriver follower =
                new RaftDriver(
                        Restored.NOTHING,
                        new RaftConfig.Limits(
                                some.messageBytes(),
                                some.inflightMessages(),
                                1,
                                some.uncommittedBytes(),
                                some.cacheBytes(),
                                some.applyBytes(),
                                2,
                                some.compactEntries(),
                                some.retainEntries()));
        follower.receive(
                N2,
                append(
                        1,
                        LogPosition.ZERO,
                        0,
                        entry(1, 1, "a"),
                        entry(1, 2, "b"),
                        entry(1, 3, "c"),
                        entry(1, 4, "d"),
                        entry(1, 5, "e")));
        assertThat(follower.persists()).hasSize(2);

        // when a snapshot is installed that the log does not reach
        follower.receive(N2, OFFER);
        follower.step(new RaftInput.SnapshotFetched(META));
        follower.step(new RaftInput.Persisted(ticket(follower)));
        long second = follower.persists().getLast().ticket();
        follower.step(new RaftInput.SnapshotRestored(10));
        assertThat(follower.effects).anyMatch(Installed.class::isInstance);
        follower.step(new RaftInput.Persisted(second));

        // then
        assertThat(follower.persists()).isEmpty();
    }

    @Test
    void whatWasReadToBeAppliedComesTooLateForAnInstallation() {
        // given a follower that reads what it is about to apply, when a snapshot comes
        RaftDriver follower =
                new RaftDriver(
                        restored(
                                hard(1, null),
                                new LogPosition(1, 2),
                                List.of(new TermStart(1, 3)),
                                8,
                                8));
        follower.step(new RaftInput.Opened(2));
        follower.receive(N2, append(1, new LogPosition(1, 8), 8));
        assertThat(follower.effects)
                .anyMatch(effect ->
                        effect instanceof RaftEffect.ReadLog read && read.fromIndex() == 3);
        follower.receive(N2, OFFER);
        follower.step(new RaftInput.SnapshotFetched(META));
        long marked = ticket(follower);

        // when the entries come
        follower.step(new RaftInput.LogRead(RaftDriver.N1.replica(), List.of(entry(1, 3, "c"))));

        // then they are of no use, and the snapshot is installed
        assertThat(follower.effects).noneMatch(RaftEffect.Apply.class::isInstance);
        follower.step(new RaftInput.Persisted(marked));
        assertThat(follower.effects).contains(new RestoreSnapshot(META));
    }

    @Test
    void aCrashAfterTheMarkGoesOnWithTheRestoring() {
        // given
        Restored marked =
                new Restored(hard(1, null), LogPosition.ZERO, List.of(), 0, 0, List.of(), META);

        // when the state machine was not touched yet
        RaftDriver replica = new RaftDriver(marked);

        // then
        assertThat(replica.effects).contains(new RestoreSnapshot(META));
    }

    @Test
    void aCrashAfterTheRestoringOnlyFinishes() {
        // given a mark, and a state machine that is the snapshot already
        Restored marked =
                new Restored(hard(1, null), LogPosition.ZERO, List.of(), 0, 0, List.of(), META);
        RaftDriver replica = new RaftDriver(marked);
        replica.step(new RaftInput.Opened(10));

        // then
        assertThat(replica.effects)
                .anyMatch(effect -> effect instanceof Installed it && it.meta().equals(META));
        assertThat(replica.effects).noneMatch(RestoreSnapshot.class::isInstance);
    }

    @Test
    void aLogThatHoldsTheVeryPositionNeedsNoSnapshot() {
        // given
        RaftDriver follower =
                new RaftDriver(
                        restored(
                                hard(1, null),
                                LogPosition.ZERO,
                                List.of(new TermStart(1, 1)),
                                12,
                                12));

        // when
        follower.receive(N2, OFFER);

        // then it knows that so much is committed, and keeps what lies behind
        assertThat(follower.effects).noneMatch(FetchSnapshot.class::isInstance);
        assertThat(follower.raft.commitIndex()).isEqualTo(10);
        assertThat(follower.raft.lastPosition()).isEqualTo(new LogPosition(1, 12));
        follower.persistAll();
        assertThat(follower.raft.lastPosition()).isEqualTo(new LogPosition(1, 12));
    }

    @Test
    void aSnapshotThatEndsWhereWeHaveCommittedIsNotInstalled() {
        // given a fetch that took long
        RaftDriver follower = RaftDriver.fresh();
        follower.receive(N2, OFFER);
        Entry[] entries = new Entry[11];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = entry(1, i + 1, "c" + i);
        }
        follower.receive(N2, append(1, LogPosition.ZERO, 11, entries)).persistAll();

        // when
        follower.step(new RaftInput.SnapshotFetched(META));

        // then (rule R4)
        assertThat(follower.effects).containsExactly(new RaftEffect.DropFetched());
    }

    /// A replica with twelve entries of term 1 that was installing a snapshot when it stopped, and
    /// whose state machine is that snapshot by now.
    private static RaftDriver installingBehind(SnapshotMeta meta) {
        RaftDriver replica =
                new RaftDriver(
                        new Restored(
                                hard(2, null),
                                LogPosition.ZERO,
                                List.of(new TermStart(1, 1)),
                                12,
                                12,
                                List.of(),
                                meta));
        return replica.step(new RaftInput.Opened(meta.index()));
    }

    @Test
    void aSuffixBehindTheSnapshotIsKeptIfItFollowsFromIt() {
        // when the log holds the very position at which the snapshot ends
        RaftDriver replica = installingBehind(META);

        // then what lies behind may have been acknowledged
        replica.step(new RaftInput.Persisted(ticket(replica)));
        assertThat(replica.raft.lastPosition()).isEqualTo(new LogPosition(1, 12));
        assertThat(replica.raft.compacted()).isEqualTo(new LogPosition(1, 10));
    }

    @Test
    void aSuffixOfAnotherHistoryIsDropped() {
        // when the log has an entry of another term where the snapshot ends
        RaftDriver replica =
                installingBehind(new SnapshotMeta(new LogPosition(2, 10), 1_010, THREE, 5, DIGEST));

        // then
        replica.step(new RaftInput.Persisted(ticket(replica)));
        assertThat(replica.raft.lastPosition()).isEqualTo(new LogPosition(2, 10));
    }

    @Test
    void aMarkThatIsNotDurableIsNoMark() {
        // given
        RaftDriver follower = fetchedFollower();

        // when something else happens before the disk has answered
        follower.step(new RaftInput.Wakeup());

        // then
        assertThat(follower.effects).noneMatch(RestoreSnapshot.class::isInstance);
    }

    @Test
    void aDeposedLeaderLetsGoOfItsSnapshot() {
        // given
        RaftDriver leader = compactedLeader();
        leader.receive(N3, new AppendRejected(2, 12, 1, 5, 0));
        leader.step(new RaftInput.LogRead(N3.replica(), List.of(entry(1, 11, "a"))));
        leader.receive(N3, new AppendRejected(2, 10, 1, 5, 0));
        leader.step(new RaftInput.SnapshotTaken(new LogPosition(1, 12), 12, 99, DIGEST));

        // when
        leader.receive(N2, beat(3, 0, 0, 0));

        // then
        assertThat(leader.effects).contains(new RaftEffect.ReleaseSnapshot());
    }

    @Test
    void aSnapshotThatCannotBeTakenIsAskedForAgainAtTheNextBeatAndNotBefore() {
        // given
        RaftDriver leader = compactedLeader();
        leader.receive(N3, new AppendRejected(2, 12, 1, 5, 0));
        leader.step(new RaftInput.LogRead(N3.replica(), List.of(entry(1, 11, "a"))));
        leader.receive(N3, new AppendRejected(2, 10, 1, 5, 0));
        assertThat(leader.effects).contains(new RaftEffect.TakeSnapshot());

        // when
        leader.step(new RaftInput.SnapshotNotTaken());

        // then
        assertThat(leader.effects).doesNotContain(new RaftEffect.TakeSnapshot());
        leader.timeout();
        assertThat(leader.effects).contains(new RaftEffect.TakeSnapshot());
    }

    @Test
    void aSickReplicaDoesNotLead() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.receive(N2, new RaftMessage.HeartbeatReply(1, 0));

        // when its state machine stands still (rule R9)
        leader.step(new RaftInput.ApplyStopped());
        leader.timeout();

        // then it hands over
        assertThat(leader.sentTo(N2)).contains(new RaftMessage.TimeoutNow(1));

        // and does not campaign again
        leader.receive(N2, beat(2, 0, 0, 0)).persistAll();
        leader.timeout();
        leader.timeout();
        assertThat(leader.raft.role()).isEqualTo(RaftEffect.RoleName.FOLLOWER);
    }
}
