package dev.quorate.kv.command;

import dev.quorate.types.Bytes;
import java.io.ByteArrayOutputStream;
import java.util.List;

/// Puts fields one after the other, big-endian, lengths before contents.
final class FieldWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(64);

    FieldWriter u8(int value) {
        out.write(value);
        return this;
    }

    FieldWriter i32(int value) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.write(value >>> shift);
        }
        return this;
    }

    FieldWriter i64(long value) {
        return i32((int) (value >>> 32)).i32((int) value);
    }

    FieldWriter bytes(Bytes value) {
        i32(value.length());
        out.writeBytes(value.toByteArray());
        return this;
    }

    FieldWriter list(List<Bytes> values) {
        i32(values.size());
        values.forEach(this::bytes);
        return this;
    }

    /// One of a fixed list, as its position there.
    <T> FieldWriter choice(List<T> all, T chosen) {
        return u8(all.indexOf(chosen));
    }

    Bytes finish() {
        return Bytes.wrap(out.toByteArray());
    }
}
