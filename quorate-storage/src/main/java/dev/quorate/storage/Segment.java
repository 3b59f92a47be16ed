package dev.quorate.storage;

import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;

/// One file of the journal, and how much of it is still needed.
final class Segment {
    static final int HEADER_BYTES = 80;

    private final SegmentHeader header;
    private final int seed;
    private long end = HEADER_BYTES;
    private final TreeMap<Long, Long> gaps = new TreeMap<>();
    private long liveRecords;
    private long liveBytes;

    Segment(SegmentHeader header) {
        this.header = header;
        seed = header.seed();
    }

    /// The file of a segment; names sort like sequences.
    static String fileName(long sequence) {
        String digits = Long.toHexString(sequence);
        return "0".repeat(16 - digits.length()) + digits + ".segment";
    }

    SegmentHeader header() {
        return header;
    }

    long sequence() {
        return header.sequence();
    }

    String file() {
        return fileName(header.sequence());
    }

    int seed() {
        return seed;
    }

    /// Where the next record goes, or, in a full segment, where records end.
    long end() {
        return end;
    }

    void end(long end) {
        this.end = end;
    }

    /// From `from` on up to `to` nothing can be read.
    void gap(long from, long to) {
        gaps.put(from, to);
    }

    /// Where records go on after a place at which none can be read; `-1` if they should be there.
    long after(long offset) {
        Long next = gaps.get(offset);
        return next == null ? -1 : next;
    }

    /// Where places begin at which nothing can be read.
    NavigableSet<Long> gapsFrom() {
        return gaps.navigableKeySet();
    }

    void forgetGaps() {
        gaps.clear();
    }

    /// Whether a place is one at which nothing can be read.
    boolean isInGap(long offset) {
        Map.Entry<Long, Long> gap = gaps.floorEntry(offset);
        return gap != null && offset < gap.getValue();
    }

    long liveBytes() {
        return liveBytes;
    }

    boolean isDead() {
        return liveRecords == 0;
    }

    void gain(int bytes) {
        liveRecords++;
        liveBytes += bytes;
    }

    void lose(int bytes) {
        liveRecords--;
        liveBytes -= bytes;
    }
}
