package dev.quorate.session;

import dev.quorate.api.StateMachine.Remembered;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The results that a group still remembers, by write (rule R20).
///
/// A function of the log alone: a row is there from the entry that brought it until log time passes
/// its not-after time, whatever the batches. Rows are never evicted to make room; who would bring
/// too many is refused at the door.
public final class SessionTable {
    /// Longest time for which a result is remembered, in microseconds.
    public static final long WINDOW_MICROS_MAX = 3_600_000_000L;

    /// A write, by what the client calls it.
    private record Write(int vShard, long clientHigh, long clientLow, long sequence) {
        static Write of(SessionKey key) {
            return new Write(key.vShard(), key.clientHigh(), key.clientLow(), key.sequence());
        }
    }

    private record Row(SessionKey key, @Nullable Bytes result) {}

    private final Map<Write, Row> rows = new HashMap<>();
    private final TreeMap<Long, List<SessionKey>> byNotAfter = new TreeMap<>();

    /// Starts from what a state machine has kept.
    public SessionTable(List<Remembered> kept) {
        for (Remembered row : kept) {
            put(SessionKey.decode(row.name()), row.result());
        }
    }

    /// How many results are remembered.
    public int size() {
        return rows.size();
    }

    /// Log time has come to `stampMicros`.
    ///
    /// @return the names of the results that nobody may ask for any more
    public List<Bytes> expire(long stampMicros) {
        if (byNotAfter.isEmpty() || byNotAfter.firstKey() >= stampMicros) {
            return List.of();
        }
        List<Bytes> forgotten = new ArrayList<>();
        while (!byNotAfter.isEmpty() && byNotAfter.firstKey() < stampMicros) {
            for (SessionKey key : byNotAfter.pollFirstEntry().getValue()) {
                Row row = rows.get(Write.of(key));
                if (row != null && row.key().equals(key)) {
                    rows.remove(Write.of(key));
                }
                forgotten.add(key.encode());
            }
        }
        return forgotten;
    }

    /// Whether this write was applied before. Call [#expire] for the same log time first.
    public boolean knows(SessionKey key) {
        return rows.containsKey(Write.of(key));
    }

    /// The first result of a write that is known; null while it is being applied in the same batch.
    public @Nullable Bytes result(SessionKey key) {
        Row row = rows.get(Write.of(key));
        return row == null ? null : row.result();
    }

    /// A write is about to be applied for the first time.
    public void begin(SessionKey key) {
        put(key, null);
    }

    /// It was applied.
    public void finish(SessionKey key, Bytes result) {
        rows.computeIfPresent(Write.of(key), (_, row) -> new Row(row.key(), result));
    }

    private void put(SessionKey key, @Nullable Bytes result) {
        rows.put(Write.of(key), new Row(key, result));
        byNotAfter.computeIfAbsent(key.notAfterMicros(), _ -> new ArrayList<>()).add(key);
    }
}
