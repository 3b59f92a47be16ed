package dev.quorate.kv.engine;

import dev.quorate.types.Bytes;
import org.jspecify.annotations.Nullable;

/// A sorted map from bytes to bytes, shared by all groups of a node.
///
/// Keys sort as unsigned bytes. A [WriteSet] is atomic, also across a crash: what survives one is
/// all writes up to some point and nothing after it (rule R3). Thread-safe, except that nothing may
/// be called once it is closed.
public interface Engine extends AutoCloseable {
    /// The value of a row, or null.
    @Nullable Bytes get(Bytes key);

    /// Visits rows in order, from `from` inclusive to `to` exclusive, until the visitor has enough.
    /// An inverted range is empty.
    void scan(Bytes from, Bytes to, Visitor visitor);

    /// Writes all rows of the set at once. Not durable before [#flush].
    ///
    /// @return this write's number; later writes have greater ones
    /// @throws EngineFailure if the store cannot go on
    long write(WriteSet rows);

    /// Makes every write up to number `upTo` durable. Returns at once if they are already, so a
    /// node's groups may all ask and only the first one pays.
    ///
    /// @throws EngineFailure if the store cannot go on
    void flush(long upTo);

    /// The number of the last write so far; `0` before the first.
    long lastWrite();

    /// Whether flushed rows are found again when the engine is opened again.
    boolean persistent();

    /// Releases what the engine holds.
    @Override
    void close();

    /// Takes the rows of a scan.
    @FunctionalInterface
    interface Visitor {
        /// Takes one row.
        ///
        /// @return whether to go on
        boolean row(Bytes key, Bytes value);
    }
}
