package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.app.admin.NodeReport;
import dev.quorate.app.cluster.CommandFailure;
import dev.quorate.app.cluster.DevProcess;
import dev.quorate.app.cluster.FreePorts;
import dev.quorate.app.cluster.NodeProcess;
import dev.quorate.app.cluster.ReadyFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.JedisCluster;

/// The first command of the README, as people and scripts use it.
class DevIT {
    @TempDir private Path directory;

    @Test
    void aClusterComesUpIsSeenLosesANodeAndStopsWhole() throws Exception {
        Path home = directory.resolve("cluster");
        ReadyFile ready;
        long restarted;
        try (DevProcess dev = Clusters.start(home, "--groups", "4")) {
            ready = dev.ready();
            assertThat(ready.clusterId()).hasSize(32);
            assertThat(ready.nodes()).hasSize(3);
            assertThat(dev.printed())
                    .contains("redis-cli -c -p", "status", "kill -9", "start --dir");
            try (JedisCluster jedis = Clusters.jedis(ready)) {
                jedis.set("kept", "yes");
            }
            assertTheAdminInterfaceTells(ready.nodes().getFirst());
            assertThat(run("status", "--dir", home.toString()).code()).isZero();
            assertASecondDevIsRefused(home);

            // when a node dies
            ReadyFile.Node victim = ready.nodes().getFirst();
            Clusters.kill(victim.pid());
            Awaitility.await("dev says so")
                    .atMost(Clusters.READY)
                    .until(() -> dev.printed().contains("(pid " + victim.pid() + ") ended"));

            // then the others answer for the cluster, and dev goes on
            Awaitility.await("status says that the node is down")
                    .atMost(Clusters.READY)
                    .untilAsserted(() -> {
                        Ended status = run("status", "--dir", home.toString());
                        assertThat(status.printed())
                                .contains("down")
                                .contains("note: " + victim.admin());
                        assertThat(status.code()).isEqualTo(3);
                    });
            assertThat(dev.alive()).isTrue();

            // and a node that is started by hand is stopped with the rest
            restarted = Clusters.restart(victim).pid();
            Clusters.awaitReady(victim);
            assertThat(dev.stop()).isTrue();
        }
        assertThat(ready.nodes()).noneMatch(node -> alive(node.pid()));
        assertThat(alive(restarted)).isFalse();

        // the data survives a stop, and the ports stay
        try (DevProcess dev = Clusters.start(home);
                JedisCluster jedis = Clusters.jedis(dev.ready())) {
            assertThat(dev.ready().clusterId()).isEqualTo(ready.clusterId());
            assertThat(dev.ready().nodes().getFirst().redis())
                    .isEqualTo(ready.nodes().getFirst().redis());
            assertThat(jedis.get("kept")).isEqualTo("yes");
        }
    }

    @Test
    void aBusyPortIsNamed() throws Exception {
        int port = new FreePorts(new Random()).any();
        try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            Ended dev =
                    run(
                            "dev",
                            "--dir",
                            directory.toString(),
                            "--nodes",
                            "1",
                            "--redis-port",
                            Integer.toString(port),
                            "--admin-port",
                            "0");
            assertThat(dev.code()).isEqualTo(1);
            assertThat(dev.printed())
                    .contains("Port " + port + " for the Redis port of node 1 is in use.");
        }
    }

    @Test
    void anotherShapeOfTheSameClusterIsRefused() throws Exception {
        try (DevProcess dev = Clusters.start(directory, "--nodes", "1", "--groups", "2")) {
            assertThat(dev.stop()).isTrue();
        }
        assertThatThrownBy(() -> Clusters.start(directory, "--groups", "3").close())
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("has --groups 2, not 3");
    }

    private static void assertTheAdminInterfaceTells(ReadyFile.Node node) throws Exception {
        NodeReport report = Clusters.report(node);
        assertThat(report.ready()).isTrue();
        assertThat(report.pid()).isEqualTo(node.pid());
        assertThat(report.groups()).hasSize(5);
        assertThat(report.nodes()).hasSize(3);
        assertThat(report.counters()).containsKeys("journal_commits", "redis_writes");
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> health =
                    http.send(
                            HttpRequest.newBuilder(URI.create(node.admin() + "/health")).build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(health.body()).contains("\"ready\" : true");
            HttpResponse<String> live =
                    http.send(
                            HttpRequest.newBuilder(URI.create(node.admin() + "/health/live"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(live.statusCode()).isEqualTo(200);
            assertThat(live.body()).contains("\"live\" : true");
            HttpResponse<String> info =
                    http.send(
                            HttpRequest.newBuilder(URI.create(node.admin() + "/v1/cluster-info"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(info.body())
                    .contains("\"lifecycle\" : \"ready\"", "\"name\" : \"liveness\"");
        }
    }

    private void assertASecondDevIsRefused(Path home) throws Exception {
        Ended second = run("dev", "--dir", home.toString());
        assertThat(second.code()).isEqualTo(1);
        assertThat(second.printed()).contains("Another `quorate dev` is running the cluster in");
    }

    private static boolean alive(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }

    private record Ended(int code, String printed) {}

    private Ended run(String... arguments) throws IOException, InterruptedException {
        Path printed = Files.createTempFile(directory, "printed", ".txt");
        Process process =
                new ProcessBuilder(NodeProcess.command(arguments))
                        .redirectErrorStream(true)
                        .redirectOutput(printed.toFile())
                        .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return new Ended(process.exitValue(), Files.readString(printed));
        } finally {
            process.destroy();
        }
    }
}
