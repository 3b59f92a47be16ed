package dev.quorate.kv.state;

import dev.quorate.api.StateMachine.SnapshotReader;
import dev.quorate.api.StateMachine.SnapshotWriter;
import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The content of a snapshot: a group's rows in order, each without its group and generation.
///
/// ```text
/// magic:4 "QKVS"  version:1
/// keyLength:4  valueLength:4  key  value     as often as there are rows; keyLength is at least 1
/// 0:4  rows:8  crc32c:4                      the checksum covers everything before it
/// ```
///
/// Numbers are little-endian. Nothing but one row and a buffer is ever on the heap.
final class SnapshotRows {
    private static final int MAGIC = 0x53564b51;
    private static final byte VERSION = 1;
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int LENGTHS_BYTES = 8;
    private static final int END_BYTES = 12;

    /// More than any row of ours: a longer one is not read but refused.
    private static final int ROW_BYTES_MAX = 128 << 20;

    private SnapshotRows() {}

    /// Writes rows.
    static final class Writing {
        private final SnapshotWriter out;
        private final CRC32C checksum = new CRC32C();
        private final ByteBuffer buffer =
                ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        private long rows;

        Writing(SnapshotWriter out) {
            this.out = out;
            buffer.putInt(MAGIC).put(VERSION);
        }

        void row(Bytes key, Bytes value) {
            room(LENGTHS_BYTES);
            buffer.putInt(key.length()).putInt(value.length());
            put(key);
            put(value);
            rows++;
        }

        void end() {
            room(Integer.BYTES + END_BYTES);
            buffer.putInt(0).putLong(rows);
            checksum.update(buffer.array(), 0, buffer.position());
            buffer.putInt((int) checksum.getValue());
            out.write(buffer.array(), 0, buffer.position());
            buffer.clear();
        }

        private void put(Bytes bytes) {
            ByteBuffer content = bytes.asBuffer();
            while (content.hasRemaining()) {
                room(1);
                int length = Math.min(content.remaining(), buffer.remaining());
                buffer.put(content.slice(content.position(), length));
                content.position(content.position() + length);
            }
        }

        private void room(int bytes) {
            if (buffer.remaining() < bytes) {
                checksum.update(buffer.array(), 0, buffer.position());
                out.write(buffer.array(), 0, buffer.position());
                buffer.clear();
            }
        }
    }

    /// Reads rows.
    static final class Reading {
        private final SnapshotReader in;
        private final CRC32C checksum = new CRC32C();
        private final byte[] piece = new byte[BUFFER_BYTES];
        private int at;
        private int end;
        private long rows;

        /// @throws IllegalStateException if it is no snapshot of this version
        Reading(SnapshotReader in) {
            this.in = in;
            ByteBuffer header = numbers(Integer.BYTES + 1);
            if (header.getInt() != MAGIC || header.get() != VERSION) {
                throw new IllegalStateException("not a key-value snapshot of this version");
            }
        }

        /// One row.
        record Row(Bytes key, Bytes value) {}

        /// The next row; null after the last, when all were found sound.
        ///
        /// @throws IllegalStateException if the content is damaged
        @Nullable Row next() {
            int keyLength = numbers(Integer.BYTES).getInt();
            if (keyLength == 0) {
                end();
                return null;
            }
            int valueLength = numbers(Integer.BYTES).getInt();
            if (keyLength < 0
                    || valueLength < 0
                    || keyLength > ROW_BYTES_MAX
                    || valueLength > ROW_BYTES_MAX) {
                throw new IllegalStateException(
                        "a row of %d + %d bytes".formatted(keyLength, valueLength));
            }
            rows++;
            return new Row(Bytes.wrap(read(keyLength)), Bytes.wrap(read(valueLength)));
        }

        private void end() {
            if (numbers(Long.BYTES).getLong() != rows) {
                throw new IllegalStateException("rows are missing");
            }
            int expected = (int) checksum.getValue();
            if (numbers(Integer.BYTES).getInt() != expected) {
                throw new IllegalStateException("the snapshot's checksum is wrong");
            }
        }

        private ByteBuffer numbers(int length) {
            return ByteBuffer.wrap(read(length)).order(ByteOrder.LITTLE_ENDIAN);
        }

        private byte[] read(int length) {
            // what a damaged length claims is not allocated before the bytes are there
            byte[] bytes = new byte[Math.min(length, BUFFER_BYTES)];
            int got = 0;
            while (got < length) {
                if (at == end) {
                    fill();
                }
                if (got == bytes.length) {
                    bytes = Arrays.copyOf(bytes, Math.min(length, 2 * got));
                }
                int part = Math.min(bytes.length - got, end - at);
                System.arraycopy(piece, at, bytes, got, part);
                at += part;
                got += part;
            }
            checksum.update(bytes);
            return bytes;
        }

        private void fill() {
            at = 0;
            end = Math.max(0, in.read(piece, 0, piece.length));
            if (end == 0) {
                throw new IllegalStateException("the snapshot ends early");
            }
        }
    }
}
