package dev.quorate.storage;

/// Foretells how many segments a batch will start, so that room is there before it begins.
final class SegmentFill {
    private final int segmentBytes;
    private long end;
    private int segmentsStarted;

    /// @param end where the next record would go in the current segment, in bytes
    SegmentFill(int segmentBytes, long end) {
        this.segmentBytes = segmentBytes;
        this.end = end;
    }

    /// Takes the next record's length in bytes.
    void add(int length) {
        if (end + length > segmentBytes) {
            segmentsStarted++;
            end = Segment.HEADER_BYTES;
        }
        end += length;
    }

    int segmentsStarted() {
        return segmentsStarted;
    }
}
