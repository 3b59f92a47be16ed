package dev.quorate.kv.command;

/// When a key is to vanish, as the client said it. Turned into an absolute time when the entry is
/// applied, from the entry's own stamp (rule R14).
public sealed interface Expiry {
    /// The last moment that can be named, in microseconds since the epoch: leaves room for adding a
    /// delay to a stamp.
    long LAST_MICROS = Long.MAX_VALUE / 4;

    /// Never; an earlier expiry is dropped.
    record Never() implements Expiry {}

    /// As it was before.
    record Keep() implements Expiry {}

    /// So long after the entry's stamp; may be negative.
    record After(long micros) implements Expiry {
        public After {
            check(micros);
        }
    }

    /// At this time, in microseconds since the epoch; may have passed.
    record At(long micros) implements Expiry {
        public At {
            check(micros);
        }
    }

    private static void check(long micros) {
        if (micros > LAST_MICROS || micros < -LAST_MICROS) {
            throw new IllegalArgumentException("expiry out of range: " + micros);
        }
    }
}
