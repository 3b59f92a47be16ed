package dev.quorate.storage;

/// Where a record lies, in one `long`, so that the index of a log is an array of primitives.
///
/// ```text
/// bits 63–47  segment sequence modulo 2^17     bits 46–20  offset / 8     bits 19–0  length / 8
/// ```
///
/// Never 0, because no record is empty.
final class Location {
    /// Exclusive bound of offsets, in bytes.
    static final int OFFSET_MAX = 1 << 30;

    /// Longest record, in bytes.
    static final int LENGTH_MAX = (1 << 23) - 8;

    /// Most segments that can be told apart.
    static final int SEGMENTS_MAX = 1 << 17;

    private static final int SEQUENCE_SHIFT = 47;
    private static final int OFFSET_SHIFT = 20;

    private Location() {}

    static long pack(long sequence, long offset, int length) {
        return sequence << SEQUENCE_SHIFT | offset >>> 3 << OFFSET_SHIFT | length >>> 3;
    }

    /// The sequence, given the oldest one that it can be.
    static long sequence(long location, long oldest) {
        return oldest + ((location >>> SEQUENCE_SHIFT) - oldest & SEGMENTS_MAX - 1);
    }

    static long offset(long location) {
        return (location >>> OFFSET_SHIFT & (1 << 27) - 1) << 3;
    }

    static int length(long location) {
        return (int) (location & (1 << 20) - 1) << 3;
    }
}
