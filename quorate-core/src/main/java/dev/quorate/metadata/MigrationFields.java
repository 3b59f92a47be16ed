package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.VShardId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// The fields of moves of replicas, in entries and in the state. Tags are never changed or used
/// again.
final class MigrationFields {
    private static final int REMOVE_LEARNER = 1;
    private static final int REMOVE_VOTER = 2;
    private static final int RESTORE_LEADER_HINT = 3;
    private static final int REMOVE_GHOST_STUB = 4;
    private static final int RESTORE_PLACEMENT = 5;

    private MigrationFields() {}

    static FieldWriter write(FieldWriter to, MigrationChange change) {
        id(to, change.id());
        return switch (change) {
            case MigrationChange.Checkpoint e ->
                    to.number(3, e.attempt())
                            .number(4, e.phase().code())
                            .bytes(5, e.payload())
                            .number(6, e.crc32c());
            case MigrationChange.Abort e ->
                    to.text(3, e.reason())
                            .sequence(
                                    4,
                                    e.compensations().stream()
                                            .map(step -> compensation(step).toByteArray())
                                            .toList());
        };
    }

    static MigrationChange read(EntryKind kind, FieldReader from) {
        UUID id = readId(from);
        if (kind == EntryKind.MIGRATION_CHECKPOINT) {
            int attempt = from.count(3);
            MigrationPhase phase = phase(from, 4);
            Bytes payload = from.bytes(5);
            long crc32c = from.number(6);
            return new MigrationChange.Checkpoint(
                    id, attempt, phase, payload, crc32c, from.unknown());
        }
        String reason = from.text(3);
        List<Compensation> compensations = new ArrayList<>();
        for (ByteBuffer part : from.sequence(4)) {
            compensations.add(readCompensation(part));
        }
        return new MigrationChange.Abort(id, reason, compensations, from.unknown());
    }

    /// The bytes of a payload, as a checkpoint holds them.
    static Bytes encode(MigrationPayload payload) {
        FieldWriter to = new FieldWriter().number(1, payload.vshard().value());
        FieldWriter fields =
                switch (payload) {
                    case MigrationPayload.AddLearner p ->
                            to.number(2, p.source().value())
                                    .number(3, p.target().value())
                                    .number(4, p.group().value())
                                    .number(5, p.writePauseBudgetMicros())
                                    .number(6, p.startedAtMicros())
                                    .members(7, p.priorMembers());
                    case MigrationPayload.CatchUp p -> to.number(2, p.learnerIndex());
                    case MigrationPayload.PromoteLearner p ->
                            to.number(2, p.target().value()).number(3, p.group().value());
                    case MigrationPayload.LeadershipTransfer p ->
                            to.number(2, p.newLeader().value())
                                    .number(3, p.group().value())
                                    .flag(4, p.targetIsVoter());
                    case MigrationPayload.Cutover p ->
                            to.number(2, p.newLeader().value()).number(3, p.group().value());
                    case MigrationPayload.Complete p ->
                            to.number(2, p.actualPauseMicros()).flag(3, p.ghostInstalled());
                };
        return Bytes.wrap(fields.toByteArray());
    }

    /// Reads a payload. What a newer build added to it stays in the stored bytes.
    ///
    /// @throws IllegalArgumentException if a value is none that the payload may have
    static MigrationPayload decode(MigrationPhase phase, Bytes payload) {
        FieldReader from = new FieldReader("checkpoint " + phase, payload.asBuffer());
        VShardId vshard = new VShardId(from.count(1));
        return switch (phase) {
            case ADD_LEARNER -> readOrigin(vshard, from);
            case CATCH_UP -> new MigrationPayload.CatchUp(vshard, from.number(2));
            case PROMOTE_LEARNER ->
                    new MigrationPayload.PromoteLearner(
                            vshard, from.node(2), new GroupId(from.number(3)));
            case LEADERSHIP_TRANSFER ->
                    new MigrationPayload.LeadershipTransfer(
                            vshard, from.flag(4), from.node(2), new GroupId(from.number(3)));
            case CUTOVER ->
                    new MigrationPayload.Cutover(vshard, from.node(2), new GroupId(from.number(3)));
            case COMPLETE -> new MigrationPayload.Complete(vshard, from.number(2), from.flag(3));
        };
    }

    static FieldWriter table(MigrationStateTable table) {
        List<byte[]> rows = new ArrayList<>();
        for (MigrationStateTable.Row row : table.rows()) {
            rows.add(
                    id(new FieldWriter(), row.id())
                            .number(3, row.attempt())
                            .number(4, row.phase().code())
                            .bytes(5, row.payload())
                            .number(6, row.crc32c())
                            .bytes(7, encode(row.origin()))
                            .number(8, row.index())
                            .number(9, row.stampMicros())
                            .flag(10, row.failed())
                            .toByteArray());
        }
        List<byte[]> ended = new ArrayList<>();
        for (MigrationStateTable.Ended end : table.ended()) {
            ended.add(
                    id(new FieldWriter(), end.id())
                            .flag(3, end.completed())
                            .text(4, end.reason())
                            .number(5, end.index())
                            .toByteArray());
        }
        return new FieldWriter().sequence(1, rows).sequence(2, ended);
    }

    static MigrationStateTable readTable(ByteBuffer encoded) {
        FieldReader from = new FieldReader("migrations", encoded);
        List<MigrationStateTable.Row> rows = new ArrayList<>();
        for (ByteBuffer part : from.sequence(1)) {
            rows.add(readRow(part));
        }
        List<MigrationStateTable.Ended> ended = new ArrayList<>();
        for (ByteBuffer part : from.sequence(2)) {
            FieldReader end = new FieldReader("ended migration", part);
            ended.add(
                    new MigrationStateTable.Ended(
                            readId(end), end.flag(3), end.text(4), end.number(5)));
            end.requireAllKnown();
        }
        from.requireAllKnown();
        return new MigrationStateTable(rows, ended);
    }

    private static MigrationStateTable.Row readRow(ByteBuffer encoded) {
        FieldReader from = new FieldReader("migration", encoded);
        UUID id = readId(from);
        int attempt = from.count(3);
        MigrationPhase phase = phase(from, 4);
        Bytes payload = from.bytes(5);
        long crc32c = from.number(6);
        FieldReader first = new FieldReader("origin of a migration", from.message(7));
        MigrationPayload.AddLearner origin = readOrigin(new VShardId(first.count(1)), first);
        first.requireAllKnown();
        long index = from.number(8);
        long stampMicros = from.number(9);
        boolean failed = from.flag(10);
        from.requireAllKnown();
        return new MigrationStateTable.Row(
                id, attempt, phase, origin, payload, crc32c, index, stampMicros, failed);
    }

    private static MigrationPayload.AddLearner readOrigin(VShardId vshard, FieldReader from) {
        return new MigrationPayload.AddLearner(
                vshard,
                from.node(2),
                from.node(3),
                new GroupId(from.number(4)),
                from.number(5),
                from.number(6),
                from.members(7));
    }

    private static FieldWriter compensation(Compensation compensation) {
        FieldWriter to = new FieldWriter();
        return switch (compensation) {
            case Compensation.RemoveLearner c ->
                    to.number(1, REMOVE_LEARNER)
                            .number(2, c.group().value())
                            .number(3, c.node().value());
            case Compensation.RemoveVoter c ->
                    to.number(1, REMOVE_VOTER)
                            .number(2, c.group().value())
                            .number(3, c.node().value());
            case Compensation.RestoreLeaderHint c ->
                    to.number(1, RESTORE_LEADER_HINT)
                            .number(2, c.group().value())
                            .number(3, c.node().value());
            case Compensation.RemoveGhostStub c ->
                    to.number(1, REMOVE_GHOST_STUB).number(2, c.vshard().value());
            case Compensation.RestorePlacement c ->
                    to.number(1, RESTORE_PLACEMENT)
                            .number(2, c.group().value())
                            .members(4, c.members());
        };
    }

    private static Compensation readCompensation(ByteBuffer encoded) {
        FieldReader from = new FieldReader("compensation", encoded);
        int kind = from.count(1);
        Compensation compensation =
                switch (kind) {
                    case REMOVE_LEARNER ->
                            new Compensation.RemoveLearner(
                                    new GroupId(from.number(2)), from.node(3));
                    case REMOVE_VOTER ->
                            new Compensation.RemoveVoter(new GroupId(from.number(2)), from.node(3));
                    case RESTORE_LEADER_HINT ->
                            new Compensation.RestoreLeaderHint(
                                    new GroupId(from.number(2)), from.node(3));
                    case REMOVE_GHOST_STUB ->
                            new Compensation.RemoveGhostStub(new VShardId(from.count(2)));
                    case RESTORE_PLACEMENT ->
                            new Compensation.RestorePlacement(
                                    new GroupId(from.number(2)), from.members(4));
                    default -> throw from.unknownKind("compensation " + kind);
                };
        from.requireAllKnown();
        return compensation;
    }

    private static MigrationPhase phase(FieldReader from, int tag) {
        long code = from.number(tag);
        MigrationPhase phase = MigrationPhase.ofCode(code);
        if (phase == null) {
            throw from.unknownKind("phase " + code);
        }
        return phase;
    }

    private static FieldWriter id(FieldWriter to, UUID id) {
        return to.number(1, id.getMostSignificantBits()).number(2, id.getLeastSignificantBits());
    }

    private static UUID readId(FieldReader from) {
        return new UUID(from.number(1), from.number(2));
    }
}
