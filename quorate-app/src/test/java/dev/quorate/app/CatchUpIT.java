package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisCluster;

/// A node that was away while the others let go of the log is brought back by snapshots over real
/// links: much more data than it has heap, while clients write on; and with either side killed in
/// the middle.
///
/// More data: `-Dcatchup.mib=5120`.
class CatchUpIT {
    private static final int MIB = Integer.getInteger("catchup.mib", 512);
    private static final int KILLED_MIB = 32;
    private static final int GROUPS = 2;
    private static final int VALUE_BYTES = 128 << 10;
    private static final int AWAY = 3;
    private static final int HANDS = 6;
    private static final String HEAP = "128m";
    private static final long GROWTH_BYTES_MAX = 64L << 20;
    private static final Duration LIMIT = Duration.ofMinutes(10 + MIB / 256);
    private static final Pattern USED = Pattern.compile("used (\\d+)K");
    private static final Pattern FETCHING =
            Pattern.compile(
                    "Fetching \\S+ of g1 from n(?<from>\\d+), from byte (?<byte>\\d+) of .*");

    @TempDir private Path directory;

    @Test
    void aTransferGoesOnWhenItsReceiverAndThenItsSenderAreKilled() throws Exception {
        try (Fleet fleet = new Fleet(directory, 1, settings("4MiB"))) {
            fleet.startAll();
            try (JedisCluster jedis = fleet.jedis()) {
                fleet.kill(AWAY);
                fill(jedis, KILLED_MIB);

                // when the receiver is killed in the middle
                fleet.begin(AWAY);
                awaitStaged(fleet, 2 << 20);
                int toldBefore = log(fleet).length();
                fleet.kill(AWAY);
                fleet.begin(AWAY);

                // then it goes on where it was
                Matcher resumed = awaitFetching(fleet, toldBefore);
                assertThat(Long.parseLong(resumed.group("byte"))).isPositive();
                say("receiver killed; " + resumed.group());

                // and when the sender is killed, another snapshot takes the place of that one
                int sender = Integer.parseInt(resumed.group("from"));
                toldBefore = log(fleet).length();
                fleet.kill(sender);
                fleet.begin(sender);
                awaitCaughtUp(fleet, 1);
                say("sender n" + sender + " killed; " + awaitFetching(fleet, toldBefore).group());
                await("nothing of it is left")
                        .atMost(LIMIT)
                        .until(() -> filesStaged(fleet).isEmpty());
                fleet.lead(AWAY, 1);
                fleet.kill(1);
                assertFilled(jedis, KILLED_MIB);
            }
        }
    }

    @Test
    void aNodeFarBehindIsBroughtBackBySnapshotsWithoutHoldingThemInItsHeap() throws Exception {
        try (Fleet fleet = new Fleet(directory, GROUPS, settings("64MiB"))) {
            fleet.startAll();
            try (JedisCluster jedis = fleet.jedis()) {
                fleet.kill(AWAY);
                long start = System.nanoTime();
                fill(jedis, MIB);
                say("%d MiB written in %d ms".formatted(MIB, millisSince(start)));
                try (Writers writers = new Writers(jedis, "meanwhile", 2, 128)) {
                    writers.awaitMore(500);
                    long calm = writers.p99Micros();

                    // when it comes back with little heap
                    start = System.nanoTime();
                    startSmall(fleet);
                    long early = liveHeapBytes(fleet);
                    long highest = highestHeapUntilReady(fleet);
                    long busy = writers.p99Micros();
                    writers.stop();
                    say(
                            ("caught up %d ms after it came; live heap %d MiB at first, %d MiB at"
                                 + " most; p99 of writes %d µs before, %d µs meanwhile (%.1f ×)")
                                    .formatted(
                                            millisSince(start),
                                            early >> 20,
                                            highest >> 20,
                                            calm,
                                            busy,
                                            (double) busy / calm));

                    // then it has everything, by snapshots, and never held them
                    assertThat(log(fleet)).contains("by a snapshot of");
                    assertThat(highest - early).isLessThan(GROWTH_BYTES_MAX);
                    start = System.nanoTime();
                    for (int group = 1; group <= GROUPS; group++) {
                        fleet.lead(AWAY, group);
                    }
                    fleet.kill(1);
                    assertFilled(jedis, MIB);
                    assertThat(writers.lost()).isEmpty();
                    say("read back in %d ms".formatted(millisSince(start)));
                }
            }
        }
    }

    private static Map<String, String> settings(String bulkRate) {
        return Map.of(
                "journal.segment", "8MiB",
                "raft.keep-entries", "100",
                "apply.flush-every", "500ms",
                "links.bulk-rate", bulkRate);
    }

    private static void startSmall(Fleet fleet) throws IOException {
        String heap = System.getProperty("quorate.node.heap");
        System.setProperty("quorate.node.heap", HEAP);
        try {
            fleet.begin(AWAY);
        } finally {
            if (heap == null) {
                System.clearProperty("quorate.node.heap");
            } else {
                System.setProperty("quorate.node.heap", heap);
            }
        }
    }

    private static void fill(JedisCluster jedis, int mib) throws Exception {
        forEachKey(mib, key -> "OK".equals(jedis.set(key, valueOf(key))));
    }

    private static void assertFilled(JedisCluster jedis, int mib) throws Exception {
        forEachKey(mib, key -> valueOf(key).equals(jedis.get(key)));
    }

    /// Does something for each key, several at once, each again until it has come true.
    private static void forEachKey(int mib, Predicate<String> what) throws Exception {
        AtomicInteger next = new AtomicInteger();
        List<Future<?>> hands = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int hand = 0; hand < HANDS; hand++) {
                hands.add(
                        threads.submit(() -> {
                            for (int i = next.getAndIncrement();
                                    i < mib * ((1 << 20) / VALUE_BYTES);
                                    i = next.getAndIncrement()) {
                                String key = "fill:" + i;
                                await(key)
                                        .atMost(LIMIT)
                                        .pollInSameThread()
                                        .pollDelay(Duration.ZERO)
                                        .pollInterval(Duration.ofMillis(50))
                                        .ignoreExceptions()
                                        .until(() -> what.test(key));
                            }
                        }));
            }
        }
        for (Future<?> hand : hands) {
            hand.get();
        }
    }

    /// Does not compress well, so that the snapshot is as large as what was written.
    private static String valueOf(String key) {
        StringBuilder text = new StringBuilder(VALUE_BYTES);
        long state = key.hashCode() | 1L << 40;
        while (text.length() < VALUE_BYTES) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            text.append(Long.toUnsignedString(state >>> 8, 36));
        }
        return text.toString();
    }

    private static void awaitStaged(Fleet fleet, long bytes) {
        await("a snapshot is on its way").atMost(LIMIT).until(() -> stagedBytes(fleet) >= bytes);
    }

    private static long stagedBytes(Fleet fleet) throws IOException {
        long bytes = 0;
        for (Path file : filesStaged(fleet)) {
            bytes += Files.exists(file) ? Files.size(file) : 0;
        }
        return bytes;
    }

    /// Snapshots that came, in part or whole, and are not installed yet.
    private static List<Path> filesStaged(Fleet fleet) throws IOException {
        Path snapshots = fleet.home(AWAY).resolve("snapshots");
        if (!Files.exists(snapshots)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(snapshots)) {
            return files.filter(file -> file.toString().matches(".*\\.(staging|received)"))
                    .toList();
        }
    }

    /// Waits until the node has said, behind some place of its log, from where on it fetches what.
    private static Matcher awaitFetching(Fleet fleet, int behind) {
        return await("a transfer is begun")
                .atMost(LIMIT)
                .until(
                        () -> {
                            Matcher said = FETCHING.matcher(log(fleet));
                            return said.find(behind) ? said : null;
                        },
                        Objects::nonNull);
    }

    /// The most that was alive in the heap, by full collections, until the node had caught up.
    private static long highestHeapUntilReady(Fleet fleet) throws Exception {
        AtomicLong highest = new AtomicLong();
        await("caught up")
                .atMost(LIMIT)
                // each look collects all garbage, and starts a process for it
                .pollInterval(Duration.ofSeconds(2))
                .until(() -> {
                    highest.accumulateAndGet(liveHeapBytes(fleet), Math::max);
                    assertThat(fleet.isAlive(AWAY)).as(fleet.lastWords(AWAY)).isTrue();
                    return isCaughtUp(fleet, GROUPS);
                });
        fleet.awaitReady(AWAY);
        return highest.get();
    }

    private static void awaitCaughtUp(Fleet fleet, int groups) {
        await("caught up").atMost(LIMIT).until(() -> isCaughtUp(fleet, groups));
        fleet.awaitReady(AWAY);
    }

    private static boolean isCaughtUp(Fleet fleet, int groups) throws IOException {
        String log = log(fleet);
        for (int group = 1; group <= groups; group++) {
            if (!log.contains("g" + group + " was brought to ")) {
                return false;
            }
        }
        return true;
    }

    private static long millisSince(long startNanos) {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }

    private static String log(Fleet fleet) throws IOException {
        Path log = fleet.home(AWAY).resolve("node.log");
        return Files.exists(log) ? Files.readString(log) : "";
    }

    /// What is alive in the node's heap, after a full collection.
    private static long liveHeapBytes(Fleet fleet) throws Exception {
        String pid = Long.toString(fleet.pid(AWAY));
        await("the node can be asked for its heap")
                .atMost(LIMIT)
                .until(() -> jcmd(pid, "GC.run").contains("successfully"));
        Matcher used = USED.matcher(jcmd(pid, "GC.heap_info"));
        long kib = 0;
        // young and old generation; what follows is no heap
        for (int generation = 0; generation < 2 && used.find(); generation++) {
            kib += Long.parseLong(used.group(1));
        }
        return kib << 10;
    }

    private static String jcmd(String pid, String command) throws Exception {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process process =
                new ProcessBuilder(jcmd.toString(), pid, command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor(30, TimeUnit.SECONDS);
        return output;
    }

    private static void say(String line) {
        System.err.println("CatchUpIT: " + line);
    }
}
