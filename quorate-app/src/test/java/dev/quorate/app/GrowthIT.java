package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quorate.app.admin.AdminToken;
import dev.quorate.app.admin.NodesDocument;
import dev.quorate.app.admin.SecurityClient;
import dev.quorate.app.admin.SecurityClient.Door;
import dev.quorate.app.cluster.DevProcess;
import dev.quorate.app.cluster.FreePorts;
import dev.quorate.app.cluster.NodeProcess;
import dev.quorate.app.cluster.ReadyFile;
import dev.quorate.node.directory.NodeDirectory;
import dev.quorate.node.directory.StartDecision;
import dev.quorate.node.directory.StartRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisCluster;

/// The life of nodes, as real processes and by the commands that operators use, while clients
/// write: one joins (killed again and again on its way), a founder leaves, a dead one is given up
/// and replaced. Not one acknowledged write is lost.
class GrowthIT {
    private static final int GROUPS = 4;
    private static final int KILLS = 3;
    private static final Set<Long> LEFT = Set.of(3L, 4L, 5L);
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @TempDir private Path directory;
    private final List<NodeProcess> joined = new ArrayList<>();
    private final FreePorts ports = new FreePorts(new Random());

    @AfterEach
    void stop() {
        joined.forEach(node ->
                node.current().ifPresent(left -> NodeProcess.stop(left, Duration.ofSeconds(5))));
    }

    @Test
    void nodesComeGoDieAndAreReplacedAndNoAcknowledgedWriteIsLost() throws Exception {
        Random random = new Random(Long.getLong("growth.seed", System.nanoTime()));
        Path home = directory.resolve("cluster");
        try (DevProcess dev =
                        Clusters.start(
                                home, "--groups", Integer.toString(GROUPS), "--engine", "memory");
                JedisCluster jedis = Clusters.jedis(dev.ready());
                Load load = new Load(jedis, "growth:", 4);
                SecurityClient client = new SecurityClient()) {
            List<ReadyFile.Node> founders = dev.ready().nodes();
            Door third = door(founders.get(2));
            load.awaitMore(50);

            Path fourth = join(client, third, random, KILLS);
            run(fourth, random, KILLS);
            awaitState(client, third, 4, "active");
            say("node 4 is active; " + load.describe());

            assertThatThrownBy(() -> client.changeNode(third, 4, "remove", Map.of()))
                    .hasMessageContaining("it answers");
            client.changeNode(third, 1, "leave", Map.of());
            awaitGone(client, third, 1);
            Path first = Path.of(founders.getFirst().dir());
            await("node 1 has stopped by itself")
                    .atMost(PATIENCE)
                    .until(() -> ended(founders.getFirst().pid()));
            assertThatThrownBy(() -> new NodeDirectory(first).decide())
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining("belongs to it no more");
            say("node 1 has left; " + load.describe());
            load.awaitMore(50);

            Clusters.kill(founders.get(1).pid());
            await("node 2 is known to be dead")
                    .atMost(PATIENCE)
                    .until(() -> node(client, third, 2).reach().equals("dead"));
            client.changeNode(third, 2, "remove", Map.of("reason", "burnt"));
            run(join(client, third, random, 0), random, 0);
            awaitState(client, third, 5, "active");
            awaitGone(client, third, 2);
            say("node 5 has replaced node 2; " + load.describe());

            // and when it comes back after all, it is told, and ends for good
            Path second = Path.of(founders.get(1).dir());
            NodeProcess back = NodeProcess.start(second);
            joined.add(back);
            await("node 2 was told that it is out").atMost(PATIENCE).until(() -> ended(back.pid()));
            assertThatThrownBy(() -> new NodeDirectory(second).decide())
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining("belongs to it no more");
            say("node 2 came back and was told");

            load.awaitMore(50);
            await("every group is on the three that are left")
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() ->
                            Clusters.report(founders.get(2)).groups().stream()
                                    .allMatch(group -> Set.copyOf(group.voters()).equals(LEFT)));
            load.assertNothingIsLost();
            say(load.describe());
        }
    }

    /// Makes the next node by `quorate join`, which is killed some times before it may finish.
    private Path join(SecurityClient client, Door door, Random random, int kills) throws Exception {
        Path home = directory.resolve("joined-" + joined.size());
        Path token = directory.resolve("token-" + joined.size());
        Files.writeString(token, client.createToken(door, Duration.ofMinutes(10)).token());
        List<String> command =
                NodeProcess.command(
                        "join",
                        "--dir",
                        home.toString(),
                        "--token-file",
                        token.toString(),
                        "--links",
                        "127.0.0.1:" + ports.any(),
                        "--redis",
                        "127.0.0.1:" + ports.any(),
                        "--admin",
                        "127.0.0.1:" + ports.any(),
                        "--engine",
                        "memory",
                        "--set",
                        "links.udp-payload=8900");
        for (int kill = 0; kill < kills; kill++) {
            Process process = begin(command);
            if (process.waitFor(random.nextInt(2_500), TimeUnit.MILLISECONDS)) {
                break;
            }
            process.destroyForcibly().waitFor();
            assertNothingLooksLikeSuccess(home);
        }
        Process process = begin(command);
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(() -> "quorate join said " + text(directory.resolve("join.out")))
                .isZero();
        return home;
    }

    private Process begin(List<String> command) throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("join.out").toFile())
                .start();
    }

    private static void assertNothingLooksLikeSuccess(Path home) {
        NodeDirectory node = new NodeDirectory(home);
        if (Files.exists(node.catalog())) {
            assertThat(node.decide()).isInstanceOf(StartDecision.Join.class);
        } else {
            assertThatThrownBy(node::decide).isInstanceOf(StartRefused.class);
        }
    }

    /// Starts a node, which is killed some times before it may stay.
    private void run(Path home, Random random, int kills) throws Exception {
        for (int kill = 0; kill < kills; kill++) {
            NodeProcess process = NodeProcess.start(home);
            ProcessHandle handle = ProcessHandle.of(process.pid()).orElseThrow();
            long untilNanos = System.nanoTime() + random.nextLong(5_000_000_000L);
            await().pollInterval(Duration.ofMillis(10))
                    .atMost(PATIENCE)
                    .until(() -> untilNanos - System.nanoTime() <= 0 || !handle.isAlive());
            assertThat(handle.isAlive()).as(process::lastWords).isTrue();
            Clusters.kill(process.pid());
        }
        joined.add(NodeProcess.start(home));
    }

    private static Door door(ReadyFile.Node node) throws IOException {
        return new Door(node.admin(), AdminToken.read(Path.of(node.dir())));
    }

    private static NodesDocument.Node node(SecurityClient client, Door door, long id)
            throws IOException {
        return client.nodes(door).nodes().stream()
                .filter(one -> one.id() == id)
                .findFirst()
                .orElseThrow();
    }

    private static void awaitState(SecurityClient client, Door door, long id, String state) {
        await("node " + id + " is " + state)
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> node(client, door, id).state().equals(state));
    }

    private static void awaitGone(SecurityClient client, Door door, long id) {
        await("node " + id + " belongs to the cluster no more")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> client.nodes(door).nodes().stream().noneMatch(one -> one.id() == id));
    }

    private static boolean ended(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void say(String line) {
        System.err.println("GrowthIT: " + line);
    }
}
