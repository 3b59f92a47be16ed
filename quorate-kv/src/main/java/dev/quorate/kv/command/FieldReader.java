package dev.quorate.kv.command;

import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Takes fields in the order in which [FieldWriter] put them; never reads or allocates beyond what
/// is there.
final class FieldReader {
    private static final int LENGTH_BYTES = 4;

    private final ByteBuffer in;

    FieldReader(Bytes source) {
        this.in = source.asBuffer();
    }

    int u8() throws MalformedException {
        need(1);
        return in.get() & 0xff;
    }

    int i32() throws MalformedException {
        need(Integer.BYTES);
        return in.getInt();
    }

    long i64() throws MalformedException {
        need(Long.BYTES);
        return in.getLong();
    }

    /// A number in `[0, bound)`.
    int below(int bound) throws MalformedException {
        int value = u8();
        if (value >= bound) {
            throw new MalformedException(
                    "byte " + value + " at " + (in.position() - 1) + " should be below " + bound);
        }
        return value;
    }

    <T> T choice(List<T> all) throws MalformedException {
        return all.get(below(all.size()));
    }

    Bytes bytes() throws MalformedException {
        int length = i32();
        need(length);
        return Bytes.read(in, length);
    }

    List<Bytes> list() throws MalformedException {
        int count = count(LENGTH_BYTES);
        List<Bytes> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(bytes());
        }
        return values;
    }

    /// A number of items that take at least `itemBytes` each.
    int count(int itemBytes) throws MalformedException {
        int count = i32();
        if (count < 0 || count > in.remaining() / itemBytes) {
            throw new MalformedException(count + " items in " + in.remaining() + " bytes");
        }
        return count;
    }

    void end() throws MalformedException {
        if (in.hasRemaining()) {
            throw new MalformedException(in.remaining() + " bytes too many");
        }
    }

    private void need(int length) throws MalformedException {
        if (length < 0 || length > in.remaining()) {
            throw new MalformedException(
                    "need " + length + " bytes at " + in.position() + ", have " + in.remaining());
        }
    }
}
