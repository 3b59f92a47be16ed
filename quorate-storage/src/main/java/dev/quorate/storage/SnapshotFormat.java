package dev.quorate.storage;

import dev.quorate.types.GroupId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// The bytes of a file with a snapshot, as `docs/formats/snapshot.md` lays them out: a header, then
/// the content in chunks of one length, each with its own checksum; only the last one may be
/// shorter.
final class SnapshotFormat {
    /// Content bytes of a chunk.
    static final int CHUNK_BYTES = 1 << 16;

    static final int FRAME_BYTES = 8;
    static final int HEADER_BYTES = 24;

    /// "QUORSNAP", read as a little-endian number.
    static final long MAGIC = 0x50414E53524F5551L;

    static final int VERSION = 1;
    private static final int CRC_AT = 12;

    private SnapshotFormat() {}

    static ByteBuffer header(GroupId group) {
        ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putInt(VERSION).putInt(0).putLong(group.value()).flip();
        return out.putInt(CRC_AT, crc(out, new CRC32C()));
    }

    static boolean isHeader(ByteBuffer in, GroupId group) {
        return in.remaining() == HEADER_BYTES && in.equals(header(group));
    }

    /// Where in the file a chunk begins.
    static long positionOf(long chunk) {
        return HEADER_BYTES + chunk * (CHUNK_BYTES + FRAME_BYTES);
    }

    /// Size of a file whose content has `bytes`.
    static long fileBytes(long bytes) {
        long chunks = (bytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
        return HEADER_BYTES + chunks * FRAME_BYTES + bytes;
    }

    /// Room for a chunk with its frame.
    static ByteBuffer frame() {
        return ByteBuffer.allocate(CHUNK_BYTES + FRAME_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Completes a frame whose content is in place: from [#FRAME_BYTES] to the buffer's position.
    /// The buffer is left ready to be written.
    static void seal(ByteBuffer frame, long chunk, CRC32C crc) {
        int length = frame.position() - FRAME_BYTES;
        frame.flip().putInt(0, length);
        frame.putInt(4, checksum(frame, chunk, length, crc));
    }

    /// Length of the content of the frame that was read; `-1` if it is not sound.
    static int soundBytes(ByteBuffer frame, long chunk, CRC32C crc) {
        if (frame.remaining() <= FRAME_BYTES) {
            return -1;
        }
        int length = frame.getInt(0);
        boolean fits = length > 0 && length <= frame.remaining() - FRAME_BYTES;
        return fits && frame.getInt(4) == checksum(frame, chunk, length, crc) ? length : -1;
    }

    /// Over chunk number, length and content: a chunk in another's place does not pass.
    private static int checksum(ByteBuffer frame, long chunk, int length, CRC32C crc) {
        ByteBuffer seed = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        crc.reset();
        crc.update(seed.putLong(chunk).putInt(length).flip());
        crc.update(frame.slice(FRAME_BYTES, length));
        return (int) crc.getValue();
    }

    private static int crc(ByteBuffer header, CRC32C crc) {
        crc.update(header.duplicate());
        return (int) crc.getValue();
    }
}
