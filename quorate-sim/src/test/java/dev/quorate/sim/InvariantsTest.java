package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeInput;
import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.core.Trace;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.RaftMessage;
import dev.quorate.raft.Restored;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.storage.GoneReplica;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Each invariant sees the breach it is there for.
class InvariantsTest {
    private static final GroupId G1 = new GroupId(1);
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N2 = new NodeId(2);
    private static final NodeId N3 = new NodeId(3);
    private static final List<Member> MEMBERS =
            List.of(
                    new Member(N1, new ReplicaId(1)),
                    new Member(N2, new ReplicaId(2)),
                    new Member(N3, new ReplicaId(3)));

    private final World world =
            new World("test", 1, Variant.AS_DRAWN, SimConfig.ordinary(3, 1), new TraceLog());
    private final Invariants invariants = new Invariants(world);
    private final long[] tickets = new long[4];

    @BeforeEach
    void threeNewReplicas() {
        for (NodeId node : List.of(N1, N2, N3)) {
            recover(node, Restored.NOTHING);
        }
    }

    @Test
    void anHonestElectionAndReplicationPasses() {
        assertThatCode(
                        () -> {
                            elect(N1, 1);
                            vote(N2, N1, 1);
                            write(N1, entry(1, 1, "a"));
                            write(N2, entry(1, 1, "a"));
                            send(N2, N1, new RaftMessage.AppendAccepted(1, 1, 0));
                            send(N1, N2, new RaftMessage.Heartbeat(1, 1, 0, 0, 0));
                            open(N1, 0);
                            apply(N1, entry(1, 1, "a"));
                        })
                .doesNotThrowAnyException();
    }

    @Test
    void twoLeadersInATerm() {
        elect(N1, 1);
        persist(N3, hard(1, N3));
        done(N3);
        breaks("both lead in term 1", () -> lead(N3, 1));
    }

    @Test
    void twoVotesInATermOverARestart() {
        vote(N2, N1, 1);
        recover(N2, Restored.NOTHING, "came back with");
    }

    @Test
    void aVoteThatIsNotDurable() {
        persist(N2, hard(1, N1));
        breaks("only HardState", () -> send(N2, N1, new RaftMessage.VoteReply(1, true)));
    }

    @Test
    void aChangedVote() {
        vote(N2, N1, 1);
        breaks("changes its vote", () -> persist(N2, hard(1, N3)));
    }

    @Test
    void aTermThatGoesBack() {
        vote(N2, N1, 2);
        breaks("term goes back", () -> persist(N2, hard(1, null)));
    }

    @Test
    void anAcknowledgementBeforeTheWriteIsDurable() {
        elect(N1, 1);
        persist(N2, hard(1, N1), entry(1, 1, "a"));
        breaks(
                "acknowledges 1, but only 0 is durable",
                () -> send(N2, N1, new RaftMessage.AppendAccepted(1, 1, 0)));
    }

    @Test
    void anAcknowledgementOfSomethingElseThanTheLeaderWrote() {
        write(N2, entry(1, 1, "old"));
        elect(N1, 2);
        persist(N2, hard(2, N1));
        done(N2);
        write(N1, entry(2, 1, "new"));
        breaks(
                "which its leader r1 does not have",
                () -> send(N2, N1, new RaftMessage.AppendAccepted(2, 1, 0)));
    }

    @Test
    void aLeaderWhoseLogStillWaitsForTheJournal() {
        commitOne();
        persist(N3, hard(2, N3));
        done(N3);
        assertThatCode(
                        () -> {
                            lead(N3, 2);
                            persist(N3, null, entry(1, 1, "a"), entry(2, 2, "b"));
                        })
                .doesNotThrowAnyException();
    }

    @Test
    void anAcknowledgementForATermThatItsLeaderHasLeftProvesNothing() {
        elect(N1, 1);
        write(N1, entry(1, 1, "a"));
        vote(N2, N1, 1);
        write(N2, entry(1, 1, "a"));
        persist(N1, hard(2, null), entry(2, 1, "new"));
        assertThatCode(() -> send(N2, N1, new RaftMessage.AppendAccepted(1, 1, 0)))
                .doesNotThrowAnyException();
    }

    @Test
    void oneTermAndIndexWithTwoContents() {
        write(N1, entry(1, 1, "a"));
        breaks("breaks log matching", () -> write(N2, entry(1, 1, "b")));
    }

    @Test
    void aLeaderThatOverwritesItsOwnEntry() {
        elect(N1, 1);
        write(N1, entry(1, 1, "a"));
        breaks("overwrites its own entry 1", () -> write(N1, entry(1, 1, "a")));
    }

    @Test
    void aLogThatEntersATermWithoutACommittedEntry() {
        commitOne();
        breaks(
                "enters term 2 without committed entry 1",
                () -> persist(N3, hard(2, N3), entry(2, 1, "b")));
    }

    @Test
    void aCommitThatNoMajorityHolds() {
        elect(N1, 1);
        write(N1, entry(1, 1, "a"));
        breaks("which no quorum of", () -> send(N1, N2, new RaftMessage.Heartbeat(1, 1, 0, 0, 0)));
    }

    @Test
    void anEntryAppliedBeforeItIsDurableHere() {
        commitOne();
        persist(N3, null, entry(1, 1, "a"));
        open(N3, 0);
        breaks("not durable here (rule R2)", () -> apply(N3, entry(1, 1, "a")));
    }

    @Test
    void anEntryAppliedTwice() {
        commitOne();
        open(N1, 0);
        apply(N1, entry(1, 1, "a"));
        breaks("applies entry 1 after 1", () -> apply(N1, entry(1, 1, "a")));
    }

    @Test
    void differentEntriesAppliedAtOneIndex() {
        write(N3, entry(1, 1, "b"));
        elect(N1, 2);
        write(N1, entry(2, 1, "a"));
        write(N2, entry(2, 1, "a"));
        send(N1, N2, new RaftMessage.Heartbeat(2, 1, 0, 0, 0));
        open(N3, 0);
        breaks("takes 1/1 for committed, others 2/1", () -> apply(N3, entry(1, 1, "b")));
    }

    @Test
    void aCompactionThatTheStateMachineStillNeeds() {
        commitOne();
        write(N3, entry(1, 1, "a"));
        breaks(
                "its state machine keeps only 0",
                () ->
                        invariants.effect(
                                N1, new NodeEffect.Compact(G1, 1, 1, Configuration.of(MEMBERS))));
    }

    @Test
    void aDurableEntryThatIsGoneAfterARestart() {
        write(N1, entry(1, 1, "a"));
        recover(N1, restored(0), "lost entries 1 to 1");
    }

    @Test
    void anEntryThatNobodyWroteAfterARestart() {
        persist(N1, hard(1, null));
        done(N1);
        recover(N1, restored(1, new TermStart(1, 1)), "which was never written");
    }

    @Test
    void aWriteInFlightMayOrMayNotBeThereAfterARestart() {
        persist(N1, hard(1, null));
        done(N1);
        persist(N1, null, entry(1, 1, "a"));
        assertThatCode(() -> recover(N1, restored(1, new TermStart(1, 1))))
                .doesNotThrowAnyException();
    }

    @Test
    void aForgottenReplica() {
        breaks("forgot its replica of g1", () -> invariants.recovered(N1, List.of(), List.of()));
    }

    @Test
    void aReplicaInQuarantineThatActs() {
        world.lose(N2);
        invariants.recovered(N2, List.of(), List.of(quarantined()));
        breaks("of which it has no replica", () -> persist(N2, new HardState(1, null, 0)));
        breaks("which is gone (rule R6)", () -> recover(N2, Restored.NOTHING));
    }

    @Test
    void aQuarantineWithoutDamage() {
        breaks(
                "but its disk was sound",
                () -> invariants.recovered(N2, List.of(), List.of(quarantined())));
    }

    private static GoneReplica quarantined() {
        return new GoneReplica(G1, new ReplicaId(2), GoneReplica.End.QUARANTINED, "rot");
    }

    @Test
    void aStateMachineAheadOfItsLog() {
        breaks("the state machine kept 5, the log only 0", () -> open(N1, 5));
    }

    @Test
    void anAcknowledgedWriteThatIsNotCommitted() {
        elect(N1, 1);
        write(N1, entry(1, 1, "a"));
        breaks("which is not committed", () -> invariants.acknowledged(G1, new LogPosition(1, 1)));
    }

    @Test
    void aTicketUsedTwice() {
        persist(N1, hard(1, null));
        tickets[1]--;
        breaks("reuses ticket", () -> persist(N1, hard(2, null)));
    }

    private void breaks(String what, ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOf(Violation.SafetyViolation.class)
                .hasMessageContaining(what)
                .hasMessageContaining("--seed 0x1");
    }

    private void recover(NodeId node, Restored log, String what) {
        breaks(what, () -> recover(node, log));
    }

    private void recover(NodeId node, Restored log) {
        ReplicaId self = MEMBERS.get((int) node.value() - 1).replica();
        invariants.recovered(
                node,
                List.of(new StoredReplica(new ReplicaRecord(G1, self, MEMBERS), log)),
                List.of());
    }

    private static Restored restored(long term, TermStart... starts) {
        return new Restored(
                hard(term, null),
                LogPosition.ZERO,
                List.of(starts),
                starts.length,
                0,
                List.of(),
                null);
    }

    private static HardState hard(long term, @Nullable NodeId votedFor) {
        return new HardState(term, votedFor == null ? null : new ReplicaId(votedFor.value()), 0);
    }

    /// The first entry becomes committed: n1 leads, n2 follows, n3 knows nothing.
    private void commitOne() {
        elect(N1, 1);
        write(N1, entry(1, 1, "a"));
        write(N2, entry(1, 1, "a"));
        send(N1, N2, new RaftMessage.Heartbeat(1, 1, 0, 0, 0));
    }

    private void elect(NodeId node, long term) {
        persist(node, hard(term, node));
        done(node);
        lead(node, term);
    }

    private void lead(NodeId node, long term) {
        invariants.effect(node, new NodeEffect.Traced(new Trace.LeaderElected(G1, term)));
    }

    private void vote(NodeId node, NodeId candidate, long term) {
        persist(node, hard(term, candidate));
        done(node);
        send(node, candidate, new RaftMessage.VoteReply(term, true));
    }

    private void write(NodeId node, Entry entry) {
        persist(node, null, entry);
        done(node);
    }

    private void persist(NodeId node, @Nullable HardState hardState, Entry... entries) {
        long ticket = ++tickets[(int) node.value()];
        invariants.effect(node, new NodeEffect.Persist(ticket, G1, hardState, List.of(entries)));
    }

    private void done(NodeId node) {
        invariants.input(node, new NodeInput.Persisted(tickets[(int) node.value()]));
    }

    private void open(NodeId node, long durableApplied) {
        invariants.input(node, new NodeInput.Opened(G1, durableApplied));
    }

    private void apply(NodeId node, Entry entry) {
        invariants.effect(node, new NodeEffect.Apply(G1, List.of(entry)));
    }

    private void send(NodeId from, NodeId to, RaftMessage message) {
        invariants.effect(
                from,
                new NodeEffect.Send(
                        to,
                        new PeerMessage.Raft(
                                G1,
                                new ReplicaId(from.value()),
                                new ReplicaId(to.value()),
                                message)));
    }

    private static Entry entry(long term, long index, String payload) {
        return new Entry(term, index, index, Entry.Kind.COMMAND, Bytes.utf8(payload));
    }
}
