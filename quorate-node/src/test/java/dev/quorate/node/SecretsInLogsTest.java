package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import dev.quorate.metadata.MetadataEntry.DenyNode;
import dev.quorate.node.identity.ClusterSecurity;
import dev.quorate.transport.Enrolment;
import dev.quorate.transport.EnrolmentRefused;
import dev.quorate.transport.EnrolmentRequest.Announcement;
import dev.quorate.transport.JoinToken;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// Whatever is logged, at whatever level: neither a key nor a token's secret is in it.
class SecretsInLogsTest {
    private final Logger ours = (Logger) LoggerFactory.getLogger("dev.quorate");
    private final Ear ear = new Ear();
    private Level before;

    @TempDir private Path directory;

    @BeforeEach
    void listen() {
        before = ours.getLevel();
        ours.setLevel(Level.TRACE);
        ear.setContext(ours.getLoggerContext());
        ear.start();
        ours.addAppender(ear);
    }

    @AfterEach
    void stopListening() {
        ours.detachAppender(ear);
        ours.setLevel(before);
    }

    @Test
    void neitherKeysNorTokensAreLoggedAtAnyLevel() throws Exception {
        List<String> secrets = new ArrayList<>(List.of("PRIVATE KEY"));
        try (Trio trio = new Trio(directory, Map.of("journal.segment", "8MiB"))) {
            // given everything that handles secrets: a token made, presented and withdrawn,
            trio.startAll();
            ClusterSecurity one = security(trio, 1);
            JoinToken token = one.createToken(Duration.ofHours(1));
            Announcement here =
                    new Announcement("127.0.0.1:1", "", new TreeMap<>(), new TreeMap<>(), 1, 1);
            var _ = Enrolment.join(token, directory.resolve("joiner"), here);
            assertThatThrownBy(() -> Enrolment.join(token, directory.resolve("other"), here))
                    .isInstanceOf(EnrolmentRefused.class);
            one.revokeToken(one.tokens().getFirst().id());
            secrets.addAll(spellings(token.secret()));
            secrets.add(token.text());
            // certificates renewed, the authority replaced, its key handed on,
            var _ = one.renew();
            secrets.addAll(keys());
            var _ = one.stageAuthority(null);
            Trio.patiently().until(() -> one.report().trust().phase().equals("ready-to-finalize"));
            secrets.addAll(keys());
            one.finalizeAuthority();
            Trio.patiently().until(() -> one.report().trust().phase().equals("steady"));
            // and somebody revoked, while the cluster works
            trio.write(1, new GroupId(1), "k=v");
            one.revoke(new NodeId(3), "stolen", DenyNode.Care.SAFE);
            trio.write(2, new GroupId(1), "k=w");
        }

        // then something was said, and none of that
        assertThat(ear.lines).anyMatch(line -> line.contains("Granted to somebody"));
        assertThat(secrets).hasSizeGreaterThan(20);
        for (String line : ear.lines) {
            for (String secret : secrets) {
                // the line itself must not be shown either
                assertThat(line.contains(secret))
                        .as("a line of %d characters", line.length())
                        .isFalse();
            }
        }
    }

    private static ClusterSecurity security(Trio trio, int i) {
        return Objects.requireNonNull(trio.node(i).security());
    }

    private static List<String> spellings(Bytes secret) {
        byte[] bytes = secret.toByteArray();
        return List.of(
                HexFormat.of().formatHex(bytes),
                Base64.getEncoder().encodeToString(bytes),
                Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /// Every line of every key file that there is just now.
    private List<String> keys() throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".key")).toList()) {
                Files.readString(file)
                        .lines()
                        .filter(line -> !line.startsWith("-----") && line.length() >= 16)
                        .forEach(lines::add);
            }
        }
        return lines;
    }

    /// Hears everything, failures with their causes included.
    private static final class Ear extends AppenderBase<ILoggingEvent> {
        final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

        @Override
        protected void append(ILoggingEvent event) {
            StringBuilder line = new StringBuilder(event.getFormattedMessage());
            for (IThrowableProxy thrown = event.getThrowableProxy();
                    thrown != null;
                    thrown = thrown.getCause()) {
                line.append('\n').append(thrown.getMessage());
            }
            lines.add(line.toString());
        }
    }
}
