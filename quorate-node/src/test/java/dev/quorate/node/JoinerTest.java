package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.node.Founders.Founder;
import dev.quorate.node.Joiner.Joined;
import dev.quorate.node.config.ConfigRefused;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.node.directory.ClusterCatalog;
import dev.quorate.node.directory.KnownPeer;
import dev.quorate.node.directory.NodeDirectory;
import dev.quorate.node.directory.StartDecision;
import dev.quorate.node.directory.StartRefused;
import dev.quorate.node.identity.ClusterSecurity;
import dev.quorate.transport.EnrolmentRefused;
import dev.quorate.transport.JoinToken;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Joins against a running cluster of one, interrupted after each step.
class JoinerTest {
    private static final NodeId FIRST = new NodeId(1);

    @TempDir Path root;
    private Quorate founder;
    private Path home;

    @BeforeEach
    void found() throws IOException {
        founder = startFounder(root.resolve("n1"));
        home = root.resolve("joiner");
    }

    @AfterEach
    void close() {
        founder.close();
    }

    private static Quorate startFounder(Path own) throws IOException {
        Founder one = new Founder(own, "127.0.0.1:" + Ports.free(), "", "", Map.of());
        Founders.prepare(
                new Founders.Plan(
                        List.of(one), 1, 1, own.resolveSibling("ca-" + own.getFileName())));
        Quorate node =
                Quorate.start(
                        QuorateConfig.load(own, Map.of(), Map.of()),
                        group -> new DurableRegisters(own.resolve("data/" + group)));
        assertThat(node.awaitReady(Duration.ofSeconds(30))).isTrue();
        return node;
    }

    private ClusterSecurity security() {
        return Objects.requireNonNull(founder.security());
    }

    private JoinToken token() {
        return security().createToken(Duration.ofMinutes(10));
    }

    private Joiner.Plan plan(JoinToken token) {
        return new Joiner.Plan(
                home, token, "127.0.0.1:1", "", "", Map.of("engine.kind", "memory"), Map.of());
    }

    @Test
    void whoHasJoinedMayStartAndKnowsTheOthers() throws IOException {
        Joined joined = Joiner.join(plan(token()));

        NodeDirectory directory = new NodeDirectory(home);
        assertThat(directory.decide()).isInstanceOf(StartDecision.Join.class);
        ClusterCatalog catalog = ClusterCatalog.load(directory.catalog());
        assertThat(joined).isEqualTo(new Joined(catalog.cluster(), new NodeId(2)));
        assertThat(catalog.peers()).extracting(KnownPeer::id).containsExactly(FIRST, joined.node());
        assertThat(catalog.peers()).noneMatch(peer -> peer.spkiPin().isEmpty());
        assertThat(QuorateConfig.load(home, Map.of(), Map.of()).links().listen())
                .isEqualTo("127.0.0.1:1");
    }

    @Test
    void aJoinGoesOnWhereverItWasInterrupted() throws IOException {
        JoinToken token = token();
        Joined joined = Joiner.join(plan(token));
        NodeDirectory directory = new NodeDirectory(home);
        Path tls = home.resolve("tls");
        // from the last step back to the first; the key is what makes it the same node
        List<Path> steps =
                List.of(
                        directory.catalog(),
                        tls.resolve("ca.pem"),
                        tls.resolve("node.pem"),
                        home.resolve(QuorateConfig.FILE));

        for (int undone = 1; undone <= steps.size(); undone++) {
            for (Path file : steps.subList(0, undone)) {
                Files.delete(file);
            }
            assertThatThrownBy(directory::decide)
                    .as("without %s", steps.subList(0, undone))
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining("has not finished");

            assertThat(Joiner.join(plan(token))).isEqualTo(joined);
            assertThat(directory.decide()).isInstanceOf(StartDecision.Join.class);
        }
        assertThat(Joiner.join(plan(token))).isEqualTo(joined);
        assertThat(security().tokens()).hasSize(1);
    }

    @Test
    void aTokenMakesOneNodeOnly() throws IOException {
        JoinToken token = token();
        Joiner.join(plan(token));

        home = root.resolve("second");
        assertThatThrownBy(() -> Joiner.join(plan(token))).isInstanceOf(EnrolmentRefused.class);
        assertThatThrownBy(() -> new NodeDirectory(home).decide()).isInstanceOf(StartRefused.class);
        // with a token of its own it may, under a key of its own
        assertThat(Joiner.join(plan(token())).node()).isEqualTo(new NodeId(3));
    }

    @Test
    void aJoinIsGivenUpWithoutATrace() throws IOException {
        JoinToken token = token();
        security().revokeToken(hex(token));
        assertThatThrownBy(() -> Joiner.join(plan(token))).isInstanceOf(EnrolmentRefused.class);

        assertThat(Joiner.cancel(home)).isTrue();

        assertThat(new NodeDirectory(home).isBlank()).isTrue();
        assertThat(home.resolve("tls")).doesNotExist();
        assertThat(Joiner.cancel(home)).isFalse();
        Joiner.join(plan(token()));
        assertThatThrownBy(() -> Joiner.cancel(home))
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("quorate leave");
    }

    @Test
    void twoClustersNeverMix() throws IOException {
        Joiner.join(plan(token()));
        try (Quorate other = startFounder(root.resolve("other"))) {
            JoinToken foreign =
                    Objects.requireNonNull(other.security()).createToken(Duration.ofMinutes(10));

            assertThatThrownBy(() -> Joiner.join(plan(foreign)))
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining("a node never changes its cluster");
            Files.delete(new NodeDirectory(home).catalog());
            assertThatThrownBy(() -> Joiner.join(plan(foreign)))
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining("has begun to join cluster");
        }
    }

    @Test
    void aFoundersDirectoryOrAWrongSettingIsRefused() {
        JoinToken token = token();
        home = root.resolve("n1");
        assertThatThrownBy(() ->
                        Joiner.join(
                                new Joiner.Plan(
                                        root.resolve("wrong"),
                                        token,
                                        "127.0.0.1:1",
                                        "",
                                        "",
                                        Map.of("engine.knd", "memory"),
                                        Map.of())))
                .isInstanceOf(ConfigRefused.class);
        // a founder of this very cluster is what it is already
        assertThat(new NodeDirectory(home).catalog()).exists();
        assertThatThrownBy(
                        () -> {
                            Path junk = Files.createDirectories(root.resolve("junk/tls"));
                            home = junk.getParent();
                            Joiner.join(plan(token));
                        })
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("nothing was changed");
    }

    private static String hex(JoinToken token) {
        return HexFormat.of().formatHex(token.hash().toByteArray());
    }
}
