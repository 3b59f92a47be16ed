package dev.quorate.storage;

import dev.quorate.raft.Entry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// Reads old entries back from the segments, checking each again.
final class LogReader {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Disk disk;
    private final SegmentTable segments;
    private final CRC32C crc = new CRC32C();
    private ByteBuffer buffer = allocate(BUFFER_BYTES);

    LogReader(Disk disk, SegmentTable segments) {
        this.disk = disk;
        this.segments = segments;
    }

    List<Entry> read(ReplicaLog log, long fromIndex, int bytesMax) {
        List<Entry> entries = new ArrayList<>();
        long bytesLeft = bytesMax;
        long index = fromIndex;
        while (log.entries().at(index) != IndexWindow.MISSING) {
            int runBytes = run(log.entries(), index, entries.isEmpty(), bytesLeft);
            if (runBytes == 0) {
                break;
            }
            index = decodeRun(log, index, runBytes, entries);
            bytesLeft -= runBytes;
        }
        return List.copyOf(entries);
    }

    /// Bytes of the records from `index` on that lie one behind the other and can be read at once.
    private int run(IndexWindow locations, long index, boolean atLeastOne, long bytesMax) {
        long location = locations.at(index);
        int length = Location.length(location);
        if (!atLeastOne && length > bytesMax) {
            return 0;
        }
        int runBytes = length;
        long max = Math.min(bytesMax, BUFFER_BYTES);
        Segment segment = segments.of(location);
        long end = Location.offset(location) + length;
        for (long next = index + 1; ; next++) {
            long following = locations.at(next);
            if (following == IndexWindow.MISSING
                    || segments.of(following) != segment
                    || Location.offset(following) != end
                    || runBytes + Location.length(following) > max) {
                return runBytes;
            }
            runBytes += Location.length(following);
            end += Location.length(following);
        }
    }

    private long decodeRun(ReplicaLog log, long fromIndex, int runBytes, List<Entry> into) {
        if (runBytes > buffer.capacity()) {
            buffer = allocate(runBytes);
        }
        long location = log.entries().at(fromIndex);
        Segment segment = segments.of(location);
        buffer.clear().limit(runBytes);
        int read = disk.read(segment.file(), Location.offset(location), buffer);
        buffer.clear();
        long index = fromIndex;
        int at = 0;
        while (at < runBytes) {
            int length = Location.length(log.entries().at(index));
            if (read < at + length || !isEntry(at, length, segment, log, index)) {
                throw SegmentChain.damaged(
                        disk,
                        segment.header(),
                        Location.offset(location) + at,
                        "%s: entry %d was sound and is not any more".formatted(log.group(), index));
            }
            into.add(RecordDecoder.entry(buffer, at));
            at += length;
            index++;
        }
        return index;
    }

    private boolean isEntry(int at, int length, Segment segment, ReplicaLog log, long index) {
        byte type = buffer.get(at + RecordFormat.TYPE_AT);
        int stored = buffer.getInt(at + RecordFormat.CRC_AT);
        return RecordFormat.announcedBytes(buffer, at) == length
                && stored == RecordFormat.crc(buffer, at, length, segment.seed(), crc)
                && (type == RecordFormat.ENTRY || type == RecordFormat.COPIED_ENTRY)
                && buffer.getLong(at + RecordFormat.GROUP_AT) == log.group().value()
                && buffer.getLong(at + RecordFormat.HEADER_BYTES + 8) == index;
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
