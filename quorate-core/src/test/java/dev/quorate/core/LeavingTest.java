package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.HardState;
import dev.quorate.raft.Raft;
import dev.quorate.raft.RaftConfig;
import dev.quorate.raft.Restored;
import dev.quorate.raft.Restored.Configured;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// When a replica's time is over: group 0 has given it up, and its own group has decided so.
class LeavingTest {
    private static final Member SELF = member(1);
    private static final Member B = member(2);
    private static final Member C = member(3);
    private static final List<Member> ALL = List.of(SELF, B, C);
    private static final List<Member> OTHERS = List.of(B, C);
    private static final long INDEX = 5;

    private static Member member(long id) {
        return new Member(new NodeId(id), new ReplicaId(10 + id));
    }

    /// A replica whose log says at [#INDEX] who belongs to the group; it does not know whether that
    /// is committed.
    private static Raft uncommitted(List<Member> members) {
        return raft(
                new Restored(
                        new HardState(1, null, 0),
                        new LogPosition(1, INDEX - 1),
                        List.of(new TermStart(1, INDEX)),
                        INDEX,
                        INDEX,
                        List.of(configured(INDEX - 1, ALL), configured(INDEX, members)),
                        null));
    }

    private static Raft committed(List<Member> members) {
        return raft(
                new Restored(
                        new HardState(1, null, 0),
                        new LogPosition(1, INDEX),
                        List.of(),
                        INDEX,
                        INDEX,
                        List.of(configured(INDEX, members)),
                        null));
    }

    private static Configured configured(long index, List<Member> members) {
        return new Configured(index, Configuration.of(members));
    }

    private static Raft raft(Restored restored) {
        return new Raft(
                new RaftConfig(
                        SELF,
                        Configuration.of(ALL),
                        SELF.replica(),
                        new RaftConfig.Timing(Duration.ofMillis(100), Duration.ofMillis(400)),
                        RaftConfig.Limits.DEFAULT),
                new Random(1),
                new Moment(1, 1),
                restored);
    }

    /// What group 0 says.
    ///
    /// @param reported who belongs to the group, as last reported, at that index
    private static GroupInfo info(boolean tombstone, long index, List<Member> reported) {
        return new GroupInfo(
                new GroupId(1),
                ALL,
                OTHERS,
                List.of(),
                new GroupInfo.Configuration(index, reported, List.of(), List.of()),
                List.of(),
                tombstone ? List.of(new GroupInfo.Tombstone(SELF, 9)) : List.of(),
                9);
    }

    private static boolean isGone(Raft raft, GroupInfo info) {
        return Leaving.isGone(raft, SELF.replica(), info);
    }

    @Test
    void whoseOwnLogHasDecidedItAndWhomGroupZeroHasGivenUpIsGone() {
        assertThat(isGone(committed(OTHERS), info(true, 1, ALL))).isTrue();
        assertThat(isGone(committed(OTHERS), info(false, INDEX, OTHERS))).isFalse();
    }

    @Test
    void aTombstoneAloneEndsNobody() {
        // group 0 gave it up before it heard that the group has taken it in
        assertThat(isGone(committed(ALL), info(true, INDEX - 1, OTHERS))).isFalse();
        assertThat(isGone(uncommitted(ALL), info(true, INDEX - 1, OTHERS))).isFalse();
    }

    @Test
    void aRemovalThatMayBeUndoneEndsNobody() {
        assertThat(isGone(uncommitted(OTHERS), info(true, INDEX - 1, ALL))).isFalse();
        assertThat(isGone(uncommitted(OTHERS), info(true, INDEX - 1, OTHERS))).isFalse();
    }

    @Test
    void whoHasNotHeardThatItsRemovalIsCommittedHearsItFromGroupZero() {
        assertThat(isGone(uncommitted(OTHERS), info(true, INDEX, OTHERS))).isTrue();
        assertThat(isGone(uncommitted(ALL), info(true, INDEX + 1, OTHERS))).isTrue();
        assertThat(isGone(uncommitted(ALL), info(true, INDEX + 1, ALL))).isFalse();
    }
}
