package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataOutcome.Code.CONFLICT;
import static dev.quorate.metadata.MetadataOutcome.Code.INVALID;
import static dev.quorate.metadata.MetadataOutcome.Code.STALE;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_GROUP;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_MIGRATION;

import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.types.GroupId;
import org.jspecify.annotations.Nullable;

/// Decides which vShards are on their way from one group to another.
final class VShardMoveRules {
    private VShardMoveRules() {}

    static MetadataOutcome apply(Draft draft, VShardMove change) {
        VShardMoves.Row row = draft.vshardMoves.row(change.vshard());
        return switch (change) {
            case VShardMove.Prepare c -> prepare(draft, row, c);
            case VShardMove.Cancel c -> {
                if (row == null || row.epoch() != c.epoch()) {
                    yield unknown(change, c.epoch());
                }
                draft.vshardMoves =
                        draft.vshardMoves.with(
                                new VShardMoves.Row(
                                        row.vshard(),
                                        row.source(),
                                        row.target(),
                                        row.epoch(),
                                        row.pauseBudgetMicros(),
                                        true));
                yield Draft.APPLIED;
            }
            case VShardMove.Cancelled c -> {
                if (row == null || row.epoch() != c.epoch()) {
                    yield unknown(change, c.epoch());
                }
                if (!row.cancelling()) {
                    yield new Rejected(
                            CONFLICT, "nobody has asked to cancel the move of " + c.vshard());
                }
                draft.vshardMoves = draft.vshardMoves.without(c.vshard());
                yield Draft.APPLIED;
            }
        };
    }

    /// Why a report of an owner contradicts the move that is under way; null when it does not.
    static @Nullable Rejected reportRefusal(
            Draft draft, RoutingChange.ReassignVShard report, long epoch) {
        VShardMoves.Row row = draft.vshardMoves.row(report.vshard());
        if (row == null || (epoch == row.epoch() && report.group().equals(row.target()))) {
            return null;
        }
        return new Rejected(
                CONFLICT,
                report.vshard()
                        + " is on its way to "
                        + row.target()
                        + " under epoch "
                        + row.epoch()
                        + ", not to "
                        + report.group()
                        + " under "
                        + epoch);
    }

    private static MetadataOutcome prepare(
            Draft draft, VShardMoves.@Nullable Row row, VShardMove.Prepare change) {
        GroupId owner = draft.routing.groupOf(change.vshard());
        if (row != null) {
            return new Rejected(
                    CONFLICT, change.vshard() + " is on its way to " + row.target() + " already");
        }
        if (draft.migrations.rowOf(change.vshard()) != null) {
            return new Rejected(
                    CONFLICT, "a replica is moved for the sake of " + change.vshard() + " already");
        }
        if (change.target().equals(GroupId.METADATA) || change.target().equals(change.source())) {
            return new Rejected(INVALID, change.vshard() + " cannot go to " + change.target());
        }
        if (draft.routing.group(change.target()) == null) {
            return new Rejected(UNKNOWN_GROUP, "there is no group " + change.target());
        }
        if (!change.source().equals(owner)
                || draft.routing.epochOf(change.vshard()) >= draft.index) {
            return new Rejected(
                    STALE,
                    change.vshard() + " belongs to " + owner + ", not to " + change.source());
        }
        draft.vshardMoves =
                draft.vshardMoves.with(
                        new VShardMoves.Row(
                                change.vshard(),
                                change.source(),
                                change.target(),
                                draft.index,
                                change.pauseBudgetMicros(),
                                false));
        return Draft.APPLIED;
    }

    private static Rejected unknown(VShardMove change, long epoch) {
        return new Rejected(
                UNKNOWN_MIGRATION, change.vshard() + " is not on its way under epoch " + epoch);
    }
}
