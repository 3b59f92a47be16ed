package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.addLearner;
import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.batch;
import static dev.quorate.metadata.Samples.checkpoint;
import static dev.quorate.metadata.Samples.ddl;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.g;
import static dev.quorate.metadata.Samples.group;
import static dev.quorate.metadata.Samples.learner;
import static dev.quorate.metadata.Samples.m;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.outcome;
import static dev.quorate.metadata.Samples.v;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.MetadataOutcome.Applied;
import dev.quorate.metadata.MetadataOutcome.Code;
import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.metadata.MigrationChange.Abort;
import dev.quorate.metadata.MigrationChange.Checkpoint;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Moves of replicas. Group 1 is on nodes 1 to 3 with replicas 4, 6 and 5; its replica on node 3
/// moves to node 4 as migration 1, for vShard 5.
class MigrationRulesTest {
    private static final UUID ID = new UUID(9, 1);
    private static final List<MigrationPayload> STEPS =
            List.of(
                    addLearner(5),
                    new MigrationPayload.CatchUp(v(5), 40),
                    new MigrationPayload.PromoteLearner(v(5), n(4), g(1)),
                    new MigrationPayload.LeadershipTransfer(v(5), true, n(4), g(1)),
                    new MigrationPayload.Cutover(v(5), n(4), g(1)),
                    new MigrationPayload.Complete(v(5), 1200, true));

    private final MetadataState state =
            applied(founded(3, 2, 3), new TopologyChange.Join(learner(4)));

    @Test
    void aMoveGoesFromPhaseToPhaseAndEnds() {
        MetadataState moving = state;
        for (MigrationPayload step : STEPS.subList(0, 5)) {
            moving = applied(moving, checkpoint(1, 0, step));
            assertThat(row(moving).phase()).isEqualTo(step.phase());
            assertThat(row(moving).origin()).isEqualTo(addLearner(5));
            assertThat(MetadataState.decode(moving.encode())).isEqualTo(moving);
        }
        MetadataState done = applied(moving, checkpoint(1, 0, STEPS.get(5)));
        assertThat(done.view().migrations().rows()).isEmpty();
        assertThat(done.view().migrations().endOf(ID))
                .isEqualTo(new MigrationStateTable.Ended(ID, true, "", 8));
        assertThat(outcome(done, checkpoint(1, 0, STEPS.get(5)))).isEqualTo(new Applied());
    }

    @Test
    void everyOtherOrderOfPhasesIsRejected() {
        for (int at = 0; at < 5; at++) {
            MetadataState moving = at(at);
            for (int to = 0; to < 6; to++) {
                MetadataOutcome outcome = outcome(moving, checkpoint(1, 0, STEPS.get(to)));
                boolean legal = to == at || to == at + 1;
                assertThat(outcome instanceof Applied).as("%d to %d", at, to).isEqualTo(legal);
            }
        }
        assertRejected(state, checkpoint(1, 0, STEPS.get(1)), Code.UNKNOWN_MIGRATION);
    }

    @Test
    void anotherDriverTakesOverWithAHigherAttempt() {
        MetadataState moving = at(2);
        MetadataState taken =
                applied(
                        moving,
                        checkpoint(1, 1, new MigrationPayload.PromoteLearner(v(5), n(4), g(1))));
        assertThat(row(taken).attempt()).isEqualTo(1);
        // the first driver has lost it
        assertRejected(taken, checkpoint(1, 0, STEPS.get(3)), Code.STALE);
        assertRejected(taken, checkpoint(1, 2, STEPS.get(1)), Code.STALE);
    }

    @Test
    void aDamagedCheckpointIsFatalForTheMoveAndForNothingElse() {
        // given a checkpoint one byte of which was changed after it was summed
        Checkpoint good = checkpoint(1, 0, STEPS.get(1));
        byte[] bytes = good.payload().toByteArray();
        bytes[bytes.length - 1] ^= 1;
        Checkpoint damaged =
                new Checkpoint(
                        ID, 0, good.phase(), Bytes.wrap(bytes), good.crc32c(), UnknownFields.NONE);

        // when it is applied
        MetadataState.Step step = at(0).apply(50, 1, damaged);

        // then the proposer hears of it, and the row says so to every other driver
        assertThat(step.outcome())
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> {
                            assertThat(rejected.code()).isEqualTo(Code.CHECKSUM_MISMATCH);
                            assertThat(rejected.sentence())
                                    .contains("CRC32C", "can only be aborted");
                        });
        assertThat(row(step.state()).failed()).isTrue();
        assertThat(row(step.state()).payload()).isEqualTo(MigrationFields.encode(addLearner(5)));
        assertRejected(step.state(), good, Code.CHECKSUM_MISMATCH);
        // replay goes on, and the move can be aborted
        MetadataState next = applied(step.state(), ddl("x"), new Abort(ID, "damaged", List.of()));
        assertThat(next.view().migrations().rows()).isEmpty();
    }

    @Test
    void aDamagedCheckpointInABatchUndoesTheBatchAndFailsTheMove() {
        Checkpoint good = checkpoint(1, 0, STEPS.get(1));
        Checkpoint damaged =
                new Checkpoint(
                        ID, 0, good.phase(), good.payload(), good.crc32c() ^ 1, UnknownFields.NONE);
        MetadataState.Step step = at(0).apply(50, 1, batch(ddl("a"), batch(damaged)));
        assertThat(step.outcome()).isInstanceOf(Rejected.class);
        assertThat(step.state().view().catalogEntriesApplied()).isZero();
        assertThat(row(step.state()).failed()).isTrue();
    }

    @Test
    void aDamagedCheckpointBeyondTheCutOverDoesNotStrandTheMove() {
        Checkpoint good = checkpoint(1, 0, STEPS.get(5));
        Checkpoint damaged =
                new Checkpoint(
                        ID, 0, good.phase(), good.payload(), good.crc32c() ^ 1, UnknownFields.NONE);
        MetadataState.Step step = at(4).apply(50, 1, damaged);
        assertThat(step.outcome()).isInstanceOf(Rejected.class);
        assertThat(outcome(step.state(), good)).isEqualTo(new Applied());
    }

    @Test
    void theChecksumIsOfTheStoredBytesAndNotOfWhatThisBuildWouldWrite() {
        // given a payload with a field that this build does not know
        byte[] newer =
                new FieldWriter()
                        .number(1, 5)
                        .number(2, 40)
                        .text(200, "from a newer build")
                        .toByteArray();
        Bytes payload = Bytes.wrap(newer);
        Checkpoint checkpoint =
                new Checkpoint(
                        ID,
                        0,
                        MigrationPhase.CATCH_UP,
                        payload,
                        Checkpoint.crc32c(payload),
                        UnknownFields.NONE);

        // when
        MetadataState moving = applied(at(0), checkpoint);

        // then
        assertThat(row(moving).payload()).isEqualTo(payload);
        assertThat(MetadataState.decode(moving.encode())).isEqualTo(moving);
    }

    @Test
    void aPhaseThatThePayloadDoesNotMatchIsRejected() {
        Bytes payload = MigrationFields.encode(STEPS.get(1));
        Checkpoint wrong =
                new Checkpoint(
                        ID,
                        0,
                        MigrationPhase.ADD_LEARNER,
                        payload,
                        Checkpoint.crc32c(payload),
                        UnknownFields.NONE);
        assertRejected(state, wrong, Code.INVALID);
        assertRejected(
                at(0), checkpoint(1, 0, new MigrationPayload.CatchUp(v(6), 1)), Code.INVALID);
    }

    @Test
    void anAbortRunsItsStepsInOrderAndThenDeletesTheRow() {
        // given a move whose target has become a desired member instead of the source
        MetadataState placed =
                applied(
                        at(0),
                        new MetadataEntry.SetPlacement(g(1), List.of(m(1, 4), m(4, 10), m(2, 6))));
        MetadataState moving = placed;
        for (MigrationPayload step : STEPS.subList(1, 4)) {
            moving = applied(moving, checkpoint(1, 0, step));
        }

        // when it is aborted at its last phase where that is possible
        List<Compensation> steps = Compensation.of(row(moving));
        assertThat(steps)
                .containsExactly(
                        new Compensation.RestoreLeaderHint(g(1), n(3)),
                        new Compensation.RemoveVoter(g(1), n(4)),
                        new Compensation.RestorePlacement(
                                g(1), List.of(m(1, 4), m(3, 5), m(2, 6))));
        MetadataState aborted = applied(moving, new Abort(ID, "target is gone", steps));

        // then everything is as it was, and the reports are the group's own business
        assertThat(group(aborted.view(), 1).members()).containsExactly(m(1, 4), m(3, 5), m(2, 6));
        assertThat(aborted.view().migrations().rows()).isEmpty();
        assertThat(aborted.view().migrations().endOf(ID))
                .isEqualTo(new MigrationStateTable.Ended(ID, false, "target is gone", 8));
        assertThat(outcome(aborted, new Abort(ID, "again", steps))).isEqualTo(new Applied());
        // and a checkpoint that comes late does not bring the row back
        assertRejected(aborted, checkpoint(1, 0, addLearner(5)), Code.CONFLICT);
    }

    @Test
    void aStepThatCannotBeTakenKeepsTheRow() {
        MetadataState moving = at(0);
        Abort abort =
                new Abort(
                        ID,
                        "x",
                        List.of(
                                new Compensation.RemoveLearner(g(1), n(3)),
                                new Compensation.RemoveLearner(g(9), n(3))));
        assertRejected(moving, abort, Code.UNKNOWN_GROUP);
        assertThat(group(moving.apply(50, 1, abort).state().view(), 1).members()).hasSize(3);
    }

    @Test
    void theLeaderHintIsRestored() {
        // given a cache that believes node 2 leads group 1
        MetadataCache cache = new MetadataCache();
        cache.install(at(0));
        cache.offerLeader(g(1), n(2), 0);

        // when
        Abort abort = new Abort(ID, "x", List.of(new Compensation.RestoreLeaderHint(g(1), n(3))));
        new CacheApplier(cache).apply(List.of(Samples.committed(90, abort)));

        // then
        assertThat(Objects.requireNonNull(cache.leaderHint(g(1))).leader()).isEqualTo(n(3));
    }

    @Test
    void fromTheCutOverOnAMoveOnlyGoesForward() {
        for (int at = 0; at < 4; at++) {
            List<Compensation> steps = Compensation.of(row(at(at)));
            assertThat(steps).as("%d", at).isNotEmpty();
            assertThat(outcome(at(at), new Abort(ID, "x", steps))).isEqualTo(new Applied());
        }
        assertThat(Compensation.of(row(at(4)))).isEmpty();
        assertRejected(at(4), new Abort(ID, "x", List.of()), Code.ILLEGAL_EDGE);
        MetadataState done = applied(at(4), checkpoint(1, 0, STEPS.get(5)));
        assertRejected(done, new Abort(ID, "x", List.of()), Code.CONFLICT);
        assertRejected(state, new Abort(ID, "x", List.of()), Code.UNKNOWN_MIGRATION);
    }

    @Test
    void aVShardIsMovedOnceAtATime() {
        assertRejected(at(0), checkpoint(2, 0, addLearner(5)), Code.CONFLICT);
        assertThat(outcome(at(0), checkpoint(2, 0, addLearner(6)))).isEqualTo(new Applied());
    }

    @Test
    void endedMovesAreRememberedUpToABound() {
        MetadataState moving = state;
        List<MetadataEntry> entries = new ArrayList<>();
        for (int i = 0; i < MigrationStateTable.ENDED_MAX + 5; i++) {
            entries.add(checkpoint(i, 0, addLearner(5)));
            entries.add(new Abort(new UUID(9, i), "x", List.of()));
        }
        moving = applied(moving, new MetadataEntry.Batch(entries));
        assertThat(moving.view().migrations().ended()).hasSize(MigrationStateTable.ENDED_MAX);
        assertThat(moving.view().migrations().endOf(new UUID(9, 0))).isNull();
    }

    /// The move after its step `at`.
    private MetadataState at(int at) {
        MetadataState moving = state;
        for (MigrationPayload step : STEPS.subList(0, at + 1)) {
            moving = applied(moving, checkpoint(1, 0, step));
        }
        return moving;
    }

    private static MigrationStateTable.Row row(MetadataState state) {
        return Objects.requireNonNull(state.view().migrations().row(ID));
    }

    private static void assertRejected(MetadataState state, MetadataEntry entry, Code code) {
        assertThat(outcome(state, entry))
                .isInstanceOfSatisfying(
                        Rejected.class, rejected -> assertThat(rejected.code()).isEqualTo(code));
    }
}
