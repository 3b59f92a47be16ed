package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.app.cluster.DevProcess;
import dev.quorate.app.cluster.FreePorts;
import dev.quorate.app.cluster.NodeProcess;
import dev.quorate.app.cluster.PidFile;
import dev.quorate.app.cluster.ReadyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisCluster;

/// Every node of a cluster is restarted in turn while clients write, and one comes back at other
/// addresses. No request fails when it is tried once more.
///
/// The nodes wait long before they elect, so that a machine that is busy with other things causes no
/// elections: a leader changes only because it hands over.
class RollingRestartIT {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final Pattern PORT = Pattern.compile("(listen = \"127\\.0\\.0\\.1:)\\d+");
    private static final Pattern LINKS =
            Pattern.compile("\\[links\\]\\s+listen = \"(127\\.0\\.0\\.1:\\d+)\"");

    @TempDir private Path directory;

    @Test
    void noRequestFailsTwiceWhileEveryNodeRestartsAndOneMoves() throws Exception {
        try (DevProcess dev = 
                        Clusters.start(
                                directory,
                                "--groups",
                                "8",
                                "--engine",
                                "memory",
                                "--set",
                                "raft.election-timeout=8s",
                                "--set",
                                "limits.leader-wait=15s",
                                "--set",
                                "limits.drain=30s");
                JedisCluster jedis = Clusters.jedis(dev.ready());
                Load load = new Load(jedis, "rolling:", 4)) {
            List<ReadyFile.Node> nodes = dev.ready().nodes();
            load.awaitMore(50);
            for (ReadyFile.Node node : nodes) {
                stop(Path.of(node.dir()));
                Clusters.restart(node);
                Clusters.awaitReady(node);
                load.awaitMore(50);
                say("node " + node.id() + " was restarted; " + load.describe());
            }
            assertThat(load.failed()).isEmpty();

            moveLast(nodes);
            load.awaitMore(50);
            assertThat(load.failed()).isEmpty();
            load.assertNothingIsLost();
            say(load.describe());
        }
    }

    private void moveLast(List<ReadyFile.Node> nodes) throws Exception {
        ReadyFile.Node last = nodes.getLast();
        Path home = Path.of(last.dir());
        stop(home);
        FreePorts ports = new FreePorts(new Random());
        Path settings = home.resolve("quorate.toml");
        Files.writeString(
                settings,
                PORT.matcher(Files.readString(settings))
                        .replaceAll(found -> found.group(1) + ports.any()));
        NodeProcess moved = NodeProcess.start(home);
        try {
            String links = linksOf(settings);
            for (ReadyFile.Node other : nodes.subList(0, nodes.size() - 1)) {
                await("node " + other.id() + " has found the node that moved")
                        .atMost(PATIENCE)
                        .ignoreExceptions()
                        .until(() ->
                                Clusters.report(other).nodes().stream()
                                        .anyMatch(node ->
                                                node.id() == last.id()
                                                        && node.links().equals(links)
                                                        && node.linkUp()
                                                        && "alive".equals(node.reach())));
                Clusters.awaitReady(other);
            }
            say("node " + last.id() + " moved to " + links + " and was found");
        } catch (RuntimeException | Error e) {
            say(moved.lastWords());
            throw e;
        }
    }

    /// As an operator does it: politely.
    private static void stop(Path home) throws Exception {
        ProcessHandle process = PidFile.process(home).orElseThrow();
        process.destroy();
        process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static String linksOf(Path settings) throws IOException {
        Matcher links = LINKS.matcher(Files.readString(settings));
        assertThat(links.find()).isTrue();
        return links.group(1);
    }

    private static void say(String line) {
        System.err.println("RollingRestartIT: " + line);
    }
}
