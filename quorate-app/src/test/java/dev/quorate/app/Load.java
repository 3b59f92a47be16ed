package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.exceptions.JedisException;

/// Clients that write a new key each time, until they are told to stop, and remember which writes
/// were acknowledged. Each request that fails is tried once more, after a pause.
final class Load implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final long PAUSE_MILLIS = 250;

    private final JedisCluster jedis;
    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final Queue<String> failed = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger retried = new AtomicInteger();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor();

    Load(JedisCluster jedis, String prefix, int writers) {
        this.jedis = jedis;
        for (int writer = 0; writer < writers; writer++) {
            String own = prefix + writer + ":";
            this.writers.execute(() -> write(own));
        }
    }

    private void write(String prefix) {
        for (int i = 0; stopping.getCount() > 0; i++) {
            String key = prefix + i;
            if (tried(key) == null) {
                continue;
            }
            retried.incrementAndGet();
            if (pause()) {
                return;
            }
            JedisException again = tried(key);
            if (again != null) {
                failed.add(key + ": " + again);
                pause();
            }
        }
    }

    private @Nullable JedisException tried(String key) {
        try {
            jedis.set(key, key);
            acknowledged.add(key);
            count.incrementAndGet();
            return null;
        } catch (JedisException e) {
            return e;
        }
    }

    /// Whether it is over.
    private boolean pause() {
        try {
            return stopping.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /// Waits until so many more writes were acknowledged.
    void awaitMore(int more) {
        int enough = count.get() + more;
        await(enough + " acknowledged writes").atMost(PATIENCE).until(() -> count.get() >= enough);
    }

    /// Requests that failed, and failed again when they were tried once more.
    List<String> failed() {
        return List.copyOf(failed);
    }

    /// What happened, in a line.
    String describe() {
        return "%d writes acknowledged, %d tried twice, %d failed twice"
                .formatted(count.get(), retried.get(), failed.size());
    }

    /// Stops the clients and reads everything back that was acknowledged.
    void assertNothingIsLost() throws Exception {
        close();
        Queue<String> left = new ConcurrentLinkedQueue<>(acknowledged);
        Queue<String> lost = new ConcurrentLinkedQueue<>();
        List<Future<?>> readers = new ArrayList<>();
        try (ExecutorService reading = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int reader = 0; reader < 8; reader++) {
                readers.add(
                        reading.submit(() -> {
                            for (String key = left.poll(); key != null; key = left.poll()) {
                                if (!key.equals(read(key))) {
                                    lost.add(key);
                                }
                            }
                        }));
            }
        }
        for (Future<?> reader : readers) {
            reader.get();
        }
        assertThat(lost).isEmpty();
        assertThat(acknowledged).isNotEmpty();
    }

    /// Reads, also if there is an election just now.
    private @Nullable String read(String key) {
        long untilNanos = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return jedis.get(key);
            } catch (JedisException e) {
                if (System.nanoTime() - untilNanos >= 0) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE_MILLIS * 1_000_000);
            }
        }
    }

    @Override
    public void close() {
        stopping.countDown();
        writers.close();
    }
}
