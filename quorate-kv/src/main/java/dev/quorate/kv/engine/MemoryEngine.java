package dev.quorate.kv.engine;

import dev.quorate.types.Bytes;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Rows on the heap, for tests and for data that the log can always bring back.
///
/// A set is not atomic to readers of other threads; a group reads only its own rows, on the lane
/// that writes them.
public final class MemoryEngine implements Engine {
    private final ConcurrentSkipListMap<Bytes, Bytes> rows =
            new ConcurrentSkipListMap<>(MemoryEngine::order);
    private final AtomicLong writes = new AtomicLong();

    @Override
    public @Nullable Bytes get(Bytes key) {
        return rows.get(key);
    }

    @Override
    public void scan(Bytes from, Bytes to, Visitor visitor) {
        if (order(from, to) >= 0) {
            return;
        }
        for (Map.Entry<Bytes, Bytes> row : rows.subMap(from, true, to, false).entrySet()) {
            if (!visitor.row(row.getKey(), row.getValue())) {
                return;
            }
        }
    }

    @Override
    public long write(WriteSet set) {
        for (Map.Entry<Bytes, Optional<Bytes>> row : set.rows().entrySet()) {
            if (row.getValue().isPresent()) {
                rows.put(row.getKey(), row.getValue().get());
            } else {
                rows.remove(row.getKey());
            }
        }
        return writes.incrementAndGet();
    }

    @Override
    public void flush(long upTo) {
        // nothing survives the process, and nobody is told that it does: see persistent()
    }

    @Override
    public long lastWrite() {
        return writes.get();
    }

    @Override
    public boolean persistent() {
        return false;
    }

    @Override
    public void close() {
        rows.clear();
    }

    private static int order(Bytes a, Bytes b) {
        int shorter = Math.min(a.length(), b.length());
        for (int i = 0; i < shorter; i++) {
            int order = Byte.compareUnsigned(a.at(i), b.at(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
