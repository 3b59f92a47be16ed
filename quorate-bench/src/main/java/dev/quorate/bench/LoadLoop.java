package dev.quorate.bench;

import dev.quorate.types.KeySlot;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.HdrHistogram.Histogram;

/// Writes to a cluster in a closed loop: so many clients, each sending its next write when the last
/// one was acknowledged. One thread, one pipelined connection per node, each write to its leader.
final class LoadLoop implements AutoCloseable {
    private static final int KEYS = 100_000;
    private static final int SELECT_MILLIS = 100;
    private static final long LATENCY_NANOS_MAX = Duration.ofMinutes(1).toNanos();

    private final Selector selector;
    private final SlotMap slots;
    private final List<Pipe> pipes = new ArrayList<>();
    private final Random random;
    private final byte[] value;
    private Histogram latency = new Histogram(LATENCY_NANOS_MAX, 3);
    private long errors;
    private boolean measuring;

    /// What a run showed.
    ///
    /// @param latency in nanoseconds, one per acknowledged write
    /// @param errors writes that were refused, `MOVED` included, and sent again
    record Result(Histogram latency, long errors, double seconds) {
        double opsPerSecond() {
            return latency.getTotalCount() / seconds;
        }
    }

    /// Connects.
    ///
    /// @param addresses `host:port` of every node
    LoadLoop(List<String> addresses, int valueBytes, long seed) throws IOException {
        selector = Selector.open();
        slots = SlotMap.ask(addresses);
        random = new Random(seed);
        value = "v".repeat(valueBytes).getBytes(StandardCharsets.US_ASCII);
        for (String address : addresses) {
            pipes.add(new Pipe(selector, address, 1 << 20));
        }
    }

    /// Runs the load: first unmeasured, then measured. Writes still unanswered then do not count.
    ///
    /// @param begun called when measuring begins
    /// @param ended called when it ends
    Result run(int outstanding, Duration warmUp, Duration measured, Runnable begun, Runnable ended)
            throws IOException {
        for (int client = 0; client < outstanding; client++) {
            next(System.nanoTime());
        }
        loop(System.nanoTime() + warmUp.toNanos());
        latency = new Histogram(LATENCY_NANOS_MAX, 3);
        errors = 0;
        measuring = true;
        begun.run();
        long start = System.nanoTime();
        loop(start + measured.toNanos());
        double seconds = (System.nanoTime() - start) / 1e9;
        ended.run();
        measuring = false;
        return new Result(latency, errors, seconds);
    }

    private void loop(long untilNanos) throws IOException {
        while (System.nanoTime() - untilNanos < 0) {
            for (Pipe pipe : pipes) {
                pipe.flush();
            }
            selector.select(SELECT_MILLIS);
            for (SelectionKey key : selector.selectedKeys()) {
                if (key.isReadable() && key.attachment() instanceof Pipe pipe) {
                    pipe.read(this::answered);
                }
            }
            selector.selectedKeys().clear();
        }
    }

    private void answered(Pipe.Write write, String error) {
        long now = System.nanoTime();
        if (!error.isEmpty()) {
            errors++;
            if (error.startsWith("MOVED ")) {
                slots.moved(error);
            }
            // the same client tries again, and its clock runs on
            next(write.startNanos());
            return;
        }
        if (measuring) {
            latency.recordValue(Math.min(now - write.startNanos(), LATENCY_NANOS_MAX));
        }
        next(now);
    }

    private void next(long startNanos) {
        byte[] name = ("key:" + random.nextInt(KEYS)).getBytes(StandardCharsets.US_ASCII);
        int slot = KeySlot.of(name);
        pipes.get(slots.nodeOf(slot)).set(new Pipe.Write(startNanos, slot), name, value);
    }

    @Override
    public void close() throws IOException {
        for (Pipe pipe : pipes) {
            pipe.close();
        }
        selector.close();
    }
}
