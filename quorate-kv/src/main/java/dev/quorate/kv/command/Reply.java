package dev.quorate.kv.command;

import dev.quorate.types.Bytes;
import java.util.List;

/// An answer, before it is put into the words of one protocol version.
public sealed interface Reply {
    /// Nothing there.
    Reply NIL = new Nil();

    /// Done.
    Reply OK = new Simple("OK");

    /// No value.
    record Nil() implements Reply {}

    /// A short status.
    record Simple(String text) implements Reply {}

    /// A refusal; `text` begins with its upper-case code.
    record Failure(String text) implements Reply {}

    /// A number.
    record Int(long value) implements Reply {}

    /// Bytes.
    record Bulk(Bytes value) implements Reply {}

    /// A sequence.
    record Sequence(List<Reply> items) implements Reply {
        public Sequence {
            items = List.copyOf(items);
        }
    }

    /// Names and their values; a flat sequence where the protocol knows no maps.
    ///
    /// @param namesAndValues a name, its value, the next name …
    record Dictionary(List<Reply> namesAndValues) implements Reply {
        public Dictionary {
            namesAndValues = List.copyOf(namesAndValues);
            if (namesAndValues.size() % 2 != 0) {
                throw new IllegalArgumentException("a name without a value");
            }
        }
    }

    /// Text as [Bulk].
    static Reply text(String text) {
        return new Bulk(Bytes.utf8(text));
    }

    /// Items as [Sequence].
    static Reply list(Reply... items) {
        return new Sequence(List.of(items));
    }

    /// Names and values as [Dictionary].
    static Reply map(Reply... namesAndValues) {
        return new Dictionary(List.of(namesAndValues));
    }
}
