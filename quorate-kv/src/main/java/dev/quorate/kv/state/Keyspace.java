package dev.quorate.kv.state;

import dev.quorate.api.StateMachine.Remembered;
import dev.quorate.kv.engine.Engine;
import dev.quorate.kv.engine.WriteSet;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A group's keys, with the changes of the batch being applied on top of what the engine holds.
///
/// Keeps data rows, expiry rows, the number of keys and the applied position in step: they are
/// written together (rule R3). Not thread-safe.
final class Keyspace {
    private final Engine engine;
    private final Rows rows;
    private final Map<Bytes, Optional<Cell>> changed = new HashMap<>();
    private WriteSet pending = new WriteSet();
    private Status status;
    private long lastWrite;
    private long writtenBytes;

    /// Never later than the first expiry row; exact unless `loose`.
    private long firstExpiryMicros;

    private boolean loose;

    /// The keys of one generation of a group's rows.
    Keyspace(Engine engine, Rows rows) {
        this.engine = engine;
        this.rows = rows;
        Bytes stored = engine.get(rows.status());
        this.status = stored == null ? Status.NEW : Status.decode(stored);
        this.firstExpiryMicros = seekExpiry(0);
    }

    Status status() {
        return status;
    }

    /// Log time of the first expiry, or [Cell#NEVER]. Exact between batches.
    long firstExpiryMicros() {
        return firstExpiryMicros;
    }

    /// The number of the engine's write that carried the last batch.
    long lastWrite() {
        return lastWrite;
    }

    /// How much was written so far, in bytes.
    long writtenBytes() {
        return writtenBytes;
    }

    /// What is stored under a key that has not expired by `micros`, or null.
    @Nullable Cell live(Bytes key, long micros) {
        Cell cell = stored(key);
        return cell != null && cell.liveAt(micros) ? cell : null;
    }

    void put(Bytes key, Cell cell) {
        Cell old = stored(key);
        if (old == null) {
            status = new Status(status.index(), status.stampMicros(), status.keys() + 1);
        }
        if (old == null || old.expiryMicros() != cell.expiryMicros()) {
            dropExpiry(key, old);
            if (cell.expires()) {
                pending.put(rows.expiry(cell.expiryMicros(), key), Bytes.EMPTY);
                firstExpiryMicros = Math.min(firstExpiryMicros, cell.expiryMicros());
            }
        }
        pending.put(rows.data(key), cell.encode());
        changed.put(key, Optional.of(cell));
    }

    void remove(Bytes key) {
        Cell old = stored(key);
        if (old == null) {
            return;
        }
        dropExpiry(key, old);
        pending.remove(rows.data(key));
        changed.put(key, Optional.empty());
        status = new Status(status.index(), status.stampMicros(), status.keys() - 1);
    }

    /// Removes at most `max` keys that are due at `micros`, earliest first.
    void sweep(long micros, int max) {
        if (firstExpiryMicros > micros) {
            return;
        }
        // the scan sees the engine only
        write();
        if (firstExpiryMicros > micros) {
            return;
        }
        List<Bytes> due = new ArrayList<>();
        engine.scan(
                rows.expiryFrom(firstExpiryMicros),
                rows.expiryFrom(micros + 1),
                (row, _) -> {
                    due.add(row);
                    return due.size() <= max;
                });
        due.stream().limit(max).map(Rows::keyOf).forEach(this::remove);
        firstExpiryMicros = due.size() > max ? Rows.expiryOf(due.get(max)) : seekExpiry(micros + 1);
        loose = false;
    }

    /// Keeps a result for as long as somebody may ask for it again.
    void remember(Bytes name, Bytes result) {
        pending.put(rows.remembered(name), result);
    }

    void forget(Bytes name) {
        pending.remove(rows.remembered(name));
    }

    /// What is remembered, as of the last [#write].
    List<Remembered> remembered() {
        List<Remembered> all = new ArrayList<>();
        engine.scan(
                rows.rememberedFrom(),
                rows.end(),
                (row, result) -> all.add(new Remembered(Rows.nameOf(row), result)));
        return all;
    }

    /// Notes that the effects of this entry are complete.
    void applied(long index, long stampMicros) {
        status = new Status(index, stampMicros, status.keys());
    }

    /// Writes what has changed, with the applied position.
    void write() {
        pending.put(rows.status(), status.encode());
        writtenBytes += pending.bytes();
        lastWrite = engine.write(pending);
        pending = new WriteSet();
        changed.clear();
        if (loose) {
            firstExpiryMicros = seekExpiry(firstExpiryMicros);
            loose = false;
        }
    }

    private @Nullable Cell stored(Bytes key) {
        Optional<Cell> change = changed.get(key);
        if (change != null) {
            return change.orElse(null);
        }
        Bytes row = engine.get(rows.data(key));
        return row == null ? null : Cell.decode(row);
    }

    private void dropExpiry(Bytes key, @Nullable Cell old) {
        if (old != null && old.expires()) {
            pending.remove(rows.expiry(old.expiryMicros(), key));
            loose |= old.expiryMicros() == firstExpiryMicros;
        }
    }

    /// Seeks from a moment before which there are no rows, rather than from the start: removed rows
    /// linger there until they are compacted, and would all be stepped over.
    private long seekExpiry(long fromMicros) {
        long[] first = {Cell.NEVER};
        engine.scan(
                rows.expiryFrom(fromMicros),
                rows.expiryEnd(),
                (row, _) -> {
                    first[0] = Rows.expiryOf(row);
                    return false;
                });
        return first[0];
    }
}
