package dev.quorate.app.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The files by which commands, nodes and scripts find one another on this machine.
class LocalClusterFilesTest {
    private static final DevLayout LAYOUT =
            new DevLayout(
                    "0123456789abcdef0123456789abcdef",
                    16,
                    Engine.MEMORY,
                    List.of(
                            new DevLayout.Node(1, "node-1", 7001, 8081, 9001),
                            new DevLayout.Node(2, "node-2", 7002, 8082, 9002)));

    @TempDir private Path directory;

    @Test
    void aLayoutIsReadAsItWasWritten() throws IOException {
        assertThat(DevLayout.read(directory)).isNull();
        LAYOUT.write(directory);
        assertThat(DevLayout.read(directory)).isEqualTo(LAYOUT);
    }

    @Test
    void aDamagedLayoutIsNamedWithTheWayOut() throws IOException {
        Files.writeString(directory.resolve("dev.json"), "{ no");
        assertThatThrownBy(() -> DevLayout.read(directory))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("dev.json")
                .hasMessageContaining("--fresh");
    }

    @Test
    void onlyWhatWasAskedForMustMatch() {
        LAYOUT.mustMatch(new DevOptions(directory, null, 16, 0, null, Engine.MEMORY, Map.of()));
        DevOptions other = new DevOptions(directory, null, null, 7003, null, null, Map.of());
        assertThatThrownBy(() -> LAYOUT.mustMatch(other))
                .hasMessageContaining("has --redis-port 7001, not 7003");
    }

    @Test
    void aNodesDirectoryFindsItsClusterAndAsksThatNodeFirst() throws IOException {
        LAYOUT.write(directory);
        assertThat(ClusterLocator.find(directory, null, Map.of()).admins())
                .containsExactly("http://127.0.0.1:8081", "http://127.0.0.1:8082");
        assertThat(ClusterLocator.find(directory.resolve("node-2"), null, Map.of()).admins())
                .containsExactly("http://127.0.0.1:8082", "http://127.0.0.1:8081");
    }

    @Test
    void theAdminOptionComesBeforeTheEnvironment() {
        Map<String, String> environment = Map.of("QUORATE_ADMIN", "http://e:1,http://e:2");
        assertThat(ClusterLocator.find(null, "http://a:1", environment).admins())
                .containsExactly("http://a:1");
        assertThat(ClusterLocator.find(null, null, environment).admins())
                .containsExactly("http://e:1", "http://e:2");
    }

    @Test
    void aReadyFileAppearsWholeAndInTheFormThatScriptsKnow() throws IOException {
        Path file = directory.resolve("ready.json");
        ReadyFile ready =
                new ReadyFile(
                        "abc",
                        "http://127.0.0.1:8081",
                        List.of(
                                new ReadyFile.Node(
                                        1, 42, "127.0.0.1:7001", "http://127.0.0.1:8081", "/d")));
        ready.write(file);
        assertThat(ReadyFile.read(file)).isEqualTo(ready);
        assertThat(Files.readString(file))
                .contains("\"cluster_id\"", "\"console\"", "\"nodes\"", "\"pid\" : 42")
                .contains("\"redis\"", "\"admin\"", "\"dir\"");
        assertThat(file.resolveSibling("ready.json.new")).doesNotExist();
    }

    @Test
    void aPidFileOfAnotherProgramIsNotBelieved() throws IOException {
        // given a file that names a live process which runs no node: this one
        PidFile.writeOwn(directory);
        assertThat(directory.resolve("node.pid")).exists();
        // then nobody would kill it
        assertThat(PidFile.process(directory)).isEmpty();
        // and garbage names nobody
        Files.writeString(directory.resolve("node.pid"), "what?\n");
        assertThat(PidFile.process(directory)).isEmpty();
    }

    @Test
    void aPidFileIsRemovedOnlyByItsOwner() throws IOException {
        Files.writeString(directory.resolve("node.pid"), "1 0\n");
        PidFile.removeOwn(directory);
        assertThat(directory.resolve("node.pid")).exists();
        PidFile.writeOwn(directory);
        PidFile.removeOwn(directory);
        assertThat(directory.resolve("node.pid")).doesNotExist();
    }

    @Test
    void aLockedDirectoryIsRefusedUntilItIsReleased() throws IOException {
        try (DirectoryLock _ = DirectoryLock.take(directory, "lock", "taken")) {
            assertThatThrownBy(() -> DirectoryLock.take(directory, "lock", "Somebody is here."))
                    .isInstanceOf(CommandFailure.class)
                    .hasMessage("Somebody is here.");
        }
        DirectoryLock.take(directory, "lock", "taken").close();
    }

    @Test
    void portsAreNeverGivenTwiceNorTakenFromOthers() throws IOException {
        FreePorts ports = new FreePorts(new Random(1));
        int port = ports.any();
        assertThatThrownBy(() -> ports.take(port, "a test"))
                .hasMessageContaining("Port " + port + " for a test is in use");
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int taken = busy.getLocalPort();
            assertThat(FreePorts.free(taken)).isFalse();
            assertThatThrownBy(() -> ports.take(taken, "a test"))
                    .isInstanceOf(CommandFailure.class);
        }
    }
}
