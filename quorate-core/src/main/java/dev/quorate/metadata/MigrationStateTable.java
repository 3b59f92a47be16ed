package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.VShardId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The moves of replicas that are under way, and how the last ones ended.
///
/// @param rows in the order in which they began
/// @param ended oldest first, at most [#ENDED_MAX]
public record MigrationStateTable(List<Row> rows, List<Ended> ended) {
    /// No moves.
    public static final MigrationStateTable EMPTY = new MigrationStateTable(List.of(), List.of());

    /// Moves at one time.
    public static final int ROWS_MAX = 1024;

    /// Ended moves that are remembered; older ones are forgotten.
    public static final int ENDED_MAX = 1024;

    /// One move.
    ///
    /// @param origin the move's parameters, from its first checkpoint
    /// @param payload the last checkpoint's bytes, as they were written
    /// @param crc32c CRC32C of exactly these bytes
    /// @param index entry of group 0's log that holds the last checkpoint
    /// @param stampMicros log time of that entry
    /// @param failed whether a checkpoint was damaged: the move can only be aborted
    public record Row(
            UUID id,
            int attempt,
            MigrationPhase phase,
            MigrationPayload.AddLearner origin,
            Bytes payload,
            long crc32c,
            long index,
            long stampMicros,
            boolean failed) {
        public Row {
            GroupInfo.requireNotNegative("attempt", attempt);
            GroupInfo.requireNotNegative("index", index);
            GroupInfo.requireNotNegative("log time", stampMicros);
            if (phase == MigrationPhase.COMPLETE) {
                throw new IllegalArgumentException("a completed move has no row");
            }
            if (failed && !phase.isAbortable()) {
                throw new IllegalArgumentException("a move beyond its cut-over cannot fail");
            }
        }

        /// The vShard for whose sake a replica moves.
        public VShardId vshard() {
            return origin.vshard();
        }

        Row asFailed() {
            return new Row(id, attempt, phase, origin, payload, crc32c, index, stampMicros, true);
        }
    }

    /// A move that is over.
    ///
    /// @param completed whether it reached its goal; otherwise it was aborted
    /// @param reason why it was aborted; empty when it was not
    /// @param index entry of group 0's log that ended it
    public record Ended(UUID id, boolean completed, String reason, long index) {
        public Ended {
            GroupInfo.requireNotNegative("index", index);
        }
    }

    public MigrationStateTable {
        rows = List.copyOf(rows);
        ended = List.copyOf(ended);
        if (rows.size() > ROWS_MAX || ended.size() > ENDED_MAX) {
            throw new IllegalArgumentException("too many moves");
        }
        Set<UUID> ids = new HashSet<>();
        Set<VShardId> vshards = new HashSet<>();
        for (Row row : rows) {
            if (!ids.add(row.id()) || !vshards.add(row.vshard())) {
                throw new IllegalArgumentException("a move or a vShard is listed twice");
            }
        }
        for (Ended gone : ended) {
            if (!ids.add(gone.id())) {
                throw new IllegalArgumentException("a move is listed twice: " + gone.id());
            }
        }
    }

    /// The move, or null when it is not under way.
    public @Nullable Row row(UUID id) {
        for (Row row : rows) {
            if (row.id().equals(id)) {
                return row;
            }
        }
        return null;
    }

    /// The move for the vShard's sake, or null.
    public @Nullable Row rowOf(VShardId vshard) {
        for (Row row : rows) {
            if (row.vshard().equals(vshard)) {
                return row;
            }
        }
        return null;
    }

    /// How the move ended; null when it has not, or too long ago.
    public @Nullable Ended endOf(UUID id) {
        for (Ended gone : ended) {
            if (gone.id().equals(id)) {
                return gone;
            }
        }
        return null;
    }

    MigrationStateTable with(Row row) {
        List<Row> next = new ArrayList<>(rows);
        for (int i = 0; i < next.size(); i++) {
            if (next.get(i).id().equals(row.id())) {
                next.set(i, row);
                return new MigrationStateTable(next, ended);
            }
        }
        next.add(row);
        return new MigrationStateTable(next, ended);
    }

    MigrationStateTable without(UUID id, Ended end) {
        List<Ended> next = new ArrayList<>(ended);
        if (next.size() == ENDED_MAX) {
            next.removeFirst();
        }
        next.add(end);
        return new MigrationStateTable(
                rows.stream().filter(row -> !row.id().equals(id)).toList(), next);
    }

    /// With the move marked as damaged; the same when it is not under way or beyond its cut-over.
    MigrationStateTable withFailed(UUID id) {
        Row row = row(id);
        return row == null || row.failed() || !row.phase().isAbortable()
                ? this
                : with(row.asFailed());
    }
}
