package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quorate.app.cluster.DevProcess;
import dev.quorate.app.cluster.ReadyFile;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisCluster;

/// Clients that know nothing of Quorate work with it as they are.
class RedisClientsIT {
    private static final int SECONDS_MAX = 120;
    private static final int KEYS = 200;

    @TempDir private static Path directory;
    private static DevProcess dev;

    @BeforeAll
    static void startCluster() throws IOException {
        dev = Clusters.start(directory);
    }

    @AfterAll
    static void stopCluster() {
        dev.close();
    }

    @Test
    void redisCliFollowsTheClusterToEveryKey() throws Exception {
        assumeInstalled("redis-cli");
        for (int i = 0; i < 10; i++) {
            assertThat(run("redis-cli", "-c", "-p", port(i % 3), "set", "cli:" + i, "v" + i))
                    .isEqualTo("OK");
        }
        for (int i = 0; i < 10; i++) {
            assertThat(run("redis-cli", "-c", "-p", port(0), "get", "cli:" + i)).isEqualTo("v" + i);
        }
        assertThat(run("redis-cli", "-p", port(0), "cluster", "info"))
                .contains("cluster_state:ok", "cluster_slots_assigned:16384");
    }

    @Test
    void redisBenchmarkRunsAgainstTheCluster() throws Exception {
        assumeInstalled("redis-benchmark");
        List<String> command = new ArrayList<>(List.of("redis-benchmark", "--cluster"));
        command.addAll(List.of("-p", port(0), "-t", "set,get,incr", "-n", "6000"));
        command.addAll(List.of("-c", "30", "-r", "1000", "--csv"));
        String printed = run(command.toArray(String[]::new));
        assertThat(printed).contains("\"SET\",", "\"GET\",", "\"INCR\",");
        assertThat(printed).doesNotContainIgnoringCase("error");
    }

    @Test
    void jedisReadsWhatItWrote() {
        try (JedisCluster jedis = Clusters.jedis(dev.ready())) {
            for (int i = 0; i < KEYS; i++) {
                assertThat(jedis.set("jedis:" + i, "v" + i)).isEqualTo("OK");
            }
            for (int i = 0; i < KEYS; i++) {
                assertThat(jedis.get("jedis:" + i)).isEqualTo("v" + i);
            }
            assertThat(jedis.mset("{tag}a", "1", "{tag}b", "2")).isEqualTo("OK");
            assertThat(jedis.mget("{tag}a", "{tag}b", "{tag}c")).containsExactly("1", "2", null);
            assertThat(jedis.incrBy("jedis:count", 41)).isEqualTo(41);
            assertThat(jedis.incr("jedis:count")).isEqualTo(42);
            assertThat(jedis.del("{tag}a", "{tag}b")).isEqualTo(2);
        }
    }

    @Test
    void lettuceReadsWhatItWrote() {
        RedisURI uri = RedisURI.create("redis://" + dev.ready().nodes().getFirst().redis());
        RedisClusterClient client = RedisClusterClient.create(uri);
        try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
            for (int i = 0; i < KEYS; i++) {
                assertThat(connection.sync().set("lettuce:" + i, "v" + i)).isEqualTo("OK");
            }
            for (int i = 0; i < KEYS; i++) {
                assertThat(connection.sync().get("lettuce:" + i)).isEqualTo("v" + i);
            }
            assertThat(connection.getPartitions()).hasSize(3);
        } finally {
            client.shutdown();
        }
    }

    private static String port(int node) {
        ReadyFile.Node which = dev.ready().nodes().get(node);
        return which.redis().substring(which.redis().lastIndexOf(':') + 1);
    }

    private static void assumeInstalled(String program) {
        boolean installed = false;
        for (String folder : System.getenv("PATH").split(":", -1)) {
            installed |= Path.of(folder, program).toFile().canExecute();
        }
        if (!installed) {
            System.err.println(
                    "SKIPPED: " + program + " is not installed (apt-get install redis-tools)");
        }
        assumeTrue(installed, program + " is not installed: apt-get install redis-tools");
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Path printed = directory.resolve("printed-by-" + command[0]);
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(printed.toFile())
                        .start();
        try {
            process.getOutputStream().close();
            boolean ended = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
            String text = Files.readString(printed, StandardCharsets.UTF_8);
            assertThat(ended).as("%s ended; it printed: %s", List.of(command), text).isTrue();
            return text.strip();
        } finally {
            process.destroyForcibly();
        }
    }
}
