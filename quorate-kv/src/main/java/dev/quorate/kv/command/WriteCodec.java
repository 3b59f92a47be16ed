package dev.quorate.kv.command;

import dev.quorate.kv.command.KvWrite.Answer;
import dev.quorate.kv.command.KvWrite.Append;
import dev.quorate.kv.command.KvWrite.Bound;
import dev.quorate.kv.command.KvWrite.Condition;
import dev.quorate.kv.command.KvWrite.Delete;
import dev.quorate.kv.command.KvWrite.Expire;
import dev.quorate.kv.command.KvWrite.GetAndExpire;
import dev.quorate.kv.command.KvWrite.Increment;
import dev.quorate.kv.command.KvWrite.Persist;
import dev.quorate.kv.command.KvWrite.SetMany;
import dev.quorate.kv.command.KvWrite.TakeOut;
import dev.quorate.types.Bytes;
import java.util.List;

/// Writes as bytes: a version, an opcode, then the fields in the order of the record.
///
/// The bytes are in every log, so numbers are never reused.
public final class WriteCodec {
    private static final int VERSION = 1;
    private static final int SET = 1;
    private static final int DELETE = 2;
    private static final int INCREMENT = 3;
    private static final int APPEND = 4;
    private static final int SET_MANY = 5;
    private static final int TAKE_OUT = 6;
    private static final int GET_AND_EXPIRE = 7;
    private static final int EXPIRE = 8;
    private static final int PERSIST = 9;

    // in the order of their numbers: append only
    private static final List<Condition> CONDITIONS =
            List.of(Condition.ALWAYS, Condition.IF_ABSENT, Condition.IF_PRESENT);
    private static final List<Answer> ANSWERS = List.of(Answer.OK, Answer.OLD, Answer.NUMBER);
    private static final List<Bound> BOUNDS = List.of(Bound.ANY, Bound.LATER, Bound.EARLIER);

    private WriteCodec() {}

    /// The bytes of a write.
    public static Bytes encode(KvWrite write) {
        FieldWriter out = new FieldWriter().u8(VERSION);
        switch (write) {
            case KvWrite.Set(
                            Bytes key,
                            Bytes value,
                            Condition condition,
                            Answer answer,
                            Expiry e) -> {
                out.u8(SET).bytes(key).bytes(value);
                out.choice(CONDITIONS, condition).choice(ANSWERS, answer);
                expiry(e, out);
            }
            case Delete(List<Bytes> keys) -> out.u8(DELETE).list(keys);
            case Increment(Bytes key, long delta) -> out.u8(INCREMENT).bytes(key).i64(delta);
            case Append(Bytes key, Bytes suffix, int max) ->
                    out.u8(APPEND).bytes(key).bytes(suffix).i32(max);
            case SetMany(List<Bytes> keysAndValues, Condition condition) ->
                    out.u8(SET_MANY).list(keysAndValues).choice(CONDITIONS, condition);
            case TakeOut(Bytes key) -> out.u8(TAKE_OUT).bytes(key);
            case GetAndExpire(Bytes key, Expiry e) -> {
                out.u8(GET_AND_EXPIRE).bytes(key);
                expiry(e, out);
            }
            case Expire(
                            Bytes key,
                            Expiry e,
                            boolean onlyIfNone,
                            boolean onlyIfSome,
                            Bound bound) -> {
                out.u8(EXPIRE).bytes(key);
                expiry(e, out);
                out.u8(onlyIfNone ? 1 : 0).u8(onlyIfSome ? 1 : 0).choice(BOUNDS, bound);
            }
            case Persist(Bytes key) -> out.u8(PERSIST).bytes(key);
        }
        return out.finish();
    }

    /// The write that the bytes say.
    ///
    /// @throws MalformedException if they are not exactly one write of a known version
    public static KvWrite decode(Bytes encoded) throws MalformedException {
        FieldReader in = new FieldReader(encoded);
        int version = in.u8();
        if (version != VERSION) {
            throw new MalformedException("write of version " + version);
        }
        KvWrite write = body(in);
        in.end();
        return write;
    }

    private static KvWrite body(FieldReader in) throws MalformedException {
        int opcode = in.u8();
        return switch (opcode) {
            case SET ->
                    new KvWrite.Set(
                            in.bytes(),
                            in.bytes(),
                            in.choice(CONDITIONS),
                            in.choice(ANSWERS),
                            expiry(in));
            case DELETE -> new Delete(in.list());
            case INCREMENT -> new Increment(in.bytes(), in.i64());
            case APPEND -> new Append(in.bytes(), in.bytes(), in.i32());
            case SET_MANY -> {
                List<Bytes> keysAndValues = in.list();
                if (keysAndValues.isEmpty() || keysAndValues.size() % 2 != 0) {
                    throw new MalformedException(keysAndValues.size() + " keys and values");
                }
                yield new SetMany(keysAndValues, in.choice(CONDITIONS));
            }
            case TAKE_OUT -> new TakeOut(in.bytes());
            case GET_AND_EXPIRE -> new GetAndExpire(in.bytes(), expiry(in));
            case EXPIRE ->
                    new Expire(
                            in.bytes(),
                            expiry(in),
                            in.below(2) == 1,
                            in.below(2) == 1,
                            in.choice(BOUNDS));
            case PERSIST -> new Persist(in.bytes());
            default -> throw new MalformedException("write with opcode " + opcode);
        };
    }

    private static void expiry(Expiry expiry, FieldWriter out) {
        switch (expiry) {
            case Expiry.Never() -> out.u8(0);
            case Expiry.Keep() -> out.u8(1);
            case Expiry.After(long micros) -> out.u8(2).i64(micros);
            case Expiry.At(long micros) -> out.u8(3).i64(micros);
        }
    }

    private static Expiry expiry(FieldReader in) throws MalformedException {
        int kind = in.below(4);
        if (kind < 2) {
            return kind == 0 ? new Expiry.Never() : new Expiry.Keep();
        }
        long micros = in.i64();
        if (micros > Expiry.LAST_MICROS || micros < -Expiry.LAST_MICROS) {
            throw new MalformedException("expiry out of range: " + micros);
        }
        return kind == 2 ? new Expiry.After(micros) : new Expiry.At(micros);
    }
}
