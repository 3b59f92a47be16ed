package dev.quorate.kv.engine;

import dev.quorate.types.Bytes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Rows to put and to remove together. Not thread-safe.
///
/// Only the last change of a row counts, so a counter incremented a thousand times in one batch is
/// written once.
public final class WriteSet {
    private final Map<Bytes, Optional<Bytes>> rows = new LinkedHashMap<>();

    /// Sets a row.
    public void put(Bytes key, Bytes value) {
        rows.put(key, Optional.of(value));
    }

    /// Removes a row; harmless if there is none.
    public void remove(Bytes key) {
        rows.put(key, Optional.empty());
    }

    /// The changes, in the order in which their rows were first touched; empty means removed.
    public Map<Bytes, Optional<Bytes>> rows() {
        return rows;
    }

    /// How much there is to write, in bytes.
    public long bytes() {
        long bytes = 0;
        for (Map.Entry<Bytes, Optional<Bytes>> row : rows.entrySet()) {
            bytes += row.getKey().length() + row.getValue().map(Bytes::length).orElse(0);
        }
        return bytes;
    }

    /// Whether there is nothing to write.
    public boolean isEmpty() {
        return rows.isEmpty();
    }
}
