package dev.quorate.kv.command;

import dev.quorate.kv.command.KvQuery.Exists;
import dev.quorate.kv.command.KvQuery.ExpiryOf;
import dev.quorate.kv.command.KvQuery.Form;
import dev.quorate.kv.command.KvQuery.Get;
import dev.quorate.kv.command.KvQuery.GetMany;
import dev.quorate.kv.command.KvQuery.Length;
import dev.quorate.kv.command.KvQuery.Range;
import dev.quorate.kv.command.KvQuery.Size;
import dev.quorate.types.Bytes;
import java.util.List;

/// Queries as bytes: a version, an opcode, then the fields in the order of the record.
public final class QueryCodec {
    private static final int VERSION = 1;
    private static final int GET = 1;
    private static final int GET_MANY = 2;
    private static final int EXISTS = 3;
    private static final int LENGTH = 4;
    private static final int RANGE = 5;
    private static final int TYPE = 6;
    private static final int EXPIRY_OF = 7;
    private static final int SIZE = 8;

    /// In the order of their numbers: append only.
    private static final List<Form> FORMS =
            List.of(Form.SECONDS_LEFT, Form.MILLIS_LEFT, Form.AT_SECONDS, Form.AT_MILLIS);

    private QueryCodec() {}

    /// The bytes of a query.
    public static Bytes encode(KvQuery query) {
        FieldWriter out = new FieldWriter().u8(VERSION);
        switch (query) {
            case Get(Bytes key) -> out.u8(GET).bytes(key);
            case GetMany(List<Bytes> keys) -> out.u8(GET_MANY).list(keys);
            case Exists(List<Bytes> keys) -> out.u8(EXISTS).list(keys);
            case Length(Bytes key) -> out.u8(LENGTH).bytes(key);
            case Range(Bytes key, long first, long last) ->
                    out.u8(RANGE).bytes(key).i64(first).i64(last);
            case KvQuery.Type(Bytes key) -> out.u8(TYPE).bytes(key);
            case ExpiryOf(Bytes key, Form form) -> out.u8(EXPIRY_OF).bytes(key).choice(FORMS, form);
            case Size() -> out.u8(SIZE);
        }
        return out.finish();
    }

    /// The query that the bytes say.
    ///
    /// @throws MalformedException if they are not exactly one query of a known version
    public static KvQuery decode(Bytes encoded) throws MalformedException {
        FieldReader in = new FieldReader(encoded);
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException("query of version " + version);
        }
        int opcode = in.u8();
        KvQuery query =
                switch (opcode) {
                    case GET -> new Get(in.bytes());
                    case GET_MANY -> new GetMany(in.list());
                    case EXISTS -> new Exists(in.list());
                    case LENGTH -> new Length(in.bytes());
                    case RANGE -> new Range(in.bytes(), in.i64(), in.i64());
                    case TYPE -> new KvQuery.Type(in.bytes());
                    case EXPIRY_OF -> new ExpiryOf(in.bytes(), in.choice(FORMS));
                    case SIZE -> new Size();
                    default -> throw new MalformedException("query with opcode " + opcode);
                };
        in.end();
        return query;
    }
}
