package dev.quorate.raft;

import static dev.quorate.raft.RaftDriver.N2;
import static dev.quorate.raft.RaftDriver.N3;
import static dev.quorate.raft.RaftDriver.entry;
import static dev.quorate.raft.RaftDriver.hard;
import static dev.quorate.raft.RaftDriver.restored;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.AppendRejected;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What of the log may go (rule R3), and what is kept for others.
class RaftCompactionTest {
    private static final Bytes DIGEST = Bytes.wrap(new byte[SnapshotMeta.DIGEST_BYTES]);

    /// Compacts ten entries at a time, and keeps twenty for those who do not answer.
    private static final RaftConfig.Limits LIMITS =
            new RaftConfig.Limits(256 << 10, 64, 4 << 20, 16 << 20, 1 << 20, 1 << 20, 4, 10, 20);

    @Test
    void nothingGoesThatTheStateMachineWouldLackAfterACrash() {
        // given a group of which everybody holds a hundred entries
        RaftDriver leader = new RaftDriver(Restored.NOTHING, LIMITS).elect();
        for (int i = 2; i <= 100; i++) {
            leader.propose("c" + i).persistAll();
            leader.receive(N2, new AppendAccepted(1, i, 0));
            leader.receive(N3, new AppendAccepted(1, i, 0));
        }
        leader.step(new RaftInput.Applied(1)).step(new RaftInput.Applied(100));

        // when the state machine has applied all of them, and would keep fifty through a crash
        leader.timeout();
        assertThat(leader.effects).noneMatch(RaftEffect.Compact.class::isInstance);
        leader.step(new RaftInput.DurablyApplied(50));
        leader.receive(N2, new RaftMessage.HeartbeatReply(1, 1));
        leader.timeout();

        // then the last one of these stays, for its log time
        assertThat(leader.effects).contains(new RaftEffect.Compact(49, 1, RaftDriver.THREE));
        assertThat(leader.raft.compacted()).isEqualTo(new LogPosition(1, 49));
    }

    @Test
    void aLaggardThatIsSilentDoesNotPinTheLog() {
        // given a leader that may keep 20 entries for those who do not answer
        RaftDriver leader = new RaftDriver(Restored.NOTHING, LIMITS).elect();
        for (int i = 2; i <= 100; i++) {
            leader.propose("c" + i).persistAll();
            leader.receive(N2, new AppendAccepted(1, i, 0));
        }
        leader.step(new RaftInput.Applied(1)).step(new RaftInput.Applied(100));
        leader.step(new RaftInput.DurablyApplied(100));

        // when N3 has been silent for many election timeouts
        boolean compacted = false;
        for (int i = 0; i < 60 && !compacted; i++) {
            leader.receive(N2, new RaftMessage.HeartbeatReply(1, i));
            leader.timeout();
            compacted = leader.effects.stream().anyMatch(RaftEffect.Compact.class::isInstance);
        }

        // then
        assertThat(compacted).isTrue();
        assertThat(leader.raft.isLeader()).isTrue();
    }

    @Test
    void theLogBehindASnapshotOnItsWayIsKept() {
        // given a leader that keeps 20 entries for laggards, and N3, which waits for a snapshot
        RaftDriver leader = offering();

        // when many more entries are committed and kept by the state machine meanwhile
        for (int i = 14; i <= 300; i++) {
            leader.propose("c" + i).persistAll();
            leader.receive(N2, new AppendAccepted(2, i, 0));
            leader.receive(N3, new RaftMessage.HeartbeatReply(2, i));
            leader.step(new RaftInput.Applied(i)).step(new RaftInput.DurablyApplied(i));
            leader.timeout();
            assertThat(leader.effects)
                    .noneMatch(RaftEffect.Compact.class::isInstance)
                    .noneMatch(RaftEffect.ReleaseSnapshot.class::isInstance);
        }

        // then the log follows once it is installed
        leader.receive(N3, new AppendAccepted(2, 12, 0));
        assertThat(leader.sentTo(N3))
                .anyMatch(message ->
                        message instanceof RaftMessage.AppendRequest request
                                && request.previous().index() == 12);
    }

    @Test
    void aSnapshotThatTheLogHasLeftBehindIsReplacedByAnother() {
        // given a follower that is silent for long after it was offered one
        RaftDriver leader = offering();
        boolean compacted = false;
        for (int i = 14; !compacted; i++) {
            leader.propose("c" + i).persistAll();
            leader.receive(N2, new AppendAccepted(2, i, i));
            leader.step(new RaftInput.Applied(i)).step(new RaftInput.DurablyApplied(i));
            leader.timeout();
            compacted = leader.raft.compacted().index() > 12;
        }

        // when it asks for the snapshot that was offered, to which the log does not reach any more
        leader.receive(N3, new RaftMessage.HeartbeatReply(2, 1));
        leader.timeout();

        // then it is not given that one
        assertThat(leader.sentTo(N3)).noneMatch(RaftMessage.SnapshotOffer.class::isInstance);
    }

    @Test
    void aSnapshotOfWhatTheLogDoesNotSayIsLetGo() {
        RaftDriver leader = waitedFor();

        leader.step(new RaftInput.SnapshotTaken(new LogPosition(7, 12), 12, 99, DIGEST));

        assertThat(leader.effects).contains(new RaftEffect.ReleaseSnapshot());
        assertThat(leader.sentTo(N3)).noneMatch(RaftMessage.SnapshotOffer.class::isInstance);
    }

    /// A leader whose log begins after 1/10, and which has offered N3 a snapshot that ends at 1/12.
    private static RaftDriver offering() {
        RaftDriver leader = waitedFor();
        leader.step(new RaftInput.SnapshotTaken(new LogPosition(1, 12), 12, 99, DIGEST));
        return leader;
    }

    /// A leader that N3 waits for to take a snapshot.
    private static RaftDriver waitedFor() {
        Restored compacted =
                restored(
                        hard(1, null),
                        new LogPosition(1, 10),
                        List.of(new TermStart(1, 11)),
                        12,
                        12);
        RaftDriver leader = new RaftDriver(compacted, LIMITS);
        leader.timeout();
        leader.receive(N2, new RaftMessage.PreVoteReply(2, true)).persistAll();
        leader.receive(N2, new RaftMessage.VoteReply(2, true)).persistAll();
        leader.receive(N2, new AppendAccepted(2, 13, 0));
        leader.step(new RaftInput.Opened(12));
        leader.step(new RaftInput.LogRead(RaftDriver.N1.replica(), List.of(entry(1, 12, "b"))));
        leader.step(new RaftInput.Applied(12)).step(new RaftInput.Applied(13));
        leader.receive(N3, new AppendRejected(2, 12, 1, 5, 0));
        leader.step(new RaftInput.LogRead(N3.replica(), List.of(entry(1, 11, "a"))));
        leader.receive(N3, new AppendRejected(2, 10, 1, 5, 0));
        return leader;
    }

    @Test
    void aFollowerWhoseLogBeginsFarBehindTheProbeSaysHowFarItIs() {
        // given a log that begins, and ends, behind a snapshot
        RaftDriver follower =
                new RaftDriver(
                        RaftDriver.restored(
                                RaftDriver.hard(2, null),
                                new LogPosition(1, 50),
                                List.of(),
                                50,
                                50));

        // when a leader that is new looks for its end far before that, entry by entry
        Entry entry = new Entry(1, 11, 11, Entry.Kind.COMMAND, Bytes.utf8("x"));
        follower.receive(
                N2,
                new RaftMessage.AppendRequest(2, new LogPosition(1, 10), List.of(entry), 50, 7, 0));

        // then what was compacted was committed, and so is in the leader's log
        assertThat(follower.sentTo(N2)).containsExactly(new RaftMessage.AppendAccepted(2, 50, 7));
    }
}
