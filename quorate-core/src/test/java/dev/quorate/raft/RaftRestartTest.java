package dev.quorate.raft;

import static dev.quorate.raft.RaftDriver.N2;
import static dev.quorate.raft.RaftDriver.beat;
import static dev.quorate.raft.RaftDriver.hard;
import static dev.quorate.raft.RaftDriver.restored;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftMessage.AppendRejected;
import dev.quorate.raft.RaftMessage.AppendRequest;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.types.LogPosition;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A replica that comes back into a term in which nothing happens any more.
class RaftRestartTest {
    @Test
    void aRestartedFollowerLearnsTheCommitIndexWithoutANewEntry() {
        // given a follower that acknowledged two entries of term 1, and restarted
        Restored restored =
                restored(hard(1, N2), LogPosition.ZERO, List.of(new TermStart(1, 1)), 2, 7);
        RaftDriver follower = new RaftDriver(restored);

        // when the leader, which owes it nothing, beats
        follower.receive(N2, beat(1, 2, 5, 0)).persistAll();

        // then it asks for a probe, and the answer lets it commit
        assertThat(follower.raft.commitIndex()).isZero();
        assertThat(follower.sentTo(N2)).contains(new AppendRejected(1, 3, 1, 2, 5));
        follower.receive(N2, new AppendRequest(1, new LogPosition(1, 2), List.of(), 2, 5, 0));
        assertThat(follower.raft.commitIndex()).isEqualTo(2);

        // and asks no more
        follower.receive(N2, beat(1, 2, 6, 0));
        assertThat(follower.sentTo(N2)).noneMatch(message -> message instanceof AppendRejected);
    }
}
