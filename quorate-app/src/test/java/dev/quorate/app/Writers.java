package dev.quorate.app;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.exceptions.JedisException;

/// Clients that write new keys, each with its own name in its value, for as long as this is open,
/// and remember what was acknowledged.
final class Writers implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration READABLE = Duration.ofSeconds(60);

    private final JedisCluster jedis;
    private final String filling;
    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<Long> nanos = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean writing = new AtomicBoolean(true);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /// @param prefix of all keys
    /// @param valueBytes of each value, about
    Writers(JedisCluster jedis, String prefix, int count, int valueBytes) {
        this.jedis = jedis;
        filling = "x".repeat(valueBytes);
        for (int i = 0; i < count; i++) {
            String own = prefix + ":" + i + ":";
            threads.execute(() -> write(own));
        }
    }

    private void write(String prefix) {
        for (int i = 0; writing.get(); i++) {
            String key = prefix + i;
            long start = System.nanoTime();
            try {
                jedis.set(key, valueOf(key));
                nanos.add(System.nanoTime() - start);
                acknowledged.add(key);
            } catch (JedisException e) {
                // this write may or may not be there; it promises nothing
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private String valueOf(String key) {
        return key + filling;
    }

    int acknowledged() {
        return acknowledged.size();
    }

    void awaitMore(int count) {
        int wanted = acknowledged.size() + count;
        await(wanted + " acknowledged writes")
                .atMost(Duration.ofMinutes(3))
                .until(() -> acknowledged.size() >= wanted);
    }

    /// The 99th percentile of the writes acknowledged since this was last asked, in microseconds.
    long p99Micros() {
        List<Long> all = new ArrayList<>();
        for (Long one = nanos.poll(); one != null; one = nanos.poll()) {
            all.add(one);
        }
        all.sort(null);
        return all.isEmpty() ? 0 : all.get(all.size() * 99 / 100) / 1_000;
    }

    /// Acknowledged writes that are not there any more.
    List<String> lost() throws Exception {
        Queue<String> lost = new ConcurrentLinkedQueue<>();
        Queue<String> toRead = new ConcurrentLinkedQueue<>(acknowledged);
        List<Future<?>> readers = new ArrayList<>();
        try (ExecutorService reading = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int reader = 0; reader < 6; reader++) {
                readers.add(
                        reading.submit(() -> {
                            for (String key = toRead.poll(); key != null; key = toRead.poll()) {
                                if (!valueOf(key).equals(read(key))) {
                                    lost.add(key);
                                }
                            }
                        }));
            }
        }
        for (Future<?> reader : readers) {
            reader.get();
        }
        return List.copyOf(lost);
    }

    /// Reads, also if there is an election just now.
    private @Nullable String read(String key) {
        long deadline = System.nanoTime() + READABLE.toNanos();
        while (true) {
            try {
                return jedis.get(key);
            } catch (JedisException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    /// Ends the writing; what was acknowledged can still be asked for.
    void stop() {
        writing.set(false);
        threads.close();
    }

    @Override
    public void close() {
        stop();
    }
}
