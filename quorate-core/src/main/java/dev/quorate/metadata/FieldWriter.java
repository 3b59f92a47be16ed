package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Collects the tagged fields of one message and writes them by ascending tag: `tag u8, length u32,
/// content`, little-endian. A field that is zero or empty is left out, so equal messages have equal
/// bytes, whichever build wrote them.
final class FieldWriter {
    static final int HEADER_LENGTH = 5;

    private final TreeMap<Integer, byte[]> fields = new TreeMap<>();

    FieldWriter number(int tag, long value) {
        byte[] content = new byte[value == 0 ? 0 : 8];
        if (value != 0) {
            littleEndian(content).putLong(value);
        }
        return put(tag, content);
    }

    FieldWriter flag(int tag, boolean value) {
        return number(tag, value ? 1 : 0);
    }

    FieldWriter optionalNode(int tag, @Nullable NodeId node) {
        return number(tag, node == null ? 0 : node.value());
    }

    FieldWriter text(int tag, String value) {
        return put(tag, value.getBytes(StandardCharsets.UTF_8));
    }

    FieldWriter bytes(int tag, Bytes value) {
        return put(tag, value.toByteArray());
    }

    FieldWriter message(int tag, FieldWriter message) {
        return put(tag, message.toByteArray());
    }

    /// A sequence of byte runs, each after its length.
    FieldWriter sequence(int tag, List<byte[]> parts) {
        int length = 0;
        for (byte[] part : parts) {
            length = Math.addExact(length, 4 + part.length);
        }
        byte[] content = new byte[length];
        ByteBuffer to = littleEndian(content);
        for (byte[] part : parts) {
            to.putInt(part.length).put(part);
        }
        return put(tag, content);
    }

    /// Numbers one after another.
    FieldWriter numbers(int tag, long[] values) {
        byte[] content = new byte[Math.multiplyExact(8, values.length)];
        ByteBuffer to = littleEndian(content);
        for (long value : values) {
            to.putLong(value);
        }
        return put(tag, content);
    }

    FieldWriter members(int tag, List<Member> members) {
        long[] values = new long[2 * members.size()];
        for (int i = 0; i < members.size(); i++) {
            values[2 * i] = members.get(i).node().value();
            values[2 * i + 1] = members.get(i).replica().value();
        }
        return numbers(tag, values);
    }

    FieldWriter texts(int tag, SortedMap<String, String> texts) {
        List<byte[]> parts = new ArrayList<>();
        texts.forEach((key, value) -> {
            parts.add(key.getBytes(StandardCharsets.UTF_8));
            parts.add(value.getBytes(StandardCharsets.UTF_8));
        });
        return sequence(tag, parts);
    }

    FieldWriter unknown(UnknownFields unknown) {
        for (UnknownFields.Field field : unknown.fields()) {
            if (fields.put(field.tag(), field.content().toByteArray()) != null) {
                throw new IllegalArgumentException(
                        "field " + field.tag() + " is known here and cannot be kept as unknown");
            }
        }
        return this;
    }

    byte[] toByteArray() {
        int length = 0;
        for (byte[] content : fields.values()) {
            length = Math.addExact(length, HEADER_LENGTH + content.length);
        }
        byte[] message = new byte[length];
        ByteBuffer to = littleEndian(message);
        for (Map.Entry<Integer, byte[]> field : fields.entrySet()) {
            byte[] content = field.getValue();
            to.put((byte) (int) field.getKey()).putInt(content.length).put(content);
        }
        return message;
    }

    /// A buffer that writes into `target`.
    static ByteBuffer littleEndian(byte[] target) {
        return ByteBuffer.wrap(target).order(ByteOrder.LITTLE_ENDIAN);
    }

    private FieldWriter put(int tag, byte[] content) {
        if (content.length > 0) {
            fields.put(tag, content);
        }
        return this;
    }
}
