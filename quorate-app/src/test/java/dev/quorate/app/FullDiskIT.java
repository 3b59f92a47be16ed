package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisCluster;

/// The journal's file system of one node is full: the node stays, the cluster goes on, and all is
/// well again by itself once there is room (rule R8). Where no small file system can be mounted, or
/// `-Dfulldisk.quota` says so, a quota makes the disk full.
class FullDiskIT {
    private static final int GROUPS = 3;
    private static final int VALUE_BYTES = 64 << 10;
    private static final long QUOTA_MIB = 4096;
    private static final long LEFT_MIB = 2;
    private static final int WRITERS = 6;
    private static final int MORE = 200;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir private Path directory;

    @Test
    void aFullDiskIsSurvivedAndLeftBehindWithoutARestart() throws Exception {
        boolean mounts =
                !Boolean.getBoolean("fulldisk.quota")
                        && SmallFileSystem.isPossible(directory.resolve("tried"));
        say(mounts ? "on a small file system" : "within a quota");
        try (Fleet fleet =
                        new Fleet(
                                directory,
                                GROUPS,
                                Map.of(
                                        "journal.segment", "8MiB",
                                        "journal.quota", QUOTA_MIB + "MiB",
                                        // nothing becomes durable, so nothing can be let go of
                                        "apply.flush-every", "1h"));
                @Nullable SmallFileSystem small =
                        mounts
                                ? SmallFileSystem.mount(fleet.home(1).resolve("journal"), 256)
                                : null;
                JedisCluster jedis = cluster(fleet)) {
            Path ballast = fleet.home(1).resolve("journal").resolve("ballast");
            if (small == null) {
                useUp(ballast);
            } else {
                fill(ballast);
            }
            try (Writers writers = new Writers(jedis, "full", WRITERS, VALUE_BYTES)) {
                // when the disk of node 1 runs full
                await("node 1 says that its disk is full")
                        .atMost(LIMIT)
                        .ignoreExceptions()
                        .until(() -> String.valueOf(fleet.report(1).cause()).contains("is full"));
                int before = writers.acknowledged();

                // then it is alive, answers, and the groups that others lead take writes
                assertThat(fleet.isAlive(1)).as(fleet.lastWords(1)).isTrue();
                writers.awaitMore(MORE);
                say(
                        "disk full after %d writes; %d more were acknowledged meanwhile"
                                .formatted(before, writers.acknowledged() - before));

                // and when there is room again, all groups do, and the node is ready
                Files.delete(ballast);
                long start = System.nanoTime();
                fleet.awaitReady(1);
                for (int group = 1; group <= GROUPS; group++) {
                    String key = Clusters.keyOf(group, GROUPS, "probe:");
                    await("group " + group + " takes writes")
                            .atMost(LIMIT)
                            .ignoreExceptions()
                            .until(() -> "OK".equals(jedis.set(key, "probe")));
                }
                say(
                        "ready, and all groups writable, %d ms after there was room"
                                .formatted((System.nanoTime() - start) / 1_000_000));
                writers.stop();
                assertThat(fleet.isAlive(1)).as(fleet.lastWords(1)).isTrue();
                assertThat(writers.lost()).isEmpty();

                // also what node 1 has on its own disk
                fleet.kill(1);
                fleet.start(1);
                fleet.kill(2);
                assertThat(writers.lost()).isEmpty();
            }
        }
    }

    private static JedisCluster cluster(Fleet fleet) throws IOException {
        fleet.startAll();
        return fleet.jedis();
    }

    /// Takes all of the quota but some; it is counted by what files say they have.
    private static void useUp(Path file) throws IOException {
        long used = 0;
        try (Stream<Path> files = Files.list(file.getParent())) {
            for (Path other : files.toList()) {
                used += Files.size(other);
            }
        }
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(((QUOTA_MIB - LEFT_MIB) << 20) - used);
        }
    }

    /// Takes all the room but some.
    private static void fill(Path file) throws IOException {
        long room = Files.getFileStore(file.getParent()).getUsableSpace() - (LEFT_MIB << 20);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocate(1 << 20);
            for (long written = 0; written < room; ) {
                written += channel.write(block.clear());
            }
        }
    }

    private static void say(String line) {
        System.err.println("FullDiskIT: " + line);
    }

    /// A file system of its own, in memory.
    private record SmallFileSystem(Path at) implements AutoCloseable {
        static SmallFileSystem mount(Path at, int mib) throws IOException {
            Files.createDirectories(at);
            if (!run("mount", "-t", "tmpfs", "-o", "size=" + mib + "m", "tmpfs", at.toString())) {
                throw new IOException("no file system can be mounted at " + at);
            }
            return new SmallFileSystem(at);
        }

        /// Whether this user may mount at all: root may, but not in every container.
        static boolean isPossible(Path at) throws IOException {
            try (SmallFileSystem tried = mount(at, 1)) {
                return Files.isDirectory(tried.at());
            } catch (IOException refused) {
                return false;
            }
        }

        @Override
        public void close() throws IOException {
            // lazily: the node that used it may be on its way out
            run("umount", "-l", at.toString());
        }

        private static boolean run(String... command) throws IOException {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.onExit().orTimeout(30, TimeUnit.SECONDS).join().exitValue() == 0;
        }
    }
}
