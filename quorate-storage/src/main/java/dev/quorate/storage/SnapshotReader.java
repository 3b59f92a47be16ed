package dev.quorate.storage;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// Reads the content of a stored snapshot, checking each chunk. Used by one thread; holds one chunk
/// in memory, and nothing that must be closed.
public final class SnapshotReader {
    private final Disk disk;
    private final String file;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer frame = SnapshotFormat.frame();
    private long loaded = -1;
    private int loadedBytes;
    private final long sizeBytes;
    private long offset;

    SnapshotReader(Disk disk, String file, long sizeBytes, long offset) {
        if (offset < 0 || offset > sizeBytes) {
            throw new IllegalArgumentException(
                    "offset %d in a snapshot of %d bytes".formatted(offset, sizeBytes));
        }
        this.disk = disk;
        this.file = file;
        this.sizeBytes = sizeBytes;
        this.offset = offset;
    }

    /// Where the next byte comes from.
    public long offset() {
        return offset;
    }

    /// Length of the whole content.
    public long sizeBytes() {
        return sizeBytes;
    }

    /// Reads at most `length` bytes.
    ///
    /// @return how many were read; `-1` at the end
    /// @throws SnapshotUnavailable if it was dropped meanwhile, or a chunk is damaged or missing
    public int read(byte[] into, int from, int length) {
        if (offset == sizeBytes) {
            return -1;
        }
        long chunk = offset / SnapshotFormat.CHUNK_BYTES;
        if (chunk != loaded) {
            load(chunk);
        }
        int at = (int) (offset % SnapshotFormat.CHUNK_BYTES);
        int part = (int) Math.min(Math.min(length, loadedBytes - at), sizeBytes - offset);
        frame.get(SnapshotFormat.FRAME_BYTES + at, into, from, part);
        offset += part;
        return part;
    }

    private void load(long chunk) {
        long position = SnapshotFormat.positionOf(chunk);
        frame.clear();
        try {
            disk.read(file, position, frame);
        } catch (Disk.StorageFailure failure) {
            if (disk.size(file) < 0) {
                throw new SnapshotUnavailable("the snapshot " + file + " was dropped");
            }
            throw failure;
        }
        int length = SnapshotFormat.soundBytes(frame.flip(), chunk, crc);
        if (length < Math.min(SnapshotFormat.CHUNK_BYTES, sizeBytes - offsetOf(chunk))) {
            throw new SnapshotUnavailable(
                    "the snapshot %s is damaged at offset %d".formatted(file, position));
        }
        loaded = chunk;
        loadedBytes = length;
    }

    private static long offsetOf(long chunk) {
        return chunk * SnapshotFormat.CHUNK_BYTES;
    }
}
