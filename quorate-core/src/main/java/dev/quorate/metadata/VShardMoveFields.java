package dev.quorate.metadata;

import dev.quorate.types.GroupId;
import dev.quorate.types.VShardId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The fields of moves of vShards, in entries and in the state. Tags are never changed or used
/// again.
final class VShardMoveFields {
    private VShardMoveFields() {}

    static FieldWriter write(FieldWriter to, VShardMove change) {
        FieldWriter vshard = to.number(1, change.vshard().value());
        return switch (change) {
            case VShardMove.Prepare e ->
                    vshard.number(2, e.source().value())
                            .number(3, e.target().value())
                            .number(4, e.pauseBudgetMicros());
            case VShardMove.Cancel e -> vshard.number(2, e.epoch());
            case VShardMove.Cancelled e -> vshard.number(2, e.epoch());
        };
    }

    static VShardMove read(EntryKind kind, FieldReader from) {
        VShardId vshard = new VShardId(from.count(1));
        if (kind == EntryKind.VSHARD_MOVE_PREPARE) {
            GroupId source = new GroupId(from.number(2));
            GroupId target = new GroupId(from.number(3));
            long pauseBudgetMicros = from.number(4);
            return new VShardMove.Prepare(
                    vshard, source, target, pauseBudgetMicros, from.unknown());
        }
        long epoch = from.number(2);
        return kind == EntryKind.VSHARD_MOVE_CANCEL
                ? new VShardMove.Cancel(vshard, epoch, from.unknown())
                : new VShardMove.Cancelled(vshard, epoch, from.unknown());
    }

    static FieldWriter table(VShardMoves moves) {
        List<byte[]> rows = new ArrayList<>();
        for (VShardMoves.Row row : moves.rows()) {
            rows.add(
                    new FieldWriter()
                            .number(1, row.vshard().value())
                            .number(2, row.source().value())
                            .number(3, row.target().value())
                            .number(4, row.pauseBudgetMicros())
                            .number(5, row.epoch())
                            .flag(6, row.cancelling())
                            .toByteArray());
        }
        return new FieldWriter().sequence(1, rows);
    }

    static VShardMoves readTable(ByteBuffer encoded) {
        FieldReader from = new FieldReader("moves of vShards", encoded);
        List<VShardMoves.Row> rows = new ArrayList<>();
        for (ByteBuffer part : from.sequence(1)) {
            FieldReader row = new FieldReader("move of a vShard", part);
            VShardId vshard = new VShardId(row.count(1));
            GroupId source = new GroupId(row.number(2));
            GroupId target = new GroupId(row.number(3));
            long pauseBudgetMicros = row.number(4);
            long epoch = row.number(5);
            boolean cancelling = row.flag(6);
            row.requireAllKnown();
            rows.add(
                    new VShardMoves.Row(
                            vshard, source, target, epoch, pauseBudgetMicros, cancelling));
        }
        from.requireAllKnown();
        return new VShardMoves(rows);
    }
}
