package dev.quorate.storage;

/// One file of the journal, and how much of it is still needed.
final class Segment {
    static final int HEADER_BYTES = 72;

    private final SegmentHeader header;
    private final int seed;
    private long end = HEADER_BYTES;
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
