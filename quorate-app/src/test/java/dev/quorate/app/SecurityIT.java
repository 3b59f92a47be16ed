package dev.quorate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.app.admin.AdminToken;
import dev.quorate.app.admin.NodeReport;
import dev.quorate.app.admin.SecurityClient;
import dev.quorate.app.cluster.DevProcess;
import dev.quorate.app.cluster.NodeProcess;
import dev.quorate.app.cluster.ReadyFile;
import dev.quorate.transport.Enrolment;
import dev.quorate.transport.EnrolmentRefused;
import dev.quorate.transport.EnrolmentRequest.Announcement;
import dev.quorate.transport.JoinToken;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import redis.clients.jedis.JedisCluster;

/// Certificates and join tokens of real processes, by the commands that operators use.
class SecurityIT {
    @TempDir private Path directory;

    @Test
    void operatorsRenewRotateAndRevokeAndTokensLetNodesIn() throws Exception {
        Path home = directory.resolve("cluster");
        try (DevProcess dev = Clusters.start(home, "--groups", "4")) {
            showsEveryCertificate(home);
            onlyTheTokenOpensTheAdminInterface(dev.ready());
            String token = tokensLetOneNodeInAndCanBeWithdrawn(home);
            theAuthorityIsReplacedWhileWritesSucceed(home, dev.ready());
            finalizingWaitsForTheLastNode(home, dev.ready());
            aRevokedNodeIsCutOff(home, dev.ready());
            secretsAreTheirOwnersAloneAndInNoLog(home, token);
        }
    }

    private static void showsEveryCertificate(Path home) throws IOException {
        Ended table = run("cert", "show", "--dir", home.toString());
        assertThat(table.printed()).contains("NODE", "EXPIRES").hasLineCount(4);
        JsonNode before = json("cert", "show", "--dir", home.toString(), "-o", "json");
        assertThat(before).hasSize(3);
        assertThat(run("cert", "renew", "--dir", home.toString()).code()).isZero();
        JsonNode after = json("cert", "show", "--dir", home.toString(), "-o", "json");
        for (int i = 0; i < 3; i++) {
            assertThat(serial(after, i)).isNotEqualTo(serial(before, i));
        }
    }

    private static void onlyTheTokenOpensTheAdminInterface(ReadyFile ready) throws IOException {
        ReadyFile.Node first = ready.nodes().getFirst();
        Path file = Path.of(first.dir()).resolve("admin.token");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (SecurityClient client = new SecurityClient()) {
            for (AdminToken wrong : new AdminToken[] {null, AdminToken.of("guess")}) {
                SecurityClient.Door door = new SecurityClient.Door(first.admin(), wrong);
                assertThat(client.look(door).nodeId()).isEqualTo(1);
                assertThatThrownBy(() -> client.change(door, "/renew", Map.of()))
                        .isInstanceOf(SecurityClient.Refused.class)
                        .hasMessageContaining("admin token");
            }
        }
    }

    private String tokensLetOneNodeInAndCanBeWithdrawn(Path home) throws IOException {
        String text = run("token", "create", "--dir", home.toString()).printed().strip();
        JoinToken token = JoinToken.parse(text);
        Announcement here =
                new Announcement("127.0.0.1:1", "", new TreeMap<>(), new TreeMap<>(), 1, 1);
        Enrolment.Joined joined = Enrolment.join(token, directory.resolve("joiner"), here);
        assertThat(joined.identity().name().node().value()).isEqualTo(4);
        assertThatThrownBy(() -> Enrolment.join(token, directory.resolve("other"), here))
                .isInstanceOf(EnrolmentRefused.class)
                .hasMessageContaining("held by another key");

        JsonNode listed = json("token", "list", "--dir", home.toString(), "-o", "json");
        assertThat(listed.get(0).get("state").asText()).isEqualTo("in-flight");
        String id = listed.get(0).get("id").asText();
        assertThat(text).doesNotContain(id);
        Ended revoked = run("token", "revoke", id.substring(0, 12), "--dir", home.toString());
        assertThat(revoked.code()).as(revoked.printed()).isZero();
        assertThat(run("token", "list", "--dir", home.toString()).printed()).contains("aborted");
        return text;
    }

    private static void theAuthorityIsReplacedWhileWritesSucceed(Path home, ReadyFile ready)
            throws Exception {
        JsonNode before = json("cert", "show", "--dir", home.toString(), "-o", "json");
        AtomicBoolean stopping = new AtomicBoolean();
        AtomicInteger written = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        try (JedisCluster jedis = Clusters.jedis(ready)) {
            Thread writer =
                    Thread.ofPlatform()
                            .start(() -> {
                                while (!stopping.get()) {
                                    try {
                                        jedis.set("k" + written.get(), "v");
                                        written.incrementAndGet();
                                    } catch (RuntimeException e) {
                                        failed.incrementAndGet();
                                    }
                                }
                            });
            assertThat(rotate(home, "stage").code()).isZero();
            await("every node has reissued")
                    .atMost(Clusters.READY)
                    .until(() -> rotate(home, "status").printed().contains("ready-to-finalize"));
            assertThat(rotate(home, "finalize").code()).isZero();
            await("every node uses the new authority alone")
                    .atMost(Clusters.READY)
                    .untilAsserted(() -> {
                        JsonNode now = json("cert", "show", "--dir", home.toString(), "-o", "json");
                        for (JsonNode node : now) {
                            assertThat(node.get("trust").get("phase").asText()).isEqualTo("steady");
                            assertThat(node.get("trust").get("keys_here")).hasSize(1);
                            assertThat(node.get("certificate").get("issuer_sha256"))
                                    .isNotEqualTo(
                                            before.get(0).get("certificate").get("issuer_sha256"));
                        }
                    });
            int then = written.get();
            await().atMost(Clusters.READY).until(() -> written.get() > then + 20);
            stopping.set(true);
            writer.join();
        }
        assertThat(failed).hasValue(0);
        // every link was formed anew, again and again, and none was ever lost
        for (ReadyFile.Node node : ready.nodes()) {
            assertThat(Clusters.report(node).links())
                    .hasSize(2)
                    .allMatch(NodeReport.Link::up)
                    .allMatch(link -> link.losses() == 0)
                    .allMatch(link -> link.rttMicros() > 0 && link.bytesOut() > 0);
        }
        Ended again = rotate(home, "finalize");
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.printed()).contains("No change of the authority is under way.");

        // and a node that is started anew finds its way back with what is in its files
        ReadyFile.Node second = ready.nodes().get(1);
        Clusters.kill(second.pid());
        NodeProcess restarted = Clusters.restart(second);
        assertThat(restarted.pid()).isPositive();
        Clusters.awaitReady(second);
    }

    private static void finalizingWaitsForTheLastNode(Path home, ReadyFile ready)
            throws IOException {
        // given a node that is down while the next authority is staged
        ReadyFile.Node third = ready.nodes().get(2);
        Clusters.kill(third.pid());
        assertThat(rotate(home, "stage").code()).isZero();
        await("two nodes have reissued")
                .atMost(Clusters.READY)
                .until(() -> rotate(home, "status").printed().contains("reissued   [1, 2]"));

        // then the old one cannot be dropped, and the answer says whom it waits for
        Ended early = rotate(home, "finalize");
        assertThat(early.code()).isEqualTo(1);
        assertThat(early.printed()).contains("was not finalized").contains("3");
        assertThat(rotate(home, "status").printed()).contains("waiting    [3]");

        // until that node has come back and done its part
        assertThat(Clusters.restart(third).pid()).isPositive();
        await("the last node has reissued")
                .atMost(Clusters.READY)
                .until(() -> rotate(home, "status").printed().contains("ready-to-finalize"));
        assertThat(rotate(home, "finalize").code()).isZero();
        await("all is as before")
                .atMost(Clusters.READY)
                .until(() -> rotate(home, "status").printed().contains("steady"));
        ready.nodes().forEach(Clusters::awaitReady);
    }

    /// Every key and every token that there is: its file is its owner's alone, and nothing of it is
    /// in what the processes wrote for people.
    private void secretsAreTheirOwnersAloneAndInNoLog(Path home, String token) throws IOException {
        List<String> secrets = new ArrayList<>(List.of("PRIVATE KEY", token));
        // its secret is at the end, before the checksum
        secrets.add(token.substring(token.length() - 40, token.length() - 8));
        List<Path> logs = new ArrayList<>();
        int keys = 0;
        for (Path root : List.of(home, directory.resolve("joiner"))) {
            for (Path file : files(root)) {
                String name = file.getFileName().toString();
                if (name.contains(".log") || name.endsWith(".out") || name.endsWith(".err")) {
                    logs.add(file);
                } else if (name.endsWith(".key") || name.endsWith(".token")) {
                    keys++;
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .as(file.toString())
                            .isEqualTo("rw-------");
                    Files.readString(file)
                            .lines()
                            .filter(line -> !line.startsWith("-----") && line.length() >= 16)
                            .forEach(secrets::add);
                } else if (Files.size(file) < 1 << 20) {
                    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                            .as(file.toString())
                            .doesNotContain("PRIVATE KEY");
                }
            }
        }
        // three nodes: key, authority, admin token; and the cluster's authority
        assertThat(keys).isGreaterThanOrEqualTo(9);
        assertThat(logs).hasSizeGreaterThanOrEqualTo(4);
        for (Path log : logs) {
            String text = Files.readString(log, StandardCharsets.ISO_8859_1);
            for (String secret : secrets) {
                assertThat(text.contains(secret)).as("%s holds a secret", log).isFalse();
            }
        }
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static void aRevokedNodeIsCutOff(Path home, ReadyFile ready) throws IOException {
        Ended revoked = run("cert", "revoke", "3", "--reason", "lost", "--dir", home.toString());
        assertThat(revoked.code()).as(revoked.printed()).isZero();
        await("nobody is linked with node 3")
                .atMost(Clusters.READY)
                .untilAsserted(() -> {
                    for (ReadyFile.Node node : ready.nodes().subList(0, 2)) {
                        NodeReport report = Clusters.report(node);
                        assertThat(report.nodes())
                                .filteredOn(NodeReport.Node::linkUp)
                                .extracting(NodeReport.Node::id)
                                .containsExactly(1L, 2L);
                    }
                    // nor does it reach anybody
                    assertThat(Clusters.report(ready.nodes().get(2)).links())
                            .hasSize(2)
                            .noneMatch(NodeReport.Link::up);
                });
        assertThat(run("cert", "show", "--dir", home.toString()).printed())
                .contains("revoked: key")
                .contains("(lost)");
    }

    private static Ended rotate(Path home, String step) {
        return run("cert", "rotate-ca", step, "--dir", home.toString());
    }

    private static String serial(JsonNode shown, int node) {
        return shown.get(node).get("certificate").get("serial").asText();
    }

    private static JsonNode json(String... arguments) throws IOException {
        Ended ended = run(arguments);
        assertThat(ended.code()).as(ended.printed()).isZero();
        return new JsonMapper().readTree(ended.printed());
    }

    private record Ended(int code, String printed) {}

    private static Ended run(String... arguments) {
        StringWriter printed = new StringWriter();
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(printed));
        line.setErr(new PrintWriter(printed));
        return new Ended(line.execute(arguments), printed.toString());
    }
}
