package dev.quorate.app;

import static org.awaitility.Awaitility.await;

import dev.quorate.app.admin.AdminClient;
import dev.quorate.app.admin.NodeReport;
import dev.quorate.app.cluster.DevProcess;
import dev.quorate.app.cluster.NodeProcess;
import dev.quorate.app.cluster.ReadyFile;
import dev.quorate.types.KeySlot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;

/// What tests on real processes share. Deadlines are generous: the machine may be busy.
final class Clusters {
    static final Duration READY = Duration.ofMinutes(3);
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int CONNECTIONS_MAX = 64;
    private static final int ATTEMPTS = 5;

    private Clusters() {}

    static DevProcess start(Path directory, String... options) throws IOException {
        return DevProcess.start(directory, READY, options);
    }

    static JedisCluster jedis(ReadyFile ready) {
        return jedis(ready, ATTEMPTS);
    }

    /// A client that hands failures on at once: below three attempts Jedis never pauses between
    /// them, and what is measured is the cluster.
    static JedisCluster impatientJedis(ReadyFile ready) {
        return jedis(ready, 2);
    }

    private static JedisCluster jedis(ReadyFile ready, int attempts) {
        Set<HostAndPort> nodes = new HashSet<>();
        for (ReadyFile.Node node : ready.nodes()) {
            nodes.add(HostAndPort.from(node.redis()));
        }
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(CONNECTIONS_MAX);
        pool.setMaxIdle(CONNECTIONS_MAX);
        return new JedisCluster(
                nodes,
                DefaultJedisClientConfig.builder()
                        .connectionTimeoutMillis(TIMEOUT_MILLIS)
                        .socketTimeoutMillis(TIMEOUT_MILLIS)
                        .build(),
                attempts,
                pool);
    }

    /// A key that a group owns.
    static String keyOf(int group, int groups, String prefix) {
        for (int i = 0; ; i++) {
            String key = prefix + i;
            byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
            if (1 + KeySlot.vshardOf(bytes).value() % groups == group) {
                return key;
            }
        }
    }

    static NodeReport report(ReadyFile.Node node) throws IOException {
        try (AdminClient client = new AdminClient(ANSWER)) {
            return client.status(node.admin());
        }
    }

    static void awaitReady(ReadyFile.Node node) {
        await("node " + node.id() + " knows a leader of every group")
                .atMost(READY)
                .ignoreExceptions()
                .until(() -> report(node).ready());
    }

    static NodeProcess restart(ReadyFile.Node node) throws IOException {
        return NodeProcess.start(Path.of(node.dir()));
    }

    static void kill(long pid) {
        ProcessHandle process =
                ProcessHandle.of(pid)
                        .orElseThrow(() -> new AssertionError("no process " + pid + " to kill"));
        process.destroyForcibly();
        process.onExit().orTimeout(60, TimeUnit.SECONDS).join();
    }
}
