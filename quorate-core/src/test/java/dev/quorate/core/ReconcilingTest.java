package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.core.Reconciling.Step;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.raft.Configuration;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.List;
import org.junit.jupiter.api.Test;

/// From the members that a group has to those that it shall have, step by step.
class ReconcilingTest {
    private static final Member A1 = member(1, 1);
    private static final Member B2 = member(2, 2);
    private static final Member C3 = member(3, 3);
    private static final Member A4 = member(1, 4);

    @Test
    void aNewcomerLearnsBeforeItVotes() {
        Configuration current = Configuration.of(List.of(A1, B2));
        GroupInfo wanted = wanted(List.of(A1, C3), List.of());

        assertThat(Reconciling.next(wanted, current, List.of()))
                .isEqualTo(new Step(List.of(A1, B2), List.of(C3)));
        Configuration learning = new Configuration(List.of(A1, B2), List.of(), List.of(C3));
        assertThat(Reconciling.next(wanted, learning, List.of())).isNull();
        assertThat(Reconciling.next(wanted, learning, List.of(C3)))
                .isEqualTo(new Step(List.of(A1, C3), List.of()));
    }

    @Test
    void aSoundReplicaThatStandsInTheWayOfAnotherOnItsNodeGoesFirst() {
        Configuration current = new Configuration(List.of(A1, B2, C3), List.of(), List.of(A4));
        GroupInfo wanted = wanted(List.of(A4, B2, C3), List.of());

        assertThat(Reconciling.next(wanted, current, List.of()))
                .isEqualTo(new Step(List.of(B2, C3), List.of()));
        assertThat(Reconciling.next(wanted, Configuration.of(List.of(B2, C3)), List.of()))
                .isEqualTo(new Step(List.of(B2, C3), List.of(A4)));
    }

    @Test
    void theOtherVotersHoldThePlaceOfTheOnlyReplicaThatIsWanted() {
        Configuration current = new Configuration(List.of(A1, B2), List.of(), List.of(A4));
        GroupInfo wanted = wanted(List.of(A4), List.of());

        assertThat(Reconciling.next(wanted, current, List.of()))
                .isEqualTo(new Step(List.of(B2), List.of()));
        assertThat(Reconciling.next(wanted, Configuration.of(List.of(B2)), List.of()))
                .isEqualTo(new Step(List.of(B2), List.of(A4)));
    }

    @Test
    void aReplicaInQuarantineStandsInNobodysWay() {
        Configuration current = Configuration.of(List.of(A1, B2, C3));
        GroupInfo wanted = wanted(List.of(A4, B2, C3), List.of(A1.replica()));

        assertThat(Reconciling.next(wanted, current, List.of()))
                .isEqualTo(new Step(List.of(A1, B2, C3), List.of(A4)));
    }

    private static Member member(long node, long replica) {
        return new Member(new NodeId(node), new ReplicaId(replica));
    }

    private static GroupInfo wanted(List<Member> members, List<ReplicaId> quarantined) {
        return new GroupInfo(
                new GroupId(1),
                members,
                members,
                new GroupInfo.Configuration(0, members, List.of(), List.of()),
                quarantined,
                List.of(),
                1);
    }
}
