package dev.quorate.kv.engine;

import dev.quorate.types.Bytes;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Rows on the heap, for tests and for data that a file or the log can bring back.
///
/// A row keeps its older versions for as long as a [View] may ask for them. A set is not atomic to
/// readers of other threads; a group reads only its own rows, on the lane that writes them.
public final class MemoryEngine implements Engine {
    private final ConcurrentSkipListMap<Bytes, Version> rows =
            new ConcurrentSkipListMap<>(RowOrder.UNSIGNED);
    private final AtomicLong writes = new AtomicLong();

    /// Open views, by the last write they show; one number may have several.
    private final ConcurrentSkipListMap<Long, Integer> views = new ConcurrentSkipListMap<>();

    /// Rows that were changed while a view was open, and may hold more than their newest version.
    private final Queue<Bytes> aged = new ConcurrentLinkedQueue<>();

    /// What a write left of a row.
    ///
    /// @param value null if it removed the row
    private record Version(long write, @Nullable Bytes value, @Nullable Version older) {
        @Nullable Bytes at(long lastWrite) {
            Version version = this;
            while (version != null && version.write > lastWrite) {
                version = version.older;
            }
            return version == null ? null : version.value;
        }
    }

    @Override
    public @Nullable Bytes get(Bytes key) {
        Version version = rows.get(key);
        return version == null ? null : version.value();
    }

    @Override
    public void scan(Bytes from, Bytes to, Visitor visitor) {
        scan(from, to, Long.MAX_VALUE, visitor);
    }

    private void scan(Bytes from, Bytes to, long lastWrite, Visitor visitor) {
        for (Map.Entry<Bytes, Version> row : range(from, to).entrySet()) {
            Bytes value = row.getValue().at(lastWrite);
            if (value != null && !visitor.row(row.getKey(), value)) {
                return;
            }
        }
    }

    private NavigableMap<Bytes, Version> range(Bytes from, Bytes to) {
        boolean inverted = RowOrder.UNSIGNED.compare(from, to) > 0;
        return rows.subMap(from, true, inverted ? from : to, false);
    }

    @Override
    public long write(WriteSet set) {
        long number = writes.incrementAndGet();
        for (Map.Entry<Bytes, Optional<Bytes>> row : set.rows().entrySet()) {
            put(number, row.getKey(), row.getValue().orElse(null));
        }
        return number;
    }

    @Override
    public long removeRange(Bytes from, Bytes to) {
        long number = writes.incrementAndGet();
        for (Bytes key : range(from, to).keySet()) {
            put(number, key, null);
        }
        return number;
    }

    private void put(long number, Bytes key, @Nullable Bytes value) {
        rows.compute(key, (_, old) -> trimmed(new Version(number, value, old)));
        if (!views.isEmpty()) {
            aged.add(key);
        }
    }

    /// The versions that somebody may still ask for; null if there is none. At most one per open
    /// view and the newest, however often a row is written.
    private @Nullable Version trimmed(Version newest) {
        Version older = newest.older();
        while (older != null && !isSeen(older.write(), newest.write())) {
            older = older.older();
        }
        Version kept = older == null ? null : trimmed(older);
        return newest.value() == null && kept == null
                ? null
                : new Version(newest.write(), newest.value(), kept);
    }

    /// Whether a view shows the version that was written by `write` and replaced by `next`.
    private boolean isSeen(long write, long next) {
        Long view = views.ceilingKey(write);
        return view != null && view < next;
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

    /// How many rows take up memory, those included that only a view still shows.
    int rowsHeld() {
        return rows.size();
    }

    @Override
    public View view() {
        return new Past(writes.get());
    }

    @Override
    public Load load() {
        return new Adding();
    }

    @Override
    public void close() {
        rows.clear();
    }

    private final class Past implements View {
        private final long lastWrite;
        private final AtomicBoolean closed = new AtomicBoolean();

        Past(long lastWrite) {
            this.lastWrite = lastWrite;
            views.merge(lastWrite, 1, Integer::sum);
        }

        @Override
        public void scan(Bytes from, Bytes to, Visitor visitor) {
            MemoryEngine.this.scan(from, to, lastWrite, visitor);
        }

        @Override
        public void close() {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            views.computeIfPresent(lastWrite, (_, count) -> count == 1 ? null : count - 1);
            // those that another view still needs come back here when that one is closed
            for (int left = aged.size(); left > 0; left--) {
                Bytes key = aged.poll();
                if (key == null) {
                    return;
                }
                Version kept = rows.computeIfPresent(key, (_, row) -> trimmed(row));
                if (kept != null && (kept.older() != null || kept.value() == null)) {
                    aged.add(key);
                }
            }
        }
    }

    private final class Adding implements Load {
        private @Nullable Bytes last;

        @Override
        public void add(Bytes key, Bytes value) {
            if (last != null && RowOrder.UNSIGNED.compare(last, key) >= 0) {
                throw new IllegalArgumentException("a row is out of order");
            }
            last = key;
            put(writes.incrementAndGet(), key, value);
        }

        @Override
        public void finish() {
            // they are there already
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
