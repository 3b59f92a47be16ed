package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.raft.Configuration;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The way from the members a group has to those that group 0 wants, one step at a time.
class ReconcilingTest {
    private static final Member A = member(1, 1);
    private static final Member B = member(2, 2);
    private static final Member C = member(3, 3);
    private static final Member D = member(4, 4);

    /// Other replicas on the nodes of A and B.
    private static final Member A2 = member(1, 11);

    private static final Member B2 = member(2, 12);

    private static Member member(long node, long replica) {
        return new Member(new NodeId(node), new ReplicaId(replica));
    }

    private static GroupInfo wanted(List<ReplicaId> quarantined, Member... members) {
        return new GroupInfo(
                new GroupId(1),
                List.of(A, B, C),
                List.of(members),
                new GroupInfo.Configuration(0, List.of(A, B, C), List.of(), List.of()),
                quarantined,
                List.of(),
                1);
    }

    private static Reconciling.Step next(
            List<Member> voters, List<Member> learners, List<Member> promotable, Member... goal) {
        List<Member> answering = new ArrayList<>(voters);
        answering.addAll(learners);
        return Reconciling.next(
                wanted(List.of(), goal),
                new Configuration(voters, List.of(), learners),
                promotable,
                answering);
    }

    private static Reconciling.Step step(List<Member> voters, List<Member> learners) {
        return new Reconciling.Step(voters, learners);
    }

    @Test
    void newcomersComeAsLearnersAndVoteOnceTheyKeepUp() {
        assertThat(next(List.of(A, B, C), List.of(), List.of(), A, B, D))
                .isEqualTo(step(List.of(A, B, C), List.of(D)));
        assertThat(next(List.of(A, B, C), List.of(D), List.of(), A, B, D)).isNull();
        assertThat(next(List.of(A, B, C), List.of(D), List.of(D), A, B, D))
                .isEqualTo(step(List.of(A, B, D), List.of()));
        assertThat(next(List.of(A, B, D), List.of(), List.of(), A, B, D)).isNull();
    }

    @Test
    void aReplicaThatIsInTheWayOfTheNextOneOnItsNodeGoesFirst() {
        // when group 0 wants another replica on the node of A
        assertThat(next(List.of(A, B, C), List.of(), List.of(), A2, B, C))
                .isEqualTo(step(List.of(B, C), List.of()));

        // then it can come
        assertThat(next(List.of(B, C), List.of(), List.of(), A2, B, C))
                .isEqualTo(step(List.of(B, C), List.of(A2)));
    }

    @Test
    void othersThatComeKeepUpBeforeOneGoes() {
        assertThat(next(List.of(A, B, C), List.of(), List.of(), A2, B, D))
                .isEqualTo(step(List.of(A, B, C), List.of(D)));
        assertThat(next(List.of(A, B, C), List.of(D), List.of(D), A2, B, D))
                .isEqualTo(step(List.of(B, D), List.of()));
    }

    @Test
    void ofTwoThatAreInTheWayOneGoesAtATime() {
        assertThat(next(List.of(A, B, C), List.of(), List.of(), A2, B2, C))
                .isEqualTo(step(List.of(B, C), List.of()));
    }

    @Test
    void othersHoldThePlaceOfANewcomerWhoWillBeAlone() {
        assertThat(next(List.of(A, B, C), List.of(), List.of(), A2))
                .isEqualTo(step(List.of(B, C), List.of()));
        assertThat(next(List.of(B, C), List.of(), List.of(), A2))
                .isEqualTo(step(List.of(B, C), List.of(A2)));
    }

    @Test
    void nobodyGoesIfTooFewOfTheOthersAnswer() {
        // given B in the way of its successor, while C does not answer: A and C could do nothing
        Configuration current = new Configuration(List.of(A, B, C), List.of(), List.of());
        GroupInfo wanted = wanted(List.of(), A, B2, C);
        assertThat(Reconciling.next(wanted, current, List.of(), List.of(A, B))).isNull();

        // when it does
        assertThat(Reconciling.next(wanted, current, List.of(), List.of(A, B, C)))
                .isEqualTo(step(List.of(A, C), List.of()));
    }

    @Test
    void theLastVoterStays() {
        assertThat(next(List.of(A), List.of(), List.of(), A2)).isNull();
    }

    @Test
    void aReplicaInQuarantineIsInNobodysWay() {
        assertThat(
                        Reconciling.next(
                                wanted(List.of(A.replica()), A2, B, C),
                                new Configuration(List.of(A, B, C), List.of(), List.of()),
                                List.of(),
                                List.of(A, B, C)))
                .isEqualTo(step(List.of(A, B, C), List.of(A2)));
    }

    @Test
    void aLearnerThatKeepsUpHoldsThePlaceOfASoleVotersSuccessor() {
        assertThat(next(List.of(A), List.of(B), List.of(), A2)).isNull();
        assertThat(next(List.of(A), List.of(B, C), List.of(C), A2))
                .isEqualTo(step(List.of(C), List.of()));
        assertThat(next(List.of(C), List.of(A2), List.of(A2), A2))
                .isEqualTo(step(List.of(A2), List.of()));
    }

    @Test
    void listenersComeAtOnceAndAVoterThatShallOnlyListenKeepsItsReplica() {
        GroupInfo more = listening(List.of(D), A, B, C);
        Configuration three = new Configuration(List.of(A, B, C), List.of(), List.of());
        List<Member> all = List.of(A, B, C, D);
        // nobody waits for a listener to keep up
        assertThat(Reconciling.next(more, three, List.of(), all))
                .isEqualTo(step(List.of(A, B, C), List.of(D)));
        Configuration heard = new Configuration(List.of(A, B, C), List.of(), List.of(D));
        assertThat(Reconciling.next(more, heard, List.of(), all)).isNull();

        // when D shall vote and C only listen
        GroupInfo swapped = listening(List.of(C), A, B, D);
        assertThat(Reconciling.next(swapped, heard, List.of(), all)).isNull();
        assertThat(Reconciling.next(swapped, heard, List.of(D), all))
                .isEqualTo(step(List.of(A, B, D), List.of(C)));
    }

    @Test
    void aSoleNewcomerWhoseNodeHasAnEarlierVoterLetsTheOthersVoteMeanwhile() {
        // given that only A2 shall be there, on A's node
        assertThat(next(List.of(A, B), List.of(D), List.of(), A2))
                .isEqualTo(step(List.of(B), List.of()));
        assertThat(next(List.of(B), List.of(), List.of(), A2))
                .isEqualTo(step(List.of(B), List.of(A2)));
        assertThat(next(List.of(B), List.of(A2), List.of(A2), A2))
                .isEqualTo(step(List.of(A2), List.of()));
        // alone it cannot be helped: nobody would be left
        assertThat(next(List.of(A), List.of(), List.of(), A2)).isNull();
    }

    private static GroupInfo listening(List<Member> listeners, Member... members) {
        return new GroupInfo(
                GroupId.METADATA,
                List.of(A, B, C),
                List.of(members),
                listeners,
                new GroupInfo.Configuration(0, List.of(A, B, C), List.of(), List.of()),
                List.of(),
                List.of(),
                1);
    }
}
