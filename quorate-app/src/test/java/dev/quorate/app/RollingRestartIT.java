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

/// Every node of a cluster is restarted in turn while clients write, and then every one once more,
/// to come back at other addresses. No request fails when it is tried once more.
///
/// The nodes wait long before they elect, so that a machine that is busy with other things causes
/// no elections: a leader changes only because it hands over.
class RollingRestartIT {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final Pattern PORT = Pattern.compile("(listen = \"127\\.0\\.0\\.1:)\\d+");
    private static final Pattern PEERS_PORT =
            Pattern.compile("(\\[links\\]\\s+listen = \"127\\.0\\.0\\.1:)\\d+");
    private static final Pattern LINKS =
            Pattern.compile("\\[links\\]\\s+listen = \"(127\\.0\\.0\\.1:\\d+)\"");

    @TempDir private Path directory;

    @Test
    void noRequestFailsTwiceWhileEveryNodeRestartsAndMoves() throws Exception {
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

            for (ReadyFile.Node node : nodes) {
                move(nodes, node);
                load.awaitMore(50);
                say("after the move " + load.describe());
            }
            assertThat(load.failed()).isEmpty();
            load.assertNothingIsLost();
            say(load.describe());
        }
    }

    /// Restarts a node at other addresses for its peers, the last one also for its clients. Nobody
    /// else is told.
    private static void move(List<ReadyFile.Node> nodes, ReadyFile.Node mover) throws Exception {
        Path home = Path.of(mover.dir());
        stop(home);
        FreePorts ports = new FreePorts(new Random());
        Pattern moved = mover.equals(nodes.getLast()) ? PORT : PEERS_PORT;
        Path settings = home.resolve("quorate.toml");
        Files.writeString(
                settings,
                moved.matcher(Files.readString(settings))
                        .replaceAll(found -> found.group(1) + ports.any()));
        NodeProcess process = NodeProcess.start(home);
        try {
            String links = linksOf(settings);
            for (ReadyFile.Node other : nodes) {
                if (!other.equals(mover)) {
                    await("node " + other.id() + " has found the node that moved")
                            .atMost(PATIENCE)
                            .ignoreExceptions()
                            .until(() -> sees(other, mover.id(), links));
                    Clusters.awaitReady(other);
                }
            }
            say("node " + mover.id() + " moved to " + links + " and was found");
        } catch (RuntimeException | Error e) {
            say(process.lastWords());
            throw e;
        }
    }

    private static boolean sees(ReadyFile.Node looker, long id, String links) throws IOException {
        return Clusters.report(looker).nodes().stream()
                .anyMatch(node ->
                        node.id() == id
                                && node.links().equals(links)
                                && node.linkUp()
                                && "alive".equals(node.reach()));
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
