package dev.quorate.storage;

import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32C;

/// Writes one snapshot as a stream of chunks, and knows the digest of what it wrote. Holds one
/// chunk in memory.
final class ChunkWriter {
    /// After so many chunks what was written is forced, so that a crash loses little of a fetch.
    private static final int CHUNKS_PER_FORCE = 256;

    private final Disk disk;
    private final String file;
    private final MessageDigest digest = sha256();
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer frame = SnapshotFormat.frame();
    private long chunk;

    private ChunkWriter(Disk disk, String file) {
        this.disk = disk;
        this.file = file;
        frame.position(SnapshotFormat.FRAME_BYTES);
    }

    /// Begins a file, replacing what was there.
    ///
    /// @throws Disk.DiskFull if there is no room
    static ChunkWriter begin(Disk disk, String file, GroupId group) {
        if (disk.size(file) >= 0) {
            disk.delete(file);
        }
        disk.extend(file, 0, SnapshotFormat.header(group));
        return new ChunkWriter(disk, file);
    }

    /// Goes on where an earlier life stopped: behind the last sound chunk.
    ///
    /// @throws Disk.DiskFull if there is no room to begin anew
    static ChunkWriter resume(Disk disk, String file, GroupId group) {
        ByteBuffer header = ByteBuffer.allocate(SnapshotFormat.HEADER_BYTES);
        if (disk.size(file) < 0) {
            return begin(disk, file, group);
        }
        disk.read(file, 0, header);
        if (!SnapshotFormat.isHeader(header.flip().order(ByteOrder.LITTLE_ENDIAN), group)) {
            return begin(disk, file, group);
        }
        ChunkWriter writer = new ChunkWriter(disk, file);
        writer.skipSound();
        return writer;
    }

    /// Content bytes so far.
    long bytes() {
        return chunk * SnapshotFormat.CHUNK_BYTES + frame.position() - SnapshotFormat.FRAME_BYTES;
    }

    /// @throws Disk.DiskFull if there is no room; of what was given, [#bytes()] tells what was
    ///   taken
    void write(byte[] content, int from, int length) {
        int at = from;
        int end = from + length;
        while (at < end) {
            if (!frame.hasRemaining()) {
                flush();
            }
            int part = Math.min(end - at, frame.remaining());
            frame.put(content, at, part);
            at += part;
        }
    }

    /// Writes and forces what is left.
    ///
    /// @return digest of the content
    /// @throws Disk.DiskFull if there is no room; may be tried again
    Bytes finish() {
        if (frame.position() > SnapshotFormat.FRAME_BYTES) {
            flush();
        }
        disk.force(file);
        return Bytes.wrap(digest.digest());
    }

    private void flush() {
        int length = frame.position() - SnapshotFormat.FRAME_BYTES;
        SnapshotFormat.seal(frame, chunk, crc);
        try {
            disk.extend(file, SnapshotFormat.positionOf(chunk), frame);
        } catch (Disk.DiskFull full) {
            frame.clear().position(SnapshotFormat.FRAME_BYTES + length);
            throw full;
        }
        digest.update(frame.slice(SnapshotFormat.FRAME_BYTES, length));
        frame.clear().position(SnapshotFormat.FRAME_BYTES);
        if (++chunk % CHUNKS_PER_FORCE == 0) {
            disk.force(file);
        }
    }

    private void skipSound() {
        while (true) {
            frame.clear();
            disk.read(file, SnapshotFormat.positionOf(chunk), frame);
            int length = SnapshotFormat.soundBytes(frame.flip(), chunk, crc);
            frame.limit(frame.capacity()).position(SnapshotFormat.FRAME_BYTES);
            if (length < SnapshotFormat.CHUNK_BYTES) {
                // a short chunk is taken up again: what follows goes into it
                frame.position(SnapshotFormat.FRAME_BYTES + Math.max(0, length));
                return;
            }
            digest.update(frame.slice(SnapshotFormat.FRAME_BYTES, length));
            chunk++;
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
