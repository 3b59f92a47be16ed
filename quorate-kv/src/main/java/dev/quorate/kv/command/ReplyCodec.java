package dev.quorate.kv.command;

import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;

/// Replies as bytes, on their way from the state machine to the front door.
public final class ReplyCodec {
    private static final int NIL = 0;
    private static final int SIMPLE = 1;
    private static final int ERROR = 2;
    private static final int NUMBER = 3;
    private static final int BULK = 4;
    private static final int SEQUENCE = 5;
    private static final int DICTIONARY = 6;
    private static final int DEPTH_MAX = 8;

    private ReplyCodec() {}

    /// The bytes of a reply.
    public static Bytes encode(Reply reply) {
        FieldWriter out = new FieldWriter();
        write(reply, out);
        return out.finish();
    }

    /// The reply that the bytes say.
    ///
    /// @throws MalformedException if they are not exactly one reply, or one nested absurdly deep
    public static Reply decode(Bytes encoded) throws MalformedException {
        FieldReader in = new FieldReader(encoded);
        Reply reply = read(in, 0);
        in.end();
        return reply;
    }

    private static void write(Reply reply, FieldWriter out) {
        switch (reply) {
            case Reply.Nil() -> out.u8(NIL);
            case Reply.Simple(String text) -> out.u8(SIMPLE).bytes(Bytes.utf8(text));
            case Reply.Failure(String text) -> out.u8(ERROR).bytes(Bytes.utf8(text));
            case Reply.Int(long value) -> out.u8(NUMBER).i64(value);
            case Reply.Bulk(Bytes value) -> out.u8(BULK).bytes(value);
            case Reply.Sequence(List<Reply> items) -> write(SEQUENCE, items, out);
            case Reply.Dictionary(List<Reply> items) -> write(DICTIONARY, items, out);
        }
    }

    private static void write(int kind, List<Reply> items, FieldWriter out) {
        out.u8(kind).i32(items.size());
        items.forEach(item -> write(item, out));
    }

    private static Reply read(FieldReader in, int depth) throws MalformedException {
        if (depth > DEPTH_MAX) {
            throw new MalformedException("reply nested deeper than " + DEPTH_MAX);
        }
        int kind = in.u8();
        return switch (kind) {
            case NIL -> Reply.NIL;
            case SIMPLE -> new Reply.Simple(in.bytes().toUtf8());
            case ERROR -> new Reply.Failure(in.bytes().toUtf8());
            case NUMBER -> new Reply.Int(in.i64());
            case BULK -> new Reply.Bulk(in.bytes());
            case SEQUENCE -> new Reply.Sequence(items(in, depth));
            case DICTIONARY -> {
                List<Reply> items = items(in, depth);
                if (items.size() % 2 != 0) {
                    throw new MalformedException("a name without a value");
                }
                yield new Reply.Dictionary(items);
            }
            default -> throw new MalformedException("reply of kind " + kind);
        };
    }

    private static List<Reply> items(FieldReader in, int depth) throws MalformedException {
        int count = in.count(1);
        List<Reply> items = new ArrayList<>(Math.min(count, 1024));
        for (int i = 0; i < count; i++) {
            items.add(read(in, depth + 1));
        }
        return items;
    }
}
