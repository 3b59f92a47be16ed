package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.node.Founders.Founder;
import dev.quorate.node.Founders.Plan;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three nodes in one process over real QUIC and real files.
class ThreeNodesTest {
    private static final int GROUPS = 3;
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir Path directory;
    private final Map<Integer, Quorate> nodes = new TreeMap<>();

    /// What carries the links.
    String transport() {
        return "quic";
    }

    @BeforeEach
    void found() throws IOException {
        List<Founder> founders = new ArrayList<>();
        List<Integer> ports = Ports.free(6);
        for (int port : ports.subList(0, 3)) {
            // nodes whose links use TCP enrol elsewhere
            String enrol = "127.0.0.1:" + ports.get(3 + founders.size());
            founders.add(
                    new Founder(
                            directory.resolve("n" + (founders.size() + 1)),
                            "127.0.0.1:" + port,
                            "",
                            "",
                            Map.of(
                                    "journal.segment",
                                    "8MiB",
                                    "links.transport",
                                    transport(),
                                    "enrol.listen",
                                    enrol)));
        }
        Founders.prepare(new Plan(founders, GROUPS, 3, directory.resolve("ca")));
        startAll();
    }

    @AfterEach
    void close() {
        nodes.values().forEach(Quorate::close);
    }

    @Test
    void anyNodeTakesWritesAndForwardsThemToTheLeader() {
        for (int i = 1; i <= 3; i++) {
            write(node(i), new GroupId(1), "from" + i, "x" + i);
        }
        for (int i = 1; i <= 3; i++) {
            for (int j = 1; j <= 3; j++) {
                assertThat(read(node(i), new GroupId(1), "from" + j)).isEqualTo("x" + j);
            }
        }
        // and one that asked to be told instead is told
        Quorate follower = notLeading(new GroupId(1));
        Outcome outcome =
                follower.group(new GroupId(1))
                        .submit(Bytes.utf8("k=1"), Duration.ofSeconds(5), Reach.REDIRECT)
                        .join();
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Rejected.class,
                        refusal -> {
                            assertThat(refusal.retry()).isEqualTo(Outcome.Retry.REDIRECT);
                            assertThat(refusal.leader()).isNotNull();
                        });
    }

    @Test
    void oneNodeLessIsNoLoss() {
        write(node(1), new GroupId(1), "before", "1");

        node(1).close();
        nodes.remove(1);
        for (long g = 1; g <= GROUPS; g++) {
            write(node(2), new GroupId(g), "after", "2");
        }

        assertThat(read(node(3), new GroupId(1), "before")).isEqualTo("1");
        start(1);
        for (long g = 1; g <= GROUPS; g++) {
            assertThat(read(node(1), new GroupId(g), "after")).isEqualTo("2");
        }
    }

    @Test
    void everybodyHearsWhoLeavesAndWhoComesBack() {
        patiently().until(() -> reachOfFirst(2) == ClusterView.Reach.ALIVE);

        node(1).close();
        nodes.remove(1);
        patiently().until(() -> reachOfFirst(2) == ClusterView.Reach.LEFT);
        patiently().until(() -> reachOfFirst(3) == ClusterView.Reach.LEFT);

        start(1);
        patiently().until(() -> reachOfFirst(2) == ClusterView.Reach.ALIVE);
        patiently().until(() -> reachOfFirst(3) == ClusterView.Reach.ALIVE);
    }

    @Test
    void aNodeThatMovesIsFoundAgainByItself() throws IOException {
        write(node(1), new GroupId(1), "before", "1");
        node(3).close();
        nodes.remove(3);
        List<Integer> ports = Ports.free(2);
        Path settings = directory.resolve("n3").resolve(QuorateConfig.FILE);
        String moved =
                Files.readString(settings)
                        .replaceFirst(
                                "\\[enrol\\]\nlisten = .*",
                                "[enrol]\nlisten = \"127.0.0.1:" + ports.get(0) + "\"")
                        .replaceFirst(
                                "\\[links\\]\nlisten = .*",
                                "[links]\nlisten = \"127.0.0.1:" + ports.get(1) + "\"");
        Files.writeString(settings, moved);

        start(3);

        String links = "127.0.0.1:" + ports.get(1);
        for (int i = 1; i <= 3; i++) {
            Quorate seen = node(i);
            patiently()
                    .until(() -> {
                        ClusterView.Node third = seen.view().node(new NodeId(3));
                        return third != null && third.links().equals(links) && third.linkUp();
                    });
        }
        // the others can reach it, too: two of three are enough for a write only with it
        node(2).close();
        nodes.remove(2);
        write(node(3), new GroupId(1), "after", "2");
        assertThat(read(node(1), new GroupId(1), "after")).isEqualTo("2");
    }

    private ClusterView.@Nullable Reach reachOfFirst(int seenBy) {
        ClusterView.Node first = node(seenBy).view().node(new NodeId(1));
        return first == null ? null : first.reach();
    }

    @Test
    void allThreeComeBackWithEverything() {
        for (int i = 0; i < 100; i++) {
            write(node(1 + i % 3), new GroupId(1 + i % GROUPS), "k" + i, "v" + i);
        }

        nodes.values().forEach(Quorate::close);
        nodes.clear();
        startAll();

        for (int i = 0; i < 100; i++) {
            assertThat(read(node(1 + (i + 1) % 3), new GroupId(1 + i % GROUPS), "k" + i))
                    .isEqualTo("v" + i);
        }
        assertThat(node(1).status().bootEpoch()).isEqualTo(2);
        assertThat(node(1).view().nodes()).extracting(ClusterView.Node::linkUp).containsOnly(true);
    }

    private void startAll() {
        for (int i = 1; i <= 3; i++) {
            nodes.put(i, Quorate.start(config(i), group -> new Registers()));
        }
        nodes.values().forEach(ThreeNodesTest::awaitReady);
    }

    private void start(int i) {
        Quorate node = Quorate.start(config(i), group -> new Registers());
        nodes.put(i, node);
        awaitReady(node);
    }

    private static void awaitReady(Quorate node) {
        assertThat(node.awaitReady(LIMIT)).as(() -> node.status().toString()).isTrue();
    }

    private QuorateConfig config(int i) {
        return QuorateConfig.load(directory.resolve("n" + i), Map.of(), Map.of());
    }

    private Quorate node(int i) {
        Quorate node = nodes.get(i);
        if (node == null) {
            throw new IllegalStateException("node " + i + " is down");
        }
        return node;
    }

    private Quorate notLeading(GroupId group) {
        ClusterView.Group seen = node(1).view().group(group);
        NodeId leader = seen == null ? null : seen.leader();
        return node(leader != null && leader.value() == 1 ? 2 : 1);
    }

    private static void write(Quorate node, GroupId group, String key, String value) {
        Bytes command = Bytes.utf8(key + "=" + value);
        // unknown is a lawful answer while leaders change; the write is safe to repeat
        patiently()
                .until(
                        () ->
                                node.group(group)
                                        .submit(command, Duration.ofSeconds(5), Reach.FORWARD)
                                        .join(),
                        outcome -> outcome instanceof Outcome.Applied);
    }

    private static String read(Quorate node, GroupId group, String key) {
        Outcome answer =
                patiently()
                        .until(
                                () ->
                                        node.group(group)
                                                .ask(
                                                        Bytes.utf8(key),
                                                        ReadLevel.LINEARIZABLE,
                                                        Duration.ofSeconds(5),
                                                        Reach.FORWARD)
                                                .join(),
                                outcome -> outcome instanceof Outcome.Applied);
        return ((Outcome.Applied) answer).result().toUtf8();
    }

    private static ConditionFactory patiently() {
        return Awaitility.await()
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(LIMIT);
    }
}
