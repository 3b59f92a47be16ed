package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataOutcome.Code.CHECKSUM_MISMATCH;
import static dev.quorate.metadata.MetadataOutcome.Code.CONFLICT;
import static dev.quorate.metadata.MetadataOutcome.Code.ILLEGAL_EDGE;
import static dev.quorate.metadata.MetadataOutcome.Code.INVALID;
import static dev.quorate.metadata.MetadataOutcome.Code.LIMIT_REACHED;
import static dev.quorate.metadata.MetadataOutcome.Code.STALE;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_GROUP;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_MIGRATION;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_NODE;

import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides how far moves of replicas have come.
final class MigrationRules {
    private MigrationRules() {}

    static MetadataOutcome apply(Draft draft, MigrationChange change) {
        return switch (change) {
            case MigrationChange.Checkpoint c -> checkpoint(draft, c);
            case MigrationChange.Abort c -> abort(draft, c);
        };
    }

    private static MetadataOutcome checkpoint(Draft draft, MigrationChange.Checkpoint change) {
        long actual = MigrationChange.Checkpoint.crc32c(change.payload());
        if (actual != change.crc32c()) {
            draft.failMigration(change.id());
            return new Rejected(
                    CHECKSUM_MISMATCH,
                    String.format(
                            "checkpoint %s of migration %s is damaged: CRC32C %08x instead of %08x;"
                                    + " the migration can only be aborted",
                            change.phase(), change.id(), actual, change.crc32c()));
        }
        MigrationPayload payload;
        try {
            payload = MigrationFields.decode(change.phase(), change.payload());
        } catch (IllegalArgumentException | MetadataFormatException e) {
            return new Rejected(
                    INVALID, "checkpoint of migration " + change.id() + ": " + e.getMessage());
        }
        MigrationStateTable.Row row = draft.migrations.row(change.id());
        return row == null ? begin(draft, change, payload) : advance(draft, row, change, payload);
    }

    private static MetadataOutcome begin(
            Draft draft, MigrationChange.Checkpoint change, MigrationPayload payload) {
        MigrationStateTable.Ended end = draft.migrations.endOf(change.id());
        if (end != null) {
            return end.completed() && change.phase() == MigrationPhase.COMPLETE
                    ? Draft.APPLIED
                    : new Rejected(
                            CONFLICT,
                            "migration " + change.id() + " ended with entry " + end.index());
        }
        if (!(payload instanceof MigrationPayload.AddLearner origin)) {
            return new Rejected(
                    UNKNOWN_MIGRATION,
                    "migration " + change.id() + " has not begun and cannot be " + change.phase());
        }
        Rejected refusal = originRefusal(draft, origin);
        if (refusal != null) {
            return refusal;
        }
        draft.migrations = draft.migrations.with(row(draft, change, origin));
        return Draft.APPLIED;
    }

    private static @Nullable Rejected originRefusal(
            Draft draft, MigrationPayload.AddLearner origin) {
        MigrationStateTable.Row other = draft.migrations.rowOf(origin.vshard());
        if (other != null) {
            return new Rejected(
                    CONFLICT,
                    origin.vshard() + " is moved by migration " + other.id() + " already");
        }
        if (draft.vshardMoves.row(origin.vshard()) != null) {
            return new Rejected(CONFLICT, origin.vshard() + " is on its way to another group");
        }
        if (draft.migrations.rows().size() >= MigrationStateTable.ROWS_MAX) {
            return new Rejected(
                    LIMIT_REACHED, MigrationStateTable.ROWS_MAX + " migrations are under way");
        }
        if (draft.routing.group(origin.group()) == null) {
            return new Rejected(UNKNOWN_GROUP, "there is no group " + origin.group());
        }
        for (NodeId node : List.of(origin.source(), origin.target())) {
            if (draft.topology.node(node) == null) {
                return new Rejected(UNKNOWN_NODE, node + " is not part of the cluster");
            }
        }
        return null;
    }

    private static MetadataOutcome advance(
            Draft draft,
            MigrationStateTable.Row row,
            MigrationChange.Checkpoint change,
            MigrationPayload payload) {
        int distance = change.phase().compareTo(row.phase());
        if (row.failed()) {
            return new Rejected(
                    CHECKSUM_MISMATCH, "migration " + row.id() + " is damaged: abort it");
        }
        if (!payload.vshard().equals(row.vshard())) {
            return new Rejected(
                    INVALID, "migration " + row.id() + " moves " + row.vshard() + " only");
        }
        if (change.attempt() == row.attempt()
                && distance == 0
                && change.payload().equals(row.payload())) {
            return Draft.APPLIED;
        }
        boolean newDriver = change.attempt() > row.attempt();
        if (change.attempt() < row.attempt() || distance < 0 || (distance == 0 && !newDriver)) {
            return new Rejected(
                    STALE,
                    "migration "
                            + row.id()
                            + " is at "
                            + row.phase()
                            + " in attempt "
                            + row.attempt());
        }
        if (distance > 1) {
            return new Rejected(
                    ILLEGAL_EDGE,
                    "migration " + row.id() + " is " + row.phase() + ", not yet " + change.phase());
        }
        draft.migrations =
                change.phase() == MigrationPhase.COMPLETE
                        ? draft.migrations.without(
                                row.id(),
                                new MigrationStateTable.Ended(row.id(), true, "", draft.index))
                        : draft.migrations.with(row(draft, change, row.origin()));
        return Draft.APPLIED;
    }

    private static MigrationStateTable.Row row(
            Draft draft, MigrationChange.Checkpoint change, MigrationPayload.AddLearner origin) {
        return new MigrationStateTable.Row(
                change.id(),
                change.attempt(),
                change.phase(),
                origin,
                change.payload(),
                change.crc32c(),
                draft.index,
                draft.nowMicros,
                false);
    }

    private static MetadataOutcome abort(Draft draft, MigrationChange.Abort change) {
        MigrationStateTable.Row row = draft.migrations.row(change.id());
        if (row == null) {
            MigrationStateTable.Ended end = draft.migrations.endOf(change.id());
            if (end == null) {
                return new Rejected(UNKNOWN_MIGRATION, "there is no migration " + change.id());
            }
            return end.completed()
                    ? new Rejected(CONFLICT, "migration " + change.id() + " has completed")
                    : Draft.APPLIED;
        }
        if (!row.phase().isAbortable()) {
            return new Rejected(
                    ILLEGAL_EDGE,
                    "migration " + row.id() + " is " + row.phase() + " and only goes forward");
        }
        for (Compensation compensation : change.compensations()) {
            MetadataOutcome outcome = compensate(draft, compensation);
            if (outcome instanceof Rejected) {
                return outcome;
            }
        }
        draft.migrations =
                draft.migrations.without(
                        row.id(),
                        new MigrationStateTable.Ended(
                                row.id(), false, change.reason(), draft.index));
        return Draft.APPLIED;
    }

    private static MetadataOutcome compensate(Draft draft, Compensation compensation) {
        return switch (compensation) {
            case Compensation.RemoveLearner c -> withdraw(draft, c.group(), c.node());
            case Compensation.RemoveVoter c -> withdraw(draft, c.group(), c.node());
            case Compensation.RestorePlacement c ->
                    RoutingRules.place(
                            draft,
                            new MetadataEntry.SetPlacement(
                                    c.group(),
                                    c.members(),
                                    listeners(draft, c.group(), c.members())));
            // hints and stubs live beside the state
            case Compensation.RestoreLeaderHint _, Compensation.RemoveGhostStub _ -> Draft.APPLIED;
        };
    }

    /// Who listens, and is not to be a member.
    private static List<Member> listeners(Draft draft, GroupId id, List<Member> members) {
        GroupInfo group = draft.routing.group(id);
        return group == null
                ? List.of()
                : group.listeners().stream()
                        .filter(one -> members.stream().noneMatch(m -> m.node().equals(one.node())))
                        .toList();
    }

    private static MetadataOutcome withdraw(Draft draft, GroupId id, NodeId node) {
        GroupInfo group = draft.routing.group(id);
        if (group == null) {
            return new Rejected(UNKNOWN_GROUP, "there is no group " + id);
        }
        List<Member> rest =
                group.members().stream().filter(member -> !member.node().equals(node)).toList();
        if (rest.isEmpty()) {
            return new Rejected(INVALID, id + " would have no member without " + node);
        }
        if (rest.size() < group.members().size()) {
            draft.routing =
                    draft.routing.with(group.withPlacement(rest, group.listeners(), draft.index));
        }
        return Draft.APPLIED;
    }
}
