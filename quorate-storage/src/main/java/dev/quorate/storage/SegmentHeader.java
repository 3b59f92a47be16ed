package dev.quorate.storage;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The first bytes of a segment: whose it is, and where the segment before it ends.
///
/// A header is forced before its segment gets its name, after everything in older segments was
/// forced. So only the newest segment can have a torn tail.
///
/// @param sequence of this segment; strictly positive, never used twice
/// @param previousSequence the segment before it; 0 when there is none
/// @param previousEnd where the records of that segment end, in bytes
/// @param oldestSequence the oldest segment that is needed; older ones are dead
record SegmentHeader(
        ClusterId cluster,
        NodeId node,
        long sequence,
        long previousSequence,
        long previousEnd,
        long oldestSequence) {
    /// "QUORJRNL", read as a little-endian number.
    static final long MAGIC = 0x4C4E524A524F5551L;

    static final int VERSION = 2;
    private static final int CRC_AT = 12;

    /// The header in bytes, ready to be written.
    ByteBuffer encode() {
        ByteBuffer out = ByteBuffer.allocate(Segment.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putInt(VERSION).putInt(0);
        out.putLong(cluster.high()).putLong(cluster.low()).putLong(node.value());
        out.putLong(sequence).putLong(previousSequence).putLong(previousEnd);
        out.putLong(oldestSequence);
        out.putInt(CRC_AT, crc(out.array()));
        return out.flip();
    }

    /// Reads a header; null if the bytes are none.
    static @Nullable SegmentHeader decode(ByteBuffer in) {
        if (in.remaining() != Segment.HEADER_BYTES) {
            return null;
        }
        byte[] bytes = new byte[Segment.HEADER_BYTES];
        in.get(in.position(), bytes);
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int stored = header.getInt(CRC_AT);
        header.putInt(CRC_AT, 0);
        if (stored != crc(bytes) || header.getLong(0) != MAGIC || header.getLong(32) <= 0) {
            return null;
        }
        if (header.getInt(8) != VERSION) {
            throw new Disk.StorageFailure(
                    "the journal has format version %d, this program reads version %d"
                            .formatted(header.getInt(8), VERSION));
        }
        return new SegmentHeader(
                new ClusterId(header.getLong(16), header.getLong(24)),
                new NodeId(header.getLong(32)),
                header.getLong(40),
                header.getLong(48),
                header.getLong(56),
                header.getLong(64));
    }

    /// What the checksums of the segment's records are seeded with.
    int seed() {
        ByteBuffer seed = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        seed.putLong(cluster.high()).putLong(cluster.low());
        seed.putLong(node.value()).putLong(sequence);
        return crc(seed.array());
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
