package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.app.cluster.DevProcess;
import dev.quorate.app.cluster.ReadyFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.exceptions.JedisException;

/// `kill -9` while clients write: no acknowledged write is lost, and the cluster goes on.
///
/// More rounds: `./dev crash --rounds N`. Each round kills one node, another one each time, so the
/// next round has a majority only if the last victim really came back; then all at once.
class CrashIT {
    private static final int GROUPS = 16;
    private static final int WRITERS = 6;
    private static final int WRITES_PER_ROUND_MIN = 200;
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final Duration WRITABLE = Duration.ofSeconds(60);

    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean writing = new AtomicBoolean(true);
    private final AtomicLong unanswered = new AtomicLong();

    @TempDir private Path directory;

    @Test
    void noAcknowledgedWriteIsLostWhenNodesAreKilled() throws Exception {
        int rounds = Integer.getInteger("crash.rounds", 5);
        try (DevProcess dev = Clusters.start(directory, "--groups", Integer.toString(GROUPS));
                JedisCluster jedis = Clusters.impatientJedis(dev.ready())) {
            List<ReadyFile.Node> nodes = dev.ready().nodes();
            List<Long> pids = new ArrayList<>(nodes.stream().map(ReadyFile.Node::pid).toList());
            for (int round = 0; round < rounds; round++) {
                killOne(jedis, nodes, pids, round, dev);
                killAll(nodes, pids, round);
            }
            assertEveryAcknowledgedWriteIsThere(jedis);
        }
    }

    private void killOne(
            JedisCluster jedis,
            List<ReadyFile.Node> nodes,
            List<Long> pids,
            int round,
            DevProcess dev)
            throws Exception {
        int victim = round % nodes.size();
        writing.set(true);
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int writer = 0; writer < WRITERS; writer++) {
                String prefix = "crash:" + round + ":" + writer + ":";
                writers.execute(() -> write(jedis, prefix));
            }
            try {
                awaitAcknowledged(acknowledged.size() + WRITES_PER_ROUND_MIN);
                int before = acknowledged.size();
                Clusters.kill(pids.get(victim));
                report(round, nodes.get(victim), awaitEveryGroupWritable(jedis, round));
                awaitAcknowledged(before + WRITES_PER_ROUND_MIN);
                pids.set(victim, Clusters.restart(nodes.get(victim)).pid());
                Clusters.awaitReady(nodes.get(victim));
                awaitAcknowledged(acknowledged.size() + WRITES_PER_ROUND_MIN);
            } finally {
                writing.set(false);
            }
        }
        String told = "Node " + nodes.get(victim).id() + " is running again";
        await("dev tells of the restarted node")
                .atMost(WRITABLE)
                .until(() -> dev.printed().contains(told));
    }

    private static void killAll(List<ReadyFile.Node> nodes, List<Long> pids, int round)
            throws IOException {
        for (long pid : pids) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
        long start = System.nanoTime();
        for (int i = 0; i < pids.size(); i++) {
            ProcessHandle.of(pids.get(i)).ifPresent(process -> process.onExit().join());
            pids.set(i, Clusters.restart(nodes.get(i)).pid());
        }
        nodes.forEach(Clusters::awaitReady);
        say(
                "round %d: all nodes killed; ready again after %d ms"
                        .formatted(round, (System.nanoTime() - start) / 1_000_000));
    }

    private void write(JedisCluster jedis, String prefix) {
        for (int i = 0; writing.get(); i++) {
            String key = prefix + i;
            try {
                jedis.set(key, key);
                acknowledged.add(key);
            } catch (JedisException e) {
                // this write may or may not be there; it promises nothing
                unanswered.incrementAndGet();
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private void awaitAcknowledged(int count) {
        await(count + " acknowledged writes")
                .atMost(Duration.ofMinutes(2))
                .until(() -> acknowledged.size() >= count);
    }

    /// Writes to each group until one write was acknowledged; milliseconds by group.
    private static ConcurrentSkipListMap<Integer, Long> awaitEveryGroupWritable(
            JedisCluster jedis, int round) throws Exception {
        ConcurrentSkipListMap<Integer, Long> millis = new ConcurrentSkipListMap<>();
        long start = System.nanoTime();
        List<Future<?>> probes = new ArrayList<>();
        try (ExecutorService probing = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int group = 1; group <= GROUPS; group++) {
                int which = group;
                String key = Clusters.keyOf(group, GROUPS, "probe:" + round + ":");
                probes.add(
                        probing.submit(() -> {
                            await("group " + which + " takes writes")
                                    .atMost(WRITABLE)
                                    .pollInterval(Duration.ofMillis(20))
                                    .ignoreExceptions()
                                    .until(() -> "OK".equals(jedis.set(key, "probe")));
                            millis.put(which, (System.nanoTime() - start) / 1_000_000);
                        }));
            }
        }
        for (Future<?> probe : probes) {
            probe.get();
        }
        return millis;
    }

    private void report(
            int round, ReadyFile.Node victim, ConcurrentSkipListMap<Integer, Long> millis) {
        List<Long> sorted = millis.values().stream().sorted().toList();
        say(
                ("round %d: node %d killed; %d groups writable after %d ms (median), %d ms (last);"
                                + " %d writes acknowledged, %d unanswered so far")
                        .formatted(
                                round,
                                victim.id(),
                                sorted.size(),
                                sorted.get(sorted.size() / 2),
                                sorted.getLast(),
                                acknowledged.size(),
                                unanswered.get()));
    }

    private void assertEveryAcknowledgedWriteIsThere(JedisCluster jedis) throws Exception {
        Queue<String> lost = new ConcurrentLinkedQueue<>();
        Queue<String> toRead = new ConcurrentLinkedQueue<>(acknowledged);
        List<Future<?>> readers = new ArrayList<>();
        try (ExecutorService reading = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int reader = 0; reader < WRITERS; reader++) {
                readers.add(
                        reading.submit(() -> {
                            for (String key = toRead.poll(); key != null; key = toRead.poll()) {
                                if (!key.equals(read(jedis, key))) {
                                    lost.add(key);
                                }
                            }
                        }));
            }
        }
        for (Future<?> reader : readers) {
            reader.get();
        }
        say(acknowledged.size() + " acknowledged writes read back, " + lost.size() + " lost");
        assertThat(lost).isEmpty();
        assertThat(acknowledged).hasSizeGreaterThan(WRITES_PER_ROUND_MIN);
    }

    /// Reads, also if there is an election just now.
    private static @Nullable String read(JedisCluster jedis, String key) {
        long deadline = System.nanoTime() + WRITABLE.toNanos();
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

    private static void say(String line) {
        System.err.println("CrashIT: " + line);
    }
}
