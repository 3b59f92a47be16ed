package dev.quorate.transport;

import java.time.Duration;

/// How bulk transfers are set up.
///
/// @param port where to listen, on the address of the links; 0 takes a free one. Peers are told
/// @param bytesPerSecond most that this node sends, all transfers together
/// @param servedMax transfers served at once
/// @param fetchedMax transfers fetched at once
/// @param idleTimeout a transfer on which nothing moved for so long ends
public record BulkOptions(
        int port, long bytesPerSecond, int servedMax, int fetchedMax, Duration idleTimeout) {
    /// 64 MiB/s, 4 transfers each way, 30 s.
    public static final BulkOptions DEFAULT =
            new BulkOptions(0, 64L << 20, 4, 4, Duration.ofSeconds(30));

    /// A rate that is no limit.
    public static final long UNLIMITED = Long.MAX_VALUE;

    public BulkOptions {
        require(port >= 0 && port <= 65_535, "there is no port " + port);
        require(
                bytesPerSecond >= BulkLinks.CHUNK_BYTES_MAX,
                "the rate must be at least "
                        + BulkLinks.CHUNK_BYTES_MAX
                        + " bytes/s: "
                        + bytesPerSecond);
        require(servedMax > 0, "at least one transfer must be served");
        require(fetchedMax > 0, "at least one transfer must be fetched");
        require(idleTimeout.toMillis() > 0, "the idle timeout must be at least 1 ms");
    }

    /// The same on another port.
    public BulkOptions withPort(int other) {
        return new BulkOptions(other, bytesPerSecond, servedMax, fetchedMax, idleTimeout);
    }

    /// The same at another rate, in bytes per second.
    public BulkOptions withBytesPerSecond(long rate) {
        return new BulkOptions(port, rate, servedMax, fetchedMax, idleTimeout);
    }

    private static void require(boolean condition, String sentence) {
        if (!condition) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
