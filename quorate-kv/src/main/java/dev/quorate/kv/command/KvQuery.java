package dev.quorate.kv.command;

import dev.quorate.types.Bytes;
import java.util.List;

/// A question about the state.
public sealed interface KvQuery {
    /// GET.
    record Get(Bytes key) implements KvQuery {}

    /// MGET.
    record GetMany(List<Bytes> keys) implements KvQuery {
        public GetMany {
            keys = List.copyOf(keys);
        }
    }

    /// EXISTS: counts, repeated keys repeatedly.
    record Exists(List<Bytes> keys) implements KvQuery {
        public Exists {
            keys = List.copyOf(keys);
        }
    }

    /// STRLEN.
    record Length(Bytes key) implements KvQuery {}

    /// GETRANGE: both ends included, negative ones count from the end.
    record Range(Bytes key, long first, long last) implements KvQuery {}

    /// TYPE.
    record Type(Bytes key) implements KvQuery {}

    /// TTL, PTTL, EXPIRETIME, PEXPIRETIME.
    record ExpiryOf(Bytes key, Form form) implements KvQuery {}

    /// How many keys the group holds; those that are due but not yet removed are included.
    record Size() implements KvQuery {}

    /// How an expiry is told.
    enum Form {
        /// TTL.
        SECONDS_LEFT,
        /// PTTL.
        MILLIS_LEFT,
        /// EXPIRETIME.
        AT_SECONDS,
        /// PEXPIRETIME.
        AT_MILLIS,
    }
}
