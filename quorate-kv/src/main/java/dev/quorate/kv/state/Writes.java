package dev.quorate.kv.state;

import dev.quorate.kv.command.Decimal;
import dev.quorate.kv.command.Expiry;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.KvWrite.Append;
import dev.quorate.kv.command.KvWrite.Condition;
import dev.quorate.kv.command.KvWrite.Delete;
import dev.quorate.kv.command.KvWrite.Expire;
import dev.quorate.kv.command.KvWrite.GetAndExpire;
import dev.quorate.kv.command.KvWrite.Increment;
import dev.quorate.kv.command.KvWrite.Persist;
import dev.quorate.kv.command.KvWrite.SetMany;
import dev.quorate.kv.command.KvWrite.TakeOut;
import dev.quorate.kv.command.Reply;
import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What each write does to the keys, and how Redis would answer it.
///
/// @see <a href="https://redis.io/docs/latest/commands/">Redis commands</a>
final class Writes {
    private final Keyspace keys;

    Writes(Keyspace keys) {
        this.keys = keys;
    }

    /// Carries out one write at the log time of its entry.
    Reply execute(KvWrite write, long stampMicros) {
        return switch (write) {
            case KvWrite.Set set -> set(set, stampMicros);
            case Delete(List<Bytes> doomed) -> delete(doomed, stampMicros);
            case Increment(Bytes key, long delta) -> increment(key, delta, stampMicros);
            case Append append -> append(append, stampMicros);
            case SetMany(List<Bytes> keysAndValues, Condition condition) ->
                    setMany(keysAndValues, condition, stampMicros);
            case TakeOut(Bytes key) -> takeOut(key, stampMicros);
            case GetAndExpire(Bytes key, Expiry expiry) -> getAndExpire(key, expiry, stampMicros);
            case Expire expire -> expire(expire, stampMicros);
            case Persist(Bytes key) -> persist(key, stampMicros);
        };
    }

    private Reply set(KvWrite.Set set, long now) {
        Cell old = keys.live(set.key(), now);
        boolean holds =
                switch (set.condition()) {
                    case ALWAYS -> true;
                    case IF_ABSENT -> old == null;
                    case IF_PRESENT -> old != null;
                };
        if (holds) {
            store(set.key(), set.value(), expiryMicros(set.expiry(), old, now), now);
        }
        return switch (set.answer()) {
            case OK -> holds ? Reply.OK : Reply.NIL;
            case OLD -> value(old);
            case NUMBER -> new Reply.Int(holds ? 1 : 0);
        };
    }

    private Reply delete(List<Bytes> doomed, long now) {
        long count = 0;
        for (Bytes key : doomed) {
            if (keys.live(key, now) != null) {
                keys.remove(key);
                count++;
            }
        }
        return new Reply.Int(count);
    }

    private Reply increment(Bytes key, long delta, long now) {
        Cell old = keys.live(key, now);
        long value = 0;
        if (old != null) {
            OptionalLong number = Decimal.parse(old.value());
            if (number.isEmpty()) {
                return new Reply.Failure("ERR value is not an integer or out of range");
            }
            value = number.getAsLong();
        }
        long sum = value + delta;
        if (((value ^ sum) & (delta ^ sum)) < 0) {
            return new Reply.Failure("ERR increment or decrement would overflow");
        }
        keys.put(key, new Cell(Bytes.utf8(Long.toString(sum)), expiryOf(old)));
        return new Reply.Int(sum);
    }

    private Reply append(Append append, long now) {
        Cell old = keys.live(append.key(), now);
        Bytes head = old == null ? Bytes.EMPTY : old.value();
        long length = (long) head.length() + append.suffix().length();
        if (length > append.maxBytes()) {
            return new Reply.Failure(
                    "ERR string exceeds maximum allowed size (proto-max-bulk-len)");
        }
        ByteBuffer joined = ByteBuffer.allocate((int) length);
        head.writeTo(joined);
        append.suffix().writeTo(joined);
        keys.put(append.key(), new Cell(Bytes.wrap(joined.array()), expiryOf(old)));
        return new Reply.Int(length);
    }

    private Reply setMany(List<Bytes> keysAndValues, Condition condition, long now) {
        boolean anyLive = false;
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            anyLive |= keys.live(keysAndValues.get(i), now) != null;
        }
        boolean holds = condition != Condition.IF_ABSENT || !anyLive;
        for (int i = 0; holds && i < keysAndValues.size(); i += 2) {
            keys.put(keysAndValues.get(i), new Cell(keysAndValues.get(i + 1), Cell.NEVER));
        }
        return condition == Condition.ALWAYS ? Reply.OK : new Reply.Int(holds ? 1 : 0);
    }

    private Reply takeOut(Bytes key, long now) {
        Cell old = keys.live(key, now);
        if (old != null) {
            keys.remove(key);
        }
        return value(old);
    }

    private Reply getAndExpire(Bytes key, Expiry expiry, long now) {
        Cell old = keys.live(key, now);
        if (old != null) {
            store(key, old.value(), expiryMicros(expiry, old, now), now);
        }
        return value(old);
    }

    private Reply expire(Expire expire, long now) {
        Cell old = keys.live(expire.key(), now);
        if (old == null
                || (expire.onlyIfNone() && old.expires())
                || (expire.onlyIfSome() && !old.expires())) {
            return new Reply.Int(0);
        }
        long wanted = expiryMicros(expire.expiry(), old, now);
        boolean holds =
                switch (expire.bound()) {
                    case ANY -> true;
                    case LATER -> wanted > old.expiryMicros();
                    case EARLIER -> wanted < old.expiryMicros();
                };
        if (holds) {
            store(expire.key(), old.value(), wanted, now);
        }
        return new Reply.Int(holds ? 1 : 0);
    }

    private Reply persist(Bytes key, long now) {
        Cell old = keys.live(key, now);
        if (old == null || !old.expires()) {
            return new Reply.Int(0);
        }
        keys.put(key, new Cell(old.value(), Cell.NEVER));
        return new Reply.Int(1);
    }

    /// A key that is to vanish in the past vanishes now.
    private void store(Bytes key, Bytes value, long expiryMicros, long now) {
        if (expiryMicros <= now) {
            keys.remove(key);
        } else {
            keys.put(key, new Cell(value, expiryMicros));
        }
    }

    private static long expiryMicros(Expiry expiry, @Nullable Cell old, long now) {
        return switch (expiry) {
            case Expiry.Never() -> Cell.NEVER;
            case Expiry.Keep() -> expiryOf(old);
            case Expiry.After(long micros) -> Math.min(now, Expiry.LAST_MICROS) + micros;
            case Expiry.At(long micros) -> micros;
        };
    }

    private static long expiryOf(@Nullable Cell cell) {
        return cell == null ? Cell.NEVER : cell.expiryMicros();
    }

    private static Reply value(@Nullable Cell cell) {
        return cell == null ? Reply.NIL : new Reply.Bulk(cell.value());
    }
}
