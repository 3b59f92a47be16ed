package dev.quorate.kv.command;

import dev.quorate.types.Bytes;
import java.util.List;

/// A command that changes the state. It travels through the log, so everything it depends on is in
/// it, limits included: no replica consults its own configuration.
public sealed interface KvWrite {
    /// SET and its relatives.
    record Set(Bytes key, Bytes value, Condition condition, Answer answer, Expiry expiry)
            implements KvWrite {}

    /// DEL, UNLINK: answers how many there were.
    record Delete(List<Bytes> keys) implements KvWrite {
        public Delete {
            keys = List.copyOf(keys);
        }
    }

    /// INCR, DECR, INCRBY, DECRBY.
    record Increment(Bytes key, long delta) implements KvWrite {}

    /// APPEND.
    ///
    /// @param maxBytes longest value that may result
    record Append(Bytes key, Bytes suffix, int maxBytes) implements KvWrite {}

    /// MSET, MSETNX.
    ///
    /// @param keysAndValues a key, its value, the next key …
    /// @param condition [Condition#ALWAYS], or [Condition#IF_ABSENT] for all or nothing
    record SetMany(List<Bytes> keysAndValues, Condition condition) implements KvWrite {
        public SetMany {
            keysAndValues = List.copyOf(keysAndValues);
            if (keysAndValues.isEmpty() || keysAndValues.size() % 2 != 0) {
                throw new IllegalArgumentException(keysAndValues.size() + " keys and values");
            }
        }
    }

    /// GETDEL.
    record TakeOut(Bytes key) implements KvWrite {}

    /// GETEX with an option.
    record GetAndExpire(Bytes key, Expiry expiry) implements KvWrite {}

    /// EXPIRE and its relatives.
    record Expire(Bytes key, Expiry expiry, boolean onlyIfNone, boolean onlyIfSome, Bound bound)
            implements KvWrite {}

    /// PERSIST.
    record Persist(Bytes key) implements KvWrite {}

    /// Whether a key must, must not or may exist already.
    enum Condition {
        /// Whether it exists does not matter.
        ALWAYS,
        /// NX.
        IF_ABSENT,
        /// XX.
        IF_PRESENT,
    }

    /// How a [Set] is answered.
    enum Answer {
        /// `OK`, or nil if the condition failed.
        OK,
        /// The value that was there before, or nil.
        OLD,
        /// `1`, or `0` if the condition failed.
        NUMBER,
    }

    /// How a new expiry must compare with the present one, where none counts as infinite.
    enum Bound {
        /// It does not matter.
        ANY,
        /// GT.
        LATER,
        /// LT.
        EARLIER,
    }
}
