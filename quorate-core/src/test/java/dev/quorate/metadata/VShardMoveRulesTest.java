package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.addLearner;
import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.checkpoint;
import static dev.quorate.metadata.Samples.codeAt;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.g;
import static dev.quorate.metadata.Samples.learner;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.v;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.MetadataOutcome.Code;
import dev.quorate.metadata.RoutingChange.ReassignVShard;
import dev.quorate.metadata.VShardMove.Cancel;
import dev.quorate.metadata.VShardMove.Cancelled;
import dev.quorate.metadata.VShardMove.Prepare;
import org.junit.jupiter.api.Test;

/// What group 0 says of moves of vShards. VShard 0 belongs to group 1, and the move to group 2 has
/// epoch 2.
class VShardMoveRulesTest {
    private final MetadataState state = founded(3, 2, 3);
    private final MetadataState moving = applied(state, new Prepare(v(0), g(1), g(2), 500_000));

    @Test
    void theEntryThatBeginsAMoveGivesItsEpoch() {
        assertThat(moving.view().vshardMoves().row(v(0)))
                .isEqualTo(new VShardMoves.Row(v(0), g(1), g(2), 2, 500_000, false));
        assertThat(moving.view().routing().groupOf(v(0))).isEqualTo(g(1));
        assertThat(MetadataState.decode(moving.encode())).isEqualTo(moving);
    }

    @Test
    void theReportOfTheHandOverEndsTheMove() {
        MetadataState done = applied(moving, new ReassignVShard(v(0), g(2), n(1), 2));
        assertThat(done.view().routing().groupOf(v(0))).isEqualTo(g(2));
        assertThat(done.view().routing().epochOf(v(0))).isEqualTo(2);
        assertThat(done.view().vshardMoves().rows()).isEmpty();
        assertThat(codeAt(done, 1, new ReassignVShard(v(0), g(2), n(1), 2))).isNull();
    }

    @Test
    void noOtherOwnerIsReportedWhileAVShardMoves() {
        MetadataState later = moving.skip(9, 1);
        assertThat(codeAt(later, 1, new ReassignVShard(v(0), g(2), n(1), 0)))
                .isEqualTo(Code.CONFLICT);
        assertThat(codeAt(later, 1, new ReassignVShard(v(0), g(1), n(1), 2)))
                .isEqualTo(Code.CONFLICT);
        assertThat(codeAt(later, 1, new ReassignVShard(v(1), g(1), n(1), 0))).isNull();
    }

    @Test
    void aMoveIsForgottenOnlyOnceBothGroupsHaveLetGo() {
        assertThat(codeAt(moving, 1, new Cancelled(v(0), 2))).isEqualTo(Code.CONFLICT);
        MetadataState cancelling = applied(moving, new Cancel(v(0), 2));
        assertThat(codeAt(cancelling, 1, new Prepare(v(0), g(1), g(2), 1)))
                .isEqualTo(Code.CONFLICT);
        MetadataState cancelled = applied(cancelling, new Cancelled(v(0), 2));
        assertThat(cancelled.view().vshardMoves().rows()).isEmpty();
        assertThat(codeAt(cancelled, 1, new Prepare(v(0), g(1), g(2), 1))).isNull();
    }

    @Test
    void aHandOverThatCameFirstWinsOverACancel() {
        MetadataState cancelling = applied(moving, new Cancel(v(0), 2));
        MetadataState done = applied(cancelling, new ReassignVShard(v(0), g(2), n(1), 2));
        assertThat(done.view().routing().groupOf(v(0))).isEqualTo(g(2));
        assertThat(codeAt(done, 1, new Cancelled(v(0), 2))).isEqualTo(Code.UNKNOWN_MIGRATION);
    }

    @Test
    void onlyWhatCanMoveIsMoved() {
        assertThat(codeAt(state, 1, new Prepare(v(0), g(2), g(1), 1))).isEqualTo(Code.STALE);
        assertThat(codeAt(state, 1, new Prepare(v(0), g(1), g(1), 1))).isEqualTo(Code.INVALID);
        assertThat(codeAt(state, 1, new Prepare(v(0), g(1), g(0), 1))).isEqualTo(Code.INVALID);
        assertThat(codeAt(state, 1, new Prepare(v(0), g(1), g(3), 1)))
                .isEqualTo(Code.UNKNOWN_GROUP);
        assertThat(codeAt(moving, 1, new Prepare(v(0), g(1), g(2), 1))).isEqualTo(Code.CONFLICT);
        assertThat(codeAt(moving, 1, new Cancel(v(0), 3))).isEqualTo(Code.UNKNOWN_MIGRATION);
        assertThat(codeAt(state, 1, new Cancel(v(0), 2))).isEqualTo(Code.UNKNOWN_MIGRATION);
    }

    @Test
    void aVShardMovesInOneWayAtATime() {
        MetadataState four = applied(moving, new TopologyChange.Join(learner(4)));
        assertThat(codeAt(four, 1, checkpoint(1, 0, addLearner(0)))).isEqualTo(Code.CONFLICT);
        MetadataState replica = applied(four, checkpoint(1, 0, addLearner(2)));
        assertThat(codeAt(replica, 1, new Prepare(v(2), g(1), g(2), 1))).isEqualTo(Code.CONFLICT);
    }
}
