package dev.quorate.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Tells of refusals, but not of each: one per host and kind in an interval, the others counted.
///
/// A caller that is refused calls again at once, for ever; a log must survive that. Thread-safe.
final class RefusalLog {
    private static final long INTERVAL_NANOS = 10_000_000_000L;
    private static final int KEYS_MAX = 256;
    private static final int REPORTS_MAX = 100;

    /// Where reports go.
    @FunctionalInterface
    interface Sink {
        void refused(String who, String cause);
    }

    private record Key(@Nullable InetAddress host, @Nullable RefusalCode code, String name) {}

    private record Last(long atNanos, long heldBack) {}

    private final Sink sink;
    private final LongSupplier nanoTime;
    // oldest out first: the map is a memory of the recent, not of all
    private final LinkedHashMap<Key, Last> last = new LinkedHashMap<>();
    private long windowNanos;
    private int reports;

    RefusalLog(Sink sink, LongSupplier nanoTime) {
        this.sink = sink;
        this.nanoTime = nanoTime;
        this.windowNanos = nanoTime.getAsLong();
    }

    /// Reports a refusal, or counts it.
    ///
    /// @param name the other side's name if it is known, else empty
    /// @param code its kind, or null if it came as a bare TLS alert
    void report(SocketAddress address, String name, @Nullable RefusalCode code, String cause) {
        InetAddress host = address instanceof InetSocketAddress inet ? inet.getAddress() : null;
        long held = admitted(new Key(host, code, name));
        if (held < 0) {
            return;
        }
        String who = name.isEmpty() ? String.valueOf(address) : name + " at " + address;
        sink.refused(who, held == 0 ? cause : cause + " (and " + held + " more like it)");
    }

    /// How many were held back since the last report of this key, or -1 to hold this one back.
    private synchronized long admitted(Key key) {
        long now = nanoTime.getAsLong();
        if (now - windowNanos >= INTERVAL_NANOS) {
            windowNanos = now;
            reports = 0;
        }
        Last before = last.get(key);
        boolean early = before != null && now - before.atNanos < INTERVAL_NANOS;
        if (before != null && (early || reports >= REPORTS_MAX)) {
            last.put(key, new Last(before.atNanos, before.heldBack + 1));
            return -1;
        }
        if (reports >= REPORTS_MAX) {
            return -1;
        }
        reports++;
        last.remove(key);
        last.put(key, new Last(now, 0));
        while (last.size() > KEYS_MAX) {
            Map.Entry<Key, Last> eldest = last.firstEntry();
            last.remove(eldest.getKey());
        }
        return before == null ? 0 : before.heldBack;
    }
}
