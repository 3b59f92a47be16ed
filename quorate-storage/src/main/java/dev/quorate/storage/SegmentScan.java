package dev.quorate.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Walks the records of one segment in order, checking each.
final class SegmentScan {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Disk disk;
    private final String file;
    private final int seed;
    private final long limit;
    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer = allocate(BUFFER_BYTES);
    private long bufferOffset;
    private long offset;
    private int length;

    /// @param from offset of the first record, in bytes
    /// @param limit records end here at the latest
    SegmentScan(Disk disk, String file, int seed, long from, long limit) {
        this.disk = disk;
        this.file = file;
        this.seed = seed;
        this.limit = limit;
        offset = from;
        bufferOffset = from;
        buffer.limit(0);
    }

    /// Moves to the next record. After false, [#offset()] is where none was found.
    boolean next() {
        offset += length;
        length = 0;
        return isRecord();
    }

    /// Goes on from another place, where a record may begin.
    boolean nextFrom(long candidate) {
        seek(candidate);
        return isRecord();
    }

    /// Looks at another place.
    void seek(long candidate) {
        offset = candidate;
        length = 0;
    }

    long offset() {
        return offset;
    }

    int length() {
        return length;
    }

    /// The record.
    ///
    /// @throws IllegalArgumentException if its checksum is right but it makes no sense
    JournalRecord record() {
        return RecordDecoder.decode(buffer, (int) (offset - bufferOffset));
    }

    /// Whether the record is an entry, copied or not.
    boolean isEntry() {
        byte type = typeHere();
        return type == RecordFormat.ENTRY || type == RecordFormat.COPIED_ENTRY;
    }

    /// The record's group.
    long groupHere() {
        return buffer.getLong((int) (offset - bufferOffset) + RecordFormat.GROUP_AT);
    }

    /// The index of the record, which is an entry.
    long entryIndexHere() {
        return buffer.getLong((int) (offset - bufferOffset) + RecordFormat.HEADER_BYTES + 8);
    }

    /// The record; null if its checksum is right but it makes no sense.
    @Nullable JournalRecord recordIfAny() {
        try {
            return record();
        } catch (IllegalArgumentException senseless) {
            return null;
        }
    }

    /// The record's number within its group.
    int ordinal() {
        return buffer.getInt((int) (offset - bufferOffset) + RecordFormat.ORDINAL_AT);
    }

    /// The type byte at [#offset()], whether or not a record is there; 0 past the end.
    byte typeHere() {
        return has(RecordFormat.HEADER_BYTES)
                ? buffer.get((int) (offset - bufferOffset) + RecordFormat.TYPE_AT)
                : 0;
    }

    /// What the header at [#offset()] announces, in bytes, whether or not a record is there.
    int announcedHere() {
        return has(RecordFormat.HEADER_BYTES)
                ? RecordFormat.announcedBytes(buffer, (int) (offset - bufferOffset))
                : -1;
    }

    /// The record's bytes, to be read before the scan moves on.
    ByteBuffer raw() {
        return buffer.slice((int) (offset - bufferOffset), length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private boolean isRecord() {
        if (!has(RecordFormat.HEADER_BYTES)) {
            return false;
        }
        int announced = RecordFormat.announcedBytes(buffer, (int) (offset - bufferOffset));
        if (announced < 0 || !has(announced)) {
            return false;
        }
        int at = (int) (offset - bufferOffset);
        int stored = buffer.getInt(at + RecordFormat.CRC_AT);
        if (stored != RecordFormat.crc(buffer, at, announced, seed, crc)) {
            return false;
        }
        length = announced;
        return true;
    }

    /// Whether `count` bytes from [#offset()] on exist; they are in the buffer then.
    private boolean has(int count) {
        if (offset + count > limit) {
            return false;
        }
        if (offset < bufferOffset || offset + count > bufferOffset + buffer.limit()) {
            if (count > buffer.capacity()) {
                buffer = allocate(count);
            }
            bufferOffset = offset;
            buffer.clear().limit((int) Math.min(buffer.capacity(), limit - offset));
            int read = disk.read(file, offset, buffer);
            buffer.position(0).limit(read);
        }
        return offset + count <= bufferOffset + buffer.limit();
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
