package dev.quorate.transport;

/// Spreads what is sent over time. Thread-safe; shared by all transfers that a node serves.
final class Pacer {
    /// What may be sent at once after a pause.
    private static final long BURST_NANOS = 10_000_000;

    private static final double NANOS_PER_SECOND = 1e9;

    private final long bytesPerSecond;
    private long freeNanos;

    Pacer(long bytesPerSecond, long nowNanos) {
        this.bytesPerSecond = bytesPerSecond;
        this.freeNanos = nowNanos - BURST_NANOS;
    }

    /// Books bytes that are about to be sent.
    ///
    /// @return how long to wait before sending them, in nanoseconds
    synchronized long book(int bytes, long nowNanos) {
        if (bytesPerSecond == BulkOptions.UNLIMITED) {
            return 0;
        }
        if (freeNanos - (nowNanos - BURST_NANOS) < 0) {
            freeNanos = nowNanos - BURST_NANOS;
        }
        long start = freeNanos;
        freeNanos += (long) (bytes * NANOS_PER_SECOND / bytesPerSecond);
        return Math.max(0, start - nowNanos);
    }
}
