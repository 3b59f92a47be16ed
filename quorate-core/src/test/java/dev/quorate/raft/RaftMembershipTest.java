package dev.quorate.raft;

import static dev.quorate.raft.RaftDriver.N1;
import static dev.quorate.raft.RaftDriver.N2;
import static dev.quorate.raft.RaftDriver.N3;
import static dev.quorate.raft.RaftDriver.N4;
import static dev.quorate.raft.RaftDriver.THREE;
import static dev.quorate.raft.RaftDriver.append;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.RaftEffect.ConfigurationChanged;
import dev.quorate.raft.RaftEffect.NotTaken;
import dev.quorate.raft.RaftEffect.Reason;
import dev.quorate.raft.RaftInput.ChangeMembers;
import dev.quorate.raft.RaftMessage.AppendAccepted;
import dev.quorate.raft.RaftMessage.HeartbeatReply;
import dev.quorate.raft.RaftMessage.PreVoteReply;
import dev.quorate.raft.RaftMessage.PreVoteRequest;
import dev.quorate.raft.RaftMessage.VoteReply;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Changes of members (thesis chapter 4).
class RaftMembershipTest {
    private static final Configuration WITH_LEARNER =
            new Configuration(THREE.voters(), List.of(), List.of(N4));

    /// A leader of three whose configuration with N4 as a learner is committed.
    private static RaftDriver withLearner() {
        RaftDriver leader = RaftDriver.fresh().elect();
        leader.step(new ChangeMembers(9, THREE.voters(), List.of(N4))).persistAll();
        leader.receive(N2, new AppendAccepted(1, 2, 0));
        return leader;
    }

    /// The same, with N4 caught up for so long that it may vote.
    private static RaftDriver withPromotable() {
        RaftDriver leader = withLearner();
        for (int i = 0; i < Progress.CAUGHT_UP_BEATS + 1; i++) {
            leader.receive(N4, new AppendAccepted(1, 2, 0));
            leader.receive(N2, new HeartbeatReply(1, 0));
            leader.timeout();
        }
        return leader;
    }

    @Test
    void aConfigurationIsInForceFromTheMomentItIsInTheLog() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();

        // when
        leader.step(new ChangeMembers(9, THREE.voters(), List.of(N4)));

        // then, though nobody else has it yet
        assertThat(leader.raft.configuration()).isEqualTo(WITH_LEARNER);
        assertThat(leader.effects).contains(new ConfigurationChanged(2, WITH_LEARNER, false));
        assertThat(leader.sentTo(N4)).isNotEmpty();
    }

    @Test
    void aLearnerHasNoVote() {
        // given
        RaftDriver leader = withLearner();

        // when only the learner acknowledges an entry
        leader.propose("a").persistAll();
        leader.receive(N4, new AppendAccepted(1, 3, 0));

        // then
        assertThat(leader.raft.commitIndex()).isEqualTo(2);
        leader.receive(N3, new AppendAccepted(1, 3, 0));
        assertThat(leader.raft.commitIndex()).isEqualTo(3);
    }

    @Test
    void aStrangerOrALearnerThatLagsIsNotPromoted() {
        // given
        RaftDriver leader = withLearner();
        List<Member> four = List.of(N1, N2, N3, N4);

        // when
        leader.step(new ChangeMembers(10, four, List.of()));

        // then
        assertThat(leader.effects).contains(new NotTaken(10, Reason.NOT_CAUGHT_UP, N1));
    }

    @Test
    void whileJointBothMajoritiesCount() {
        // given
        RaftDriver leader = withPromotable();

        // when N3 is to make place for N4
        leader.step(new ChangeMembers(10, List.of(N1, N2, N4), List.of())).persistAll();
        Configuration joint = leader.raft.configuration();
        assertThat(joint.voters()).containsExactly(N1, N2, N4);
        assertThat(joint.outgoing()).containsExactly(N1, N2, N3);

        // then N4 and the leader are a majority of the new set only
        leader.receive(N4, new AppendAccepted(1, 3, 0));
        assertThat(leader.raft.commitIndex()).isEqualTo(2);

        // and with N2 of both: the change goes on by itself
        leader.receive(N2, new AppendAccepted(1, 3, 0));
        assertThat(leader.raft.commitIndex()).isEqualTo(3);
        assertThat(leader.raft.configuration()).isEqualTo(Configuration.of(List.of(N1, N2, N4)));
    }

    @Test
    void aRemovedReplicaIsToldBeforeItIsForgotten() {
        // given a committed removal of N3
        RaftDriver leader = withPromotable();
        leader.step(new ChangeMembers(10, List.of(N1, N2, N4), List.of())).persistAll();
        leader.receive(N2, new AppendAccepted(1, 3, 0)).receive(N4, new AppendAccepted(1, 3, 0));
        leader.persistAll();

        // when N3 has not acknowledged its own removal yet
        leader.receive(N3, new AppendAccepted(1, 3, 0));

        // then it is sent the entry that removes it
        assertThat(leader.sentTo(N3)).isNotEmpty();

        // and once it is committed, and N3 knows, nothing more
        leader.receive(N2, new AppendAccepted(1, 4, 0));
        leader.receive(N3, new AppendAccepted(1, 4, 0));
        leader.timeout();
        leader.receive(N3, new HeartbeatReply(1, 99));
        leader.receive(N2, new HeartbeatReply(1, 99));
        leader.timeout();
        assertThat(leader.sentTo(N3)).isEmpty();
    }

    @Test
    void whoWasRemovedAndAsksForVotesIsTold() {
        // given
        RaftDriver leader = RaftDriver.fresh().elect();

        // when
        leader.receive(N4, new PreVoteRequest(2, new LogPosition(1, 1)));

        // then
        assertThat(leader.sentTo(N4)).containsExactly(new RaftMessage.Removed(1, 0));
    }

    @Test
    void aReplicaThatIsToldStopsForGood() {
        // given
        RaftDriver replica = RaftDriver.fresh();

        // when
        replica.receive(N2, new RaftMessage.Removed(7, 12));

        // then
        assertThat(replica.effects).contains(new RaftEffect.RemovedFromGroup(12));
        replica.timeout();
        assertThat(replica.effects).noneMatch(RaftEffect.Send.class::isInstance);
    }

    @Test
    void aReplicaThatIsToldVotesAllTheSame() {
        // given: those who ask may have named it again
        RaftDriver replica = RaftDriver.fresh();
        replica.receive(N2, new RaftMessage.Removed(7, 12));
        replica.nowMillis += 10_000;

        // when
        replica.receive(N2, new PreVoteRequest(8, new LogPosition(7, 20)));
        assertThat(replica.sentTo(N2)).containsExactly(new PreVoteReply(8, true));
        replica.receive(N2, new RaftMessage.VoteRequest(8, new LogPosition(7, 20), false));
        replica.persistAll();

        // then
        assertThat(replica.sentTo(N2)).containsExactly(new VoteReply(8, true));
    }

    @Test
    void whoComesAgainMustShowAnewThatItKeepsUp() {
        // given N4, which kept up and is let go of, and has not been told
        RaftDriver leader = withPromotable();
        assertThat(leader.raft.promotable()).containsExactly(N4);
        leader.step(new ChangeMembers(10, THREE.voters(), List.of())).persistAll();
        leader.receive(N2, new AppendAccepted(1, 3, 0));

        // when it is to learn again
        leader.step(new ChangeMembers(11, THREE.voters(), List.of(N4))).persistAll();
        leader.receive(N2, new AppendAccepted(1, 4, 0));

        // then
        assertThat(leader.raft.configuration()).isEqualTo(WITH_LEARNER);
        assertThat(leader.raft.promotable()).isEmpty();
        assertThat(leader.raft.answering(leader.now())).doesNotContain(N4);
    }

    @Test
    void anOlderConfigurationThanItsOwnDoesNotRemoveAReplica() {
        // given a replica that knows of a configuration at 12 that names it
        RaftDriver replica = RaftDriver.fresh();
        Entry configuration = new Entry(1, 1, 1, Entry.Kind.CONFIGURATION, WITH_LEARNER.encode());
        replica.receive(N2, append(1, LogPosition.ZERO, 0, configuration)).persistAll();

        // when
        replica.receive(N3, new RaftMessage.Removed(1, 1));

        // then
        assertThat(replica.effects).noneMatch(RaftEffect.RemovedFromGroup.class::isInstance);
    }

    @Test
    void aReplicaThatIsNotAVoterDoesNotCampaign() {
        // given a new replica that is in no configuration yet
        RaftDriver newcomer = RaftDriver.within(Configuration.of(List.of(N2, N3, N4)));

        // when
        newcomer.timeout();

        // then
        assertThat(newcomer.effects).noneMatch(RaftEffect.Send.class::isInstance);
        assertThat(newcomer.raft.role()).isEqualTo(RaftEffect.RoleName.FOLLOWER);
    }

    @Test
    void aReplicaThatAChangeRemovesCampaignsUntilTheChangeIsCommitted() {
        // given the only replica that holds the end of a change, which removes it
        RaftDriver leaving = RaftDriver.fresh();
        Entry end =
                new Entry(
                        1,
                        1,
                        1,
                        Entry.Kind.CONFIGURATION,
                        Configuration.of(List.of(N2, N4)).encode());
        leaving.receive(N2, append(1, LogPosition.ZERO, 0, end)).persistAll();

        // when its leader is silent
        leaving.timeout();

        // then it asks those who stay, without a vote of its own (thesis §4.2.2)
        assertThat(leaving.sentTo(N4)).anyMatch(PreVoteRequest.class::isInstance);
        leaving.receive(N2, new PreVoteReply(2, true));
        assertThat(leaving.raft.role()).isEqualTo(RaftEffect.RoleName.PRE_CANDIDATE);
        leaving.receive(N4, new PreVoteReply(2, true));
        assertThat(leaving.raft.role()).isEqualTo(RaftEffect.RoleName.CANDIDATE);
    }

    @Test
    void aTruncatedConfigurationIsNotInForceAnyMore() {
        // given a follower with an uncommitted configuration
        RaftDriver follower = RaftDriver.fresh();
        Entry configuration = new Entry(1, 1, 1, Entry.Kind.CONFIGURATION, WITH_LEARNER.encode());
        follower.receive(N2, append(1, LogPosition.ZERO, 0, configuration)).persistAll();
        assertThat(follower.raft.configuration()).isEqualTo(WITH_LEARNER);

        // when a later leader replaces it
        follower.receive(N3, append(2, LogPosition.ZERO, 0, RaftDriver.entry(2, 1, "a")));

        // then
        assertThat(follower.raft.configuration()).isEqualTo(THREE);
    }

    @Test
    void oneChangeAtATimeAndNoneBeforeTheFirstCommitOfTheTerm() {
        // given a leader whose first entry is not committed
        RaftDriver leader = RaftDriver.fresh();
        leader.timeout().receive(N2, new PreVoteReply(1, true)).persistAll();
        leader.receive(N2, new VoteReply(1, true)).persistAll();

        // when
        leader.step(new ChangeMembers(9, THREE.voters(), List.of(N4)));

        // then
        assertThat(leader.effects).contains(new NotTaken(9, Reason.CHANGE_UNDER_WAY, N1));

        // and a second change waits for the first
        leader.receive(N2, new AppendAccepted(1, 1, 0));
        leader.step(new ChangeMembers(10, THREE.voters(), List.of(N4))).persistAll();
        leader.step(new ChangeMembers(11, THREE.voters(), List.of()));
        assertThat(leader.effects).contains(new NotTaken(11, Reason.CHANGE_UNDER_WAY, N1));
    }

    @Test
    void aLeaderThatIsToGoHandsOverFirst() {
        // given
        RaftDriver leader = withPromotable();

        // when it is to leave, and the joint configuration is committed
        leader.step(new ChangeMembers(10, List.of(N2, N3, N4), List.of())).persistAll();
        leader.receive(N2, new AppendAccepted(1, 3, 0)).receive(N4, new AppendAccepted(1, 3, 0));

        // then it asks one that stays to take over, and does not finish the change itself
        assertThat(leader.raft.configuration().isJoint()).isTrue();
        boolean asked =
                List.of(N2, N3, N4).stream()
                        .anyMatch(peer ->
                                leader.sentTo(peer).contains(new RaftMessage.TimeoutNow(1)));
        assertThat(asked).isTrue();
    }

    @Test
    void onlyWhoAnsweredThisLeaderLatelyCountsAsAnswering() {
        // given a leader that nobody has answered yet
        RaftDriver leader = RaftDriver.fresh().elect();
        assertThat(leader.raft.answering(leader.now())).containsExactly(N1);

        // when one does
        leader.timeout();
        leader.receive(N2, new HeartbeatReply(1, 1));

        // then it does, for two election timeouts
        assertThat(leader.raft.answering(leader.now())).containsExactly(N1, N2);
        leader.nowMillis += 10_000;
        assertThat(leader.raft.answering(leader.now())).containsExactly(N1);
    }

    @Test
    void whileJointBothMajoritiesElect() {
        // given a replica in whose log N4 is to take the place of N3
        Configuration joint =
                new Configuration(List.of(N1, N2, N4), List.of(N1, N2, N3), List.of());
        RaftDriver replica =
                new RaftDriver(
                        new Restored(
                                RaftDriver.hard(1, null),
                                LogPosition.ZERO,
                                List.of(new Restored.TermStart(1, 1)),
                                1,
                                1,
                                List.of(new Restored.Configured(1, joint)),
                                null));
        replica.timeout();

        // when it has a majority of those who are to vote, then not of those who voted
        replica.receive(N4, new RaftMessage.PreVoteReply(2, true));
        assertThat(replica.raft.role()).isEqualTo(RaftEffect.RoleName.PRE_CANDIDATE);
        replica.receive(N3, new RaftMessage.PreVoteReply(2, true)).persistAll();

        // and the same with real votes (thesis §4.3)
        replica.receive(N4, new RaftMessage.VoteReply(2, true));
        assertThat(replica.raft.role()).isEqualTo(RaftEffect.RoleName.CANDIDATE);
        replica.receive(N3, new RaftMessage.VoteReply(2, true));
        assertThat(replica.raft.isLeader()).isTrue();
    }
}
