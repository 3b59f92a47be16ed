package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataFormatException.Problem.MALFORMED;
import static dev.quorate.metadata.MetadataFormatException.Problem.UNKNOWN_KIND;

import dev.quorate.types.Bytes;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Reads what [FieldWriter] wrote, and nothing else: one message has exactly one encoding, so what
/// decodes would encode to the same bytes again. Allocates in proportion to the bytes that are
/// there, whatever lengths they claim.
final class FieldReader {
    private final String what;
    private final TreeMap<Integer, ByteBuffer> fields = new TreeMap<>();

    /// @param what names the message in failures
    FieldReader(String what, ByteBuffer from) {
        this.what = what;
        ByteBuffer rest = from.slice().order(ByteOrder.LITTLE_ENDIAN);
        int last = 0;
        while (rest.hasRemaining()) {
            int tag = rest.get() & 0xff;
            if (tag <= last) {
                throw malformed("field " + tag + " follows field " + last);
            }
            ByteBuffer content = part(rest);
            if (!content.hasRemaining()) {
                throw malformed("field " + tag + " is empty instead of absent");
            }
            fields.put(tag, content);
            last = tag;
        }
    }

    long number(int tag) {
        ByteBuffer content = fields.remove(tag);
        if (content == null) {
            return 0;
        }
        if (content.remaining() != 8) {
            throw malformed("the number in field " + tag + " has not 8 bytes");
        }
        long value = content.getLong();
        if (value == 0) {
            throw malformed("field " + tag + " is zero instead of absent");
        }
        return value;
    }

    /// A number that fits an `int` and is not negative.
    int count(int tag) {
        long value = number(tag);
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw malformed("field " + tag + " is out of range: " + value);
        }
        return (int) value;
    }

    /// A number that is 1 or absent.
    boolean flag(int tag) {
        long value = number(tag);
        if (value != 0 && value != 1) {
            throw malformed("field " + tag + " is neither yes nor no: " + value);
        }
        return value == 1;
    }

    NodeId node(int tag) {
        return new NodeId(number(tag));
    }

    @Nullable NodeId optionalNode(int tag) {
        long value = number(tag);
        return value == 0 ? null : new NodeId(value);
    }

    String text(int tag) {
        ByteBuffer content = fields.remove(tag);
        return content == null ? "" : utf8(content);
    }

    Bytes bytes(int tag) {
        ByteBuffer content = fields.remove(tag);
        return content == null ? Bytes.EMPTY : Bytes.read(content, content.remaining());
    }

    /// The content of a field whose message is read by another reader; empty when absent.
    ByteBuffer message(int tag) {
        ByteBuffer content = fields.remove(tag);
        return content == null ? ByteBuffer.allocate(0) : content;
    }

    List<ByteBuffer> sequence(int tag) {
        List<ByteBuffer> parts = new ArrayList<>();
        ByteBuffer content = message(tag);
        while (content.hasRemaining()) {
            parts.add(part(content));
        }
        return parts;
    }

    long[] numbers(int tag) {
        ByteBuffer content = message(tag);
        if (content.remaining() % 8 != 0) {
            throw malformed("the numbers in field " + tag + " have not 8 bytes each");
        }
        long[] values = new long[content.remaining() / 8];
        for (int i = 0; i < values.length; i++) {
            values[i] = content.order(ByteOrder.LITTLE_ENDIAN).getLong();
        }
        return values;
    }

    List<Member> members(int tag) {
        long[] values = numbers(tag);
        if (values.length % 2 != 0) {
            throw malformed("field " + tag + " ends within a member");
        }
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < values.length; i += 2) {
            members.add(new Member(new NodeId(values[i]), new ReplicaId(values[i + 1])));
        }
        return members;
    }

    SortedMap<String, String> texts(int tag) {
        List<ByteBuffer> parts = sequence(tag);
        if (parts.size() % 2 != 0) {
            throw malformed("field " + tag + " has a key without a value");
        }
        TreeMap<String, String> texts = new TreeMap<>();
        for (int i = 0; i < parts.size(); i += 2) {
            String key = utf8(parts.get(i));
            if (!texts.isEmpty() && texts.lastKey().compareTo(key) >= 0) {
                throw malformed("the keys in field " + tag + " do not ascend");
            }
            texts.put(key, utf8(parts.get(i + 1)));
        }
        return texts;
    }

    /// The fields that nobody has asked for.
    UnknownFields unknown() {
        if (fields.isEmpty()) {
            return UnknownFields.NONE;
        }
        List<UnknownFields.Field> rest = new ArrayList<>();
        fields.forEach((tag, content) ->
                rest.add(
                        new UnknownFields.Field(
                                tag, Bytes.read(content.slice(), content.remaining()))));
        return new UnknownFields(rest);
    }

    /// A part of the state that cannot be read cannot be applied to either.
    void requireAllKnown() {
        if (!fields.isEmpty()) {
            throw new MetadataFormatException(
                    UNKNOWN_KIND,
                    what
                            + ": part "
                            + fields.firstKey()
                            + " of the state is not known to this build");
        }
    }

    MetadataFormatException unknownKind(String sentence) {
        return new MetadataFormatException(
                UNKNOWN_KIND, what + ": " + sentence + " is not known to this build");
    }

    MetadataFormatException malformed(String sentence) {
        return new MetadataFormatException(MALFORMED, what + ": " + sentence);
    }

    private ByteBuffer part(ByteBuffer from) {
        if (from.remaining() < 4) {
            throw malformed("the bytes end within a length");
        }
        int length = from.getInt();
        if (length < 0 || length > from.remaining()) {
            throw malformed(
                    "a length of "
                            + Integer.toUnsignedString(length)
                            + " with only "
                            + from.remaining()
                            + " bytes left");
        }
        ByteBuffer content = from.slice(from.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        from.position(from.position() + length);
        return content;
    }

    private String utf8(ByteBuffer content) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(content.slice()).toString();
        } catch (CharacterCodingException e) {
            throw malformed("a text is not UTF-8");
        }
    }
}
