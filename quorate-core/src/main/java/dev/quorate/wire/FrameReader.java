package dev.quorate.wire;

import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Reads a frame's fields and refuses what cannot be: never past its end, never a length that the
/// frame does not hold, so nothing is allocated beyond what was received.
final class FrameReader {
    private final ByteBuffer frame;

    FrameReader(ByteBuffer frame) {
        this.frame = frame.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    int remaining() {
        return frame.remaining();
    }

    int u8(String field) {
        need(1, field);
        return frame.get() & 0xff;
    }

    int count(String field, int bytesEachMin) {
        need(4, field);
        int count = frame.getInt();
        if (count < 0 || count > frame.remaining() / bytesEachMin) {
            throw new MalformedFrame(
                    field + " of " + Integer.toUnsignedString(count) + " does not fit the frame");
        }
        return count;
    }

    /// Any 64-bit number.
    long i64(String field) {
        need(8, field);
        return frame.getLong();
    }

    /// A 64-bit number that cannot be negative.
    long u63(String field) {
        long value = i64(field);
        if (value < 0) {
            throw new MalformedFrame(field + " is negative: " + value);
        }
        return value;
    }

    /// A 64-bit number above zero.
    long positive(String field) {
        long value = i64(field);
        if (value <= 0) {
            throw new MalformedFrame(field + " is not positive: " + value);
        }
        return value;
    }

    boolean flag(String field) {
        int value = u8(field);
        if (value > 1) {
            throw new MalformedFrame(field + " is neither 0 nor 1: " + value);
        }
        return value == 1;
    }

    LogPosition position(String field) {
        return new LogPosition(u63(field), u63(field));
    }

    Bytes bytes(String field) {
        return Bytes.read(frame, count(field, 1));
    }

    /// As many bytes as are expected.
    Bytes bytes(String field, int length) {
        need(length, field);
        return Bytes.read(frame, length);
    }

    void end() {
        if (frame.hasRemaining()) {
            throw new MalformedFrame(frame.remaining() + " bytes after the end of the message");
        }
    }

    private void need(int bytes, String field) {
        if (frame.remaining() < bytes) {
            throw new MalformedFrame("the frame ends before " + field);
        }
    }
}
