package dev.quorate.session;

import dev.quorate.api.Outcome;
import dev.quorate.types.Bytes;

/// What came of a client's entry when it was applied.
public sealed interface EntryResult {
    /// It was applied.
    record Value(Bytes result) implements EntryResult {}

    /// It had been applied before: its first result.
    record Repeated(Bytes result) implements EntryResult {}

    /// It was not applied, and never will be.
    record Refused(Outcome.Code code, String sentence) implements EntryResult {}
}
