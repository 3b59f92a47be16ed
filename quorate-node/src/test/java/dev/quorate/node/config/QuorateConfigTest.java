package dev.quorate.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.api.ReadLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// File < environment < flags, and every mistake told in a sentence.
class QuorateConfigTest {
    @TempDir Path directory;

    @Test
    void withoutAFileTheDefaultsHold() {
        QuorateConfig config = QuorateConfig.load(directory, Map.of(), Map.of());

        assertThat(config.timing().heartbeat()).isEqualTo(Duration.ofMillis(100));
        assertThat(config.journal().segmentBytes()).isEqualTo(64 << 20);
        assertThat(config.doors().engine()).isEqualTo("rocksdb");
        assertThat(config.explained())
                .extracting(Settings.Effective::origin)
                .containsOnly("default");
    }

    @Test
    void theEnvironmentOverridesTheFileAndFlagsOverrideBoth() throws IOException {
        file("[raft]\nheartbeat = \"10ms\"\nelection-timeout = \"50ms\"\n[apply]\nlanes = 3\n");

        QuorateConfig config =
                QuorateConfig.load(
                        directory,
                        Map.of("QUORATE_RAFT_ELECTION_TIMEOUT", "2s", "QUORATE_ADMIN", "http://x"),
                        Map.of("raft.heartbeat", "20ms"));

        assertThat(config.timing().heartbeat()).isEqualTo(Duration.ofMillis(20));
        assertThat(config.timing().election()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.apply().lanes()).isEqualTo(3);
        assertThat(config.explained())
                .extracting(Settings.Effective::origin)
                .contains("flag", "QUORATE_RAFT_ELECTION_TIMEOUT", toml().toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[raft]~heartbeet = '10ms'   | there is no setting raft.heartbeet; did you mean"
                        + " raft.heartbeat?",
                "[raft]~heartbeat = 'fast'   | raft.heartbeat = \"fast\" is not allowed; it must be"
                        + " a positive duration",
                "[raft]~heartbeat = '0ms'    | raft.heartbeat = \"0ms\" is not allowed",
                "[raft]~heartbeat = '300ms'  | raft.election-timeout = \"400ms\" cannot be used: it"
                        + " must be at least twice",
                "[journal]~segment = '1MiB'  | it must be between 8MiB and 1GiB",
                "[journal]~segment = '9e9'   | must be a positive size such as 512, 64KiB",
                "[links]~listen = 'nowhere'  | it must be host:port",
                "[links]~insecure = true     | there is no setting links.insecure",
                "[links]~listen = '[::1]:99999' | it must be host:port",
                "[engine]~kind = 'redis'     | it must be rocksdb or memory",
                "[apply]~lanes = 0           | it must be a whole number above 0",
                "[apply]~lanes = [1, 2]      | apply.lanes is a list; no setting is one",
                "[raft                       | line 1: not TOML",
            })
    void everyMistakeIsToldInASentence(String toml, String sentence) throws IOException {
        file(toml.replace('~', '\n'));

        assertThatThrownBy(() -> QuorateConfig.load(directory, Map.of(), Map.of()))
                .isInstanceOf(ConfigRefused.class)
                .hasMessageContaining(sentence);
    }

    @Test
    void aMisspeltVariableOfOurSectionsIsRefused() {
        assertThatThrownBy(() ->
                        QuorateConfig.load(
                                directory, Map.of("QUORATE_RAFT_HEARTBEET", "1s"), Map.of()))
                .isInstanceOf(ConfigRefused.class)
                .hasMessage(
                        "environment: there is no setting QUORATE_RAFT_HEARTBEET; did you mean"
                                + " QUORATE_RAFT_HEARTBEAT?");
    }

    @Test
    void aReplicasFreshnessIsALevelOrAnAge() throws IOException {
        file("[redis]\nreadonly = \"2s\"\n");
        assertThat(QuorateConfig.load(directory).doors().readOnly())
                .isEqualTo(new ReadLevel.Bounded(2_000_000));

        file("[redis]\nreadonly = \"linearizable\"\n");
        assertThat(QuorateConfig.load(directory).doors().readOnly())
                .isEqualTo(ReadLevel.LINEARIZABLE);

        file("[redis]\nreadonly = \"fresh\"\n");
        assertThatThrownBy(() -> QuorateConfig.load(directory))
                .hasMessageContaining("local, lease, linearizable, or the highest age such as 10s");
    }

    @Test
    void everyDefaultIsAllowed() {
        for (SettingKey setting : SettingKey.values()) {
            assertThat(setting.type().accepts(setting.defaultText())).as(setting.key()).isTrue();
        }
    }

    private Path toml() {
        return directory.resolve(QuorateConfig.FILE);
    }

    private void file(String text) throws IOException {
        Files.writeString(toml(), text);
    }
}
