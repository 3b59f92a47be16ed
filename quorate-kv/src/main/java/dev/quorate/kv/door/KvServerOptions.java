package dev.quorate.kv.door;

import dev.quorate.api.ReadLevel;
import java.time.Duration;

/// Where the front door listens and what one client may take.
///
/// @param host address to listen on; loopback by default, since there is no password
/// @param port `0` for any free one
/// @param connectionsMax clients at a time; one more is refused
/// @param requestBytesMax most bytes in the arguments of one request
/// @param valueBytesMax longest value
/// @param inFlightMax requests of one connection that are being worked on; further ones are left in
///   the socket
/// @param idle how long a client may say nothing; zero for ever
/// @param deadline how long a request may take
/// @param threads event loops
/// @param readOnly how fresh what a client gets is that said `READONLY`
public record KvServerOptions(
        String host,
        int port,
        int connectionsMax,
        int requestBytesMax,
        int valueBytesMax,
        int inFlightMax,
        Duration idle,
        Duration deadline,
        int threads,
        ReadLevel readOnly) {
    /// Longest key, in bytes.
    public static final int KEY_BYTES_MAX = 64 * 1024;

    /// Most arguments of one request.
    public static final int ARGUMENTS_MAX = 64 * 1024;

    private static final int MIB = 1024 * 1024;
    private static final long READ_ONLY_MICROS = 10_000_000;

    public KvServerOptions {
        check(port >= 0 && port <= 0xffff, "port", port);
        check(connectionsMax > 0, "connectionsMax", connectionsMax);
        check(
                requestBytesMax > 0 && requestBytesMax <= 64 * MIB,
                "requestBytesMax",
                requestBytesMax);
        check(
                valueBytesMax > 0 && valueBytesMax <= requestBytesMax,
                "valueBytesMax",
                valueBytesMax);
        check(inFlightMax > 0, "inFlightMax", inFlightMax);
        check(threads > 0, "threads", threads);
        if (idle.isNegative()) {
            throw new IllegalArgumentException("idle is negative: " + idle);
        }
        if (!deadline.isPositive()) {
            throw new IllegalArgumentException("deadline is not positive: " + deadline);
        }
    }

    /// The defaults, at this address.
    public static KvServerOptions at(String host, int port) {
        return new KvServerOptions(
                host,
                port,
                1_000,
                4 * MIB,
                MIB,
                256,
                Duration.ZERO,
                Duration.ofSeconds(5),
                2,
                new ReadLevel.Bounded(READ_ONLY_MICROS));
    }

    /// The same with another limit of connections.
    public KvServerOptions withConnectionsMax(int max) {
        return new KvServerOptions(
                host,
                port,
                max,
                requestBytesMax,
                valueBytesMax,
                inFlightMax,
                idle,
                deadline,
                threads,
                readOnly);
    }

    /// The same with other limits of sizes, in bytes.
    public KvServerOptions withBytesMax(int request, int value) {
        return new KvServerOptions(
                host,
                port,
                connectionsMax,
                request,
                value,
                inFlightMax,
                idle,
                deadline,
                threads,
                readOnly);
    }

    /// The same with another limit of requests in flight per connection.
    public KvServerOptions withInFlightMax(int max) {
        return new KvServerOptions(
                host,
                port,
                connectionsMax,
                requestBytesMax,
                valueBytesMax,
                max,
                idle,
                deadline,
                threads,
                readOnly);
    }

    /// The same with another number of event loops.
    public KvServerOptions withThreads(int count) {
        return new KvServerOptions(
                host,
                port,
                connectionsMax,
                requestBytesMax,
                valueBytesMax,
                inFlightMax,
                idle,
                deadline,
                count,
                readOnly);
    }

    /// The same with other times.
    public KvServerOptions withTimes(Duration newIdle, Duration newDeadline) {
        return new KvServerOptions(
                host,
                port,
                connectionsMax,
                requestBytesMax,
                valueBytesMax,
                inFlightMax,
                newIdle,
                newDeadline,
                threads,
                readOnly);
    }

    /// The same with another freshness of what a client gets that said `READONLY`.
    public KvServerOptions withReadOnly(ReadLevel level) {
        return new KvServerOptions(
                host,
                port,
                connectionsMax,
                requestBytesMax,
                valueBytesMax,
                inFlightMax,
                idle,
                deadline,
                threads,
                level);
    }

    private static void check(boolean holds, String name, long value) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is out of range: " + value);
        }
    }
}
