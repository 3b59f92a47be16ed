package dev.quorate.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// Remembers apart from the segments which one is the newest, and up to where it was forced when
/// the lane last fell asleep: so that the loss of a whole file, or of its end, is seen. Two places
/// are written in turn: one of them is always whole.
final class Anchor {
    static final String FILE = "anchor";

    /// "QUORANCH", read as a little-endian number.
    private static final long MAGIC = 0x48434E41524F5551L;

    private static final int SLOT_BYTES = 512;
    private static final int FILE_BYTES = 2 * SLOT_BYTES;
    private static final int CRC_AT = 32;
    private static final int CONTENT_BYTES = 40;

    private final Disk disk;
    private Statement latest;

    /// What is remembered.
    ///
    /// @param generation counts the statements
    /// @param sequence of the newest segment; 0 if nothing is known
    /// @param offset up to which it was forced, in bytes
    private record Statement(long generation, long sequence, long offset) {}

    private Anchor(Disk disk, Statement latest) {
        this.disk = disk;
        this.latest = latest;
    }

    /// Reads what an earlier life remembered.
    static Anchor open(Disk disk) {
        Statement latest = new Statement(0, 0, 0);
        if (disk.size(FILE) >= 0) {
            for (long at = 0; at < FILE_BYTES; at += SLOT_BYTES) {
                Statement statement = read(disk, at);
                latest = statement.generation > latest.generation ? statement : latest;
            }
        }
        return new Anchor(disk, latest);
    }

    /// The newest segment that was ever begun; 0 if nothing is known.
    long sequence() {
        return latest.sequence;
    }

    /// Up to where a segment is known to have been forced, in bytes.
    long forcedIn(long sequence) {
        return sequence == latest.sequence ? latest.offset : 0;
    }

    /// Creates the file if need be.
    ///
    /// @throws Disk.DiskFull if there is no room for it
    void provide() {
        if (disk.size(FILE) != FILE_BYTES) {
            disk.preallocate(FILE, FILE_BYTES);
            disk.forceNames();
        }
    }

    /// Remembers, durably, that a segment was forced up to an offset; if there was room for the
    /// file.
    void remember(long sequence, long offset) {
        if (disk.size(FILE) != FILE_BYTES) {
            return;
        }
        latest = new Statement(latest.generation + 1, sequence, offset);
        ByteBuffer slot = ByteBuffer.allocate(CONTENT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        slot.putLong(MAGIC).putLong(latest.generation).putLong(sequence).putLong(offset);
        slot.putInt(crc(slot)).putInt(0).flip();
        disk.write(FILE, latest.generation % 2 * SLOT_BYTES, slot);
        disk.force(FILE);
    }

    private static Statement read(Disk disk, long at) {
        ByteBuffer slot = ByteBuffer.allocate(CONTENT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        boolean sound =
                disk.read(FILE, at, slot) == CONTENT_BYTES
                        && slot.getLong(0) == MAGIC
                        && slot.getInt(CRC_AT) == crc(slot)
                        && slot.getLong(16) > 0;
        return sound
                ? new Statement(slot.getLong(8), slot.getLong(16), slot.getLong(24))
                : new Statement(0, 0, 0);
    }

    private static int crc(ByteBuffer slot) {
        CRC32C crc = new CRC32C();
        crc.update(slot.slice(0, CRC_AT));
        return (int) crc.getValue();
    }
}
