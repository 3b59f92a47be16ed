package dev.quorate.metadata;

import dev.quorate.types.GroupId;
import dev.quorate.types.VShardId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The moves of vShards between groups that are under way.
///
/// @param rows by ascending vShard, one for each at most
public record VShardMoves(List<Row> rows) {
    /// No moves.
    public static final VShardMoves EMPTY = new VShardMoves(List.of());

    /// One move, with all that a driver needs to go on with it.
    ///
    /// @param epoch index of the entry that began it; the target owns the vShard under this epoch
    /// @param cancelling whether it shall be given up
    public record Row(
            VShardId vshard,
            GroupId source,
            GroupId target,
            long epoch,
            long pauseBudgetMicros,
            boolean cancelling) {
        public Row {
            GroupInfo.requireNotNegative("epoch", epoch);
            GroupInfo.requireNotNegative("pause budget", pauseBudgetMicros);
        }
    }

    public VShardMoves {
        rows = List.copyOf(rows);
        for (int i = 1; i < rows.size(); i++) {
            if (rows.get(i - 1).vshard().value() >= rows.get(i).vshard().value()) {
                throw new IllegalArgumentException("vShards that move must ascend");
            }
        }
    }

    /// The move of the vShard, or null.
    public @Nullable Row row(VShardId vshard) {
        for (Row row : rows) {
            if (row.vshard().equals(vshard)) {
                return row;
            }
        }
        return null;
    }

    VShardMoves with(Row row) {
        List<Row> next = new ArrayList<>(without(row.vshard()).rows);
        next.add(row);
        next.sort(Comparator.comparingInt(other -> other.vshard().value()));
        return new VShardMoves(next);
    }

    VShardMoves without(VShardId vshard) {
        return row(vshard) == null
                ? this
                : new VShardMoves(
                        rows.stream().filter(row -> !row.vshard().equals(vshard)).toList());
    }
}
