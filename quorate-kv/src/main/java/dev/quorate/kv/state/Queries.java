package dev.quorate.kv.state;

import dev.quorate.kv.command.KvQuery;
import dev.quorate.kv.command.KvQuery.Exists;
import dev.quorate.kv.command.KvQuery.ExpiryOf;
import dev.quorate.kv.command.KvQuery.Form;
import dev.quorate.kv.command.KvQuery.Get;
import dev.quorate.kv.command.KvQuery.GetMany;
import dev.quorate.kv.command.KvQuery.Length;
import dev.quorate.kv.command.KvQuery.Range;
import dev.quorate.kv.command.KvQuery.Size;
import dev.quorate.kv.command.Reply;
import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What each query answers.
///
/// @see <a href="https://redis.io/docs/latest/commands/">Redis commands</a>
final class Queries {
    private static final long NO_KEY = -2;
    private static final long NO_EXPIRY = -1;
    private static final long ANSWER_BYTES_MAX = 16L << 20;
    private static final long MICROS_PER_MILLI = 1_000;
    private static final long MILLIS_PER_SECOND = 1_000;

    private final Keyspace keys;

    Queries(Keyspace keys) {
        this.keys = keys;
    }

    /// Answers one query.
    ///
    /// @param logMicros applied log time: keys that are due by then do not exist
    /// @param nowMicros wall clock, for the time left until an expiry only
    Reply answer(KvQuery query, long logMicros, long nowMicros) {
        return switch (query) {
            case Get(Bytes key) -> value(keys.live(key, logMicros));
            case GetMany(List<Bytes> wanted) -> getMany(wanted, logMicros);
            case Exists(List<Bytes> wanted) ->
                    new Reply.Int(
                            wanted.stream()
                                    .filter(key -> keys.live(key, logMicros) != null)
                                    .count());
            case Length(Bytes key) -> {
                Cell cell = keys.live(key, logMicros);
                yield new Reply.Int(cell == null ? 0 : cell.value().length());
            }
            case Range(Bytes key, long first, long last) ->
                    range(keys.live(key, logMicros), first, last);
            case KvQuery.Type(Bytes key) ->
                    new Reply.Simple(keys.live(key, logMicros) == null ? "none" : "string");
            case ExpiryOf(Bytes key, Form form) ->
                    new Reply.Int(
                            expiry(
                                    keys.live(key, logMicros),
                                    form,
                                    Math.max(logMicros, nowMicros)));
            case Size() -> new Reply.Int(keys.status().keys());
        };
    }

    /// One key may be named many times, so the request's size says nothing about the answer's.
    private Reply getMany(List<Bytes> wanted, long logMicros) {
        List<Reply> values = new ArrayList<>(wanted.size());
        long bytes = 0;
        for (Bytes key : wanted) {
            Cell cell = keys.live(key, logMicros);
            bytes += cell == null ? 0 : cell.value().length();
            if (bytes > ANSWER_BYTES_MAX) {
                return new Reply.Failure("ERR reply exceeds " + ANSWER_BYTES_MAX + " bytes");
            }
            values.add(value(cell));
        }
        return new Reply.Sequence(values);
    }

    private static Reply range(@Nullable Cell cell, long first, long last) {
        Bytes value = cell == null ? Bytes.EMPTY : cell.value();
        long length = value.length();
        long from = Math.max(0, first < 0 ? length + first : first);
        long to = Math.min(length - 1, last < 0 ? Math.max(0, length + last) : last);
        if (from > to || (first < 0 && last < 0 && first > last)) {
            return new Reply.Bulk(Bytes.EMPTY);
        }
        ByteBuffer in = value.asBuffer().position((int) from);
        return new Reply.Bulk(Bytes.read(in, (int) (to - from + 1)));
    }

    private static long expiry(@Nullable Cell cell, Form form, long nowMicros) {
        if (cell == null) {
            return NO_KEY;
        }
        if (!cell.expires()) {
            return NO_EXPIRY;
        }
        long atMillis = cell.expiryMicros() / MICROS_PER_MILLI;
        // it exists until its expiry is in the log, so there is always a little time left
        long leftMillis = Math.max(1, (cell.expiryMicros() - nowMicros) / MICROS_PER_MILLI);
        return switch (form) {
            case SECONDS_LEFT -> (leftMillis + MILLIS_PER_SECOND / 2) / MILLIS_PER_SECOND;
            case MILLIS_LEFT -> leftMillis;
            case AT_SECONDS -> (atMillis + MILLIS_PER_SECOND / 2) / MILLIS_PER_SECOND;
            case AT_MILLIS -> atMillis;
        };
    }

    private static Reply value(@Nullable Cell cell) {
        return cell == null ? Reply.NIL : new Reply.Bulk(cell.value());
    }
}
