package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.app.admin.NodeReport;
import dev.quorate.app.cluster.DevProcess;
import dev.quorate.app.cluster.ReadyFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisCluster;

/// Five nodes as real processes: they see each other, miss one that dies, and see it come back.
class FiveNodesIT {
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @TempDir private Path directory;

    @Test
    void aNodeThatDiesIsMissedByAllAndSeenAgainWhenItIsBack() throws Exception {
        try (DevProcess dev =
                        Clusters.start(
                                directory, "--nodes", "5", "--groups", "6", "--engine", "memory");
                JedisCluster jedis = Clusters.jedis(dev.ready())) {
            List<ReadyFile.Node> nodes = dev.ready().nodes();
            assertThat(nodes).hasSize(5);
            ReadyFile.Node victim = nodes.getLast();
            List<ReadyFile.Node> others = nodes.subList(0, 4);
            for (ReadyFile.Node node : nodes) {
                for (long other = 1; other <= 5; other++) {
                    awaitReach(node, other, "alive");
                }
            }
            jedis.set("before", "1");

            long killedNanos = System.nanoTime();
            Clusters.kill(victim.pid());
            for (ReadyFile.Node node : others) {
                awaitReach(node, victim.id(), "dead");
            }
            System.err.println(
                    "FiveNodesIT: all knew of the death after "
                            + (System.nanoTime() - killedNanos) / 1_000_000
                            + " ms");
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> "OK".equals(jedis.set("meanwhile", "2")));

            Clusters.restart(victim);
            Clusters.awaitReady(victim);
            for (ReadyFile.Node node : others) {
                awaitReach(node, victim.id(), "alive");
            }
            assertThat(jedis.get("before")).isEqualTo("1");
            assertThat(jedis.get("meanwhile")).isEqualTo("2");
        }
    }

    private static void awaitReach(ReadyFile.Node seenBy, long id, String reach) {
        await("node " + seenBy.id() + " believes that node " + id + " is " + reach)
                .atMost(PATIENCE)
                .ignoreExceptions()
                .until(() ->
                        Clusters.report(seenBy).nodes().stream()
                                .filter(node -> node.id() == id)
                                .map(NodeReport.Node::reach)
                                .anyMatch(reach::equals));
    }
}
