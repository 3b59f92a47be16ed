package dev.quorate.storage;

import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// Turns a batch of records into as few writes as possible, and one force.
///
/// Records go into one reused buffer; each method returns the record's [Location]. When a segment
/// is full, it is forced before the next one is started.
final class BatchWriter {
    private static final int BUFFER_BYTES = 1 << 20;

    private final Disk disk;
    private final SegmentTable segments;
    private final int segmentBytes;
    private final ByteBuffer buffer;
    private final CRC32C crc = new CRC32C();
    private Segment segment;
    private long bufferOffset;
    private int recordsInBatch;

    BatchWriter(Disk disk, SegmentTable segments, JournalOptions options) {
        this.disk = disk;
        this.segments = segments;
        segmentBytes = options.segmentBytes();
        int recordBytesMax =
                Math.max(
                        RecordFormat.entryBytes(options.entryBytesMax()),
                        RecordFormat.RECORD_BYTES_MAX);
        int capacity = Math.max(recordBytesMax, Math.min(BUFFER_BYTES, segmentBytes));
        buffer = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
        segment = segments.current();
        bufferOffset = segment.end();
    }

    /// Whether a record fits the current segment.
    boolean fits(int length) {
        return segment.end() + length <= segmentBytes;
    }

    /// Begins a batch. All before it has been forced.
    void batch() {
        long forcedSequence = segment.sequence();
        long forcedOffset = segment.end();
        recordsInBatch = 0;
        prepare(RecordFormat.BATCH_BYTES);
        RecordFormat.batch(buffer, forcedSequence, forcedOffset);
        seal(RecordFormat.BATCH_BYTES);
    }

    /// Whether the batch states what was forced, and nothing else so far.
    boolean isOnlyStatement() {
        return recordsInBatch == 1;
    }

    long hardState(long group, HardState state) {
        prepare(RecordFormat.HARD_STATE_BYTES);
        RecordFormat.hardState(buffer, group, state);
        return seal(RecordFormat.HARD_STATE_BYTES);
    }

    long entry(long group, Entry entry) {
        int length = RecordFormat.entryBytes(entry.payload().length());
        prepare(length);
        RecordFormat.entry(buffer, RecordFormat.ENTRY, group, entry);
        return seal(length);
    }

    long record(JournalRecord record) {
        int length = RecordFormat.bytes(record);
        prepare(length);
        RecordFormat.write(buffer, record);
        return seal(length);
    }

    void retired(long oldestSequence) {
        record(new JournalRecord.SegmentsRetired(oldestSequence));
    }

    /// Writes a record of an older segment again, as a copy.
    long copy(ByteBuffer record) {
        int length = record.remaining();
        prepare(length);
        int at = buffer.position();
        buffer.put(record);
        RecordFormat.turnIntoCopy(buffer, at);
        return seal(length);
    }

    /// Writes what is in the buffer, and forces the segment.
    void finish() {
        flush();
        disk.force(segment.file());
    }

    private void prepare(int length) {
        if (!fits(length)) {
            finish();
            segment = segments.start(segment, segment.sequence() + 1);
            bufferOffset = segment.end();
        }
        if (buffer.remaining() < length) {
            flush();
        }
    }

    private long seal(int length) {
        int at = buffer.position() - length;
        buffer.putInt(
                at + RecordFormat.CRC_AT,
                RecordFormat.crc(buffer, at, length, segment.seed(), crc));
        long location = Location.pack(segment.sequence(), segment.end(), length);
        segment.end(segment.end() + length);
        recordsInBatch++;
        return location;
    }

    private void flush() {
        if (buffer.position() > 0) {
            disk.write(segment.file(), bufferOffset, buffer.flip());
            buffer.clear();
            bufferOffset = segment.end();
        }
    }
}
