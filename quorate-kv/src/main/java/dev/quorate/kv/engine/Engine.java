package dev.quorate.kv.engine;

import dev.quorate.types.Bytes;
import org.jspecify.annotations.Nullable;

/// A sorted map from bytes to bytes, shared by all groups of a node.
///
/// Keys sort as unsigned bytes. A [WriteSet] is atomic, also across a crash: what survives one is
/// all writes up to some point and nothing after it (rule R3); only what a [Load] brings may
/// survive, whole or in part, without them. Thread-safe, except that nothing may be called once it
/// is closed.
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

    /// Removes all rows from `from` inclusive to `to` exclusive, however many; a write like any
    /// other, but readers of other threads may see a part of it.
    ///
    /// @return this write's number
    /// @throws EngineFailure if the store cannot go on
    long removeRange(Bytes from, Bytes to);

    /// Makes every write up to number `upTo` durable. Returns at once if they are already, so a
    /// node's groups may all ask and only the first one pays.
    ///
    /// @throws EngineFailure if the store cannot go on
    void flush(long upTo);

    /// The number of the last write so far; `0` before the first.
    long lastWrite();

    /// Whether flushed rows are found again when the engine is opened again.
    boolean persistent();

    /// The rows as they are now, whatever is written later: cheap to take, closed when no longer
    /// needed. It shows what the calling thread has written; writes of other threads that are under
    /// way may show in part.
    View view();

    /// Begins to take in many rows at once.
    Load load();

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

    /// The rows at one moment. Any one thread may use it.
    interface View extends AutoCloseable {
        /// Like [Engine#scan].
        void scan(Bytes from, Bytes to, Visitor visitor);

        @Override
        void close();
    }

    /// Many rows on their way in, held on no heap. One thread uses it.
    ///
    /// Not atomic, and not in order with other writes: after a crash any of the rows may be there.
    /// So nothing may refer to them before [#finish], and what refers to them is a [WriteSet]
    /// written afterwards.
    interface Load extends AutoCloseable {
        /// Adds a row: after all that were added before, and in a range that has none yet.
        ///
        /// @throws IllegalArgumentException if it is out of order
        void add(Bytes key, Bytes value);

        /// Makes the rows visible, and as durable as the engine can.
        ///
        /// @throws EngineFailure if the store cannot go on
        void finish();

        /// Ends it; what was not finished may or may not be there.
        @Override
        void close();
    }
}
