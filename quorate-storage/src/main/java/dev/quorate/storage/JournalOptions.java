package dev.quorate.storage;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;

/// Whose journal it is, and how it uses its disk.
///
/// @param segmentBytes size of a segment file; a multiple of 8
/// @param entryBytesMax largest payload of one entry; a segment must have room for it
/// @param sparesKept segments kept preallocated or recycled, ready for use; the last of them is a
///   reserve that batches with entries may not touch (rule R8)
/// @param budgetBytes size of all segments above which old ones are emptied by copying what is
///   still needed, as long as a quarter of the journal would be freed
/// @param copyBytesMax bytes that one commit copies forward at most, about
public record JournalOptions(
        ClusterId cluster,
        NodeId node,
        int segmentBytes,
        int entryBytesMax,
        int sparesKept,
        long budgetBytes,
        int copyBytesMax) {
    private static final int MIB = 1 << 20;

    public JournalOptions {
        int roomBytes = Segment.HEADER_BYTES + RecordFormat.BATCH_BYTES;
        if (segmentBytes <= 0 || segmentBytes > Location.OFFSET_MAX || segmentBytes % 8 != 0) {
            throw new IllegalArgumentException(
                    "segment bytes must be a multiple of 8 up to 1 GiB: " + segmentBytes);
        }
        if (entryBytesMax <= 0
                || RecordFormat.entryBytes(entryBytesMax) > Location.LENGTH_MAX
                || roomBytes + RecordFormat.entryBytes(entryBytesMax) > segmentBytes
                || roomBytes + RecordFormat.RECORD_BYTES_MAX > segmentBytes) {
            throw new IllegalArgumentException(
                    "an entry of %d bytes does not fit a segment of %d bytes"
                            .formatted(entryBytesMax, segmentBytes));
        }
        if (sparesKept < 1 || copyBytesMax < 1 || budgetBytes < 2L * segmentBytes) {
            throw new IllegalArgumentException(
                    "need a spare, bytes to copy and a budget of two segments: %d, %d, %d"
                            .formatted(sparesKept, copyBytesMax, budgetBytes));
        }
    }

    /// The defaults: segments of 64 MiB, entries up to 4 MiB, two spares, a budget of 4 GiB.
    public static JournalOptions of(ClusterId cluster, NodeId node) {
        return new JournalOptions(cluster, node, 64 * MIB, 4 * MIB, 2, 4096L * MIB, MIB);
    }

    /// Size of all segments beyond which no more should be asked of the journal: half-way between
    /// the budget, which may be exceeded while old segments are emptied, and [#hardBytes()] (rule
    /// R8).
    public long softBytes() {
        return budgetBytes + (hardBytes() - budgetBytes) / 2;
    }

    /// Bytes of one group's entries beyond which it should not get more: half the budget, so that a
    /// group that lets go of nothing does not hold up the others (rule R9).
    public long shareBytes() {
        return budgetBytes / 2;
    }

    /// Size of all segments beyond which entries are refused: a quarter above the budget (rule R8).
    public long hardBytes() {
        return budgetBytes + Math.max(budgetBytes / 4, 2L * segmentBytes);
    }

    /// The same with segments of another size, and a budget of as many segments as before.
    ///
    /// @param segmentBytes size of a segment file
    /// @param entryBytesMax largest payload of one entry
    public JournalOptions withSegments(int segmentBytes, int entryBytesMax) {
        long budgetSegments = budgetBytes / this.segmentBytes;
        return new JournalOptions(
                cluster,
                node,
                segmentBytes,
                entryBytesMax,
                sparesKept,
                budgetSegments * segmentBytes,
                copyBytesMax);
    }

    /// The same with another budget.
    public JournalOptions withBudgetBytes(long budgetBytes) {
        return new JournalOptions(
                cluster, node, segmentBytes, entryBytesMax, sparesKept, budgetBytes, copyBytesMax);
    }

    /// The same with another number of spare segments.
    public JournalOptions withSparesKept(int sparesKept) {
        return new JournalOptions(
                cluster, node, segmentBytes, entryBytesMax, sparesKept, budgetBytes, copyBytesMax);
    }
}
