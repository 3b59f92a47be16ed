package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.node.directory.StartRefused;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A cluster of one over real files: from the empty directory to the refusal to start.
class SingleNodeTest {
    @TempDir Path directory;

    @Test
    void aWriteIsReadBackAndSurvivesARestart() throws Exception {
        try (Quorate node = Quorate.startSingle(directory, group -> new Registers())) {
            assertThat(write(node, "k", "k=1")).isEmpty();
            assertThat(write(node, "k", "k=2")).isEqualTo("1");
            assertThat(read(node, "k")).isEqualTo("2");
            assertThat(node.lifecycle()).isEqualTo(new Lifecycle.Ready(1));
        }
        try (Quorate node = Quorate.startSingle(directory, group -> new Registers())) {
            assertThat(read(node, "k")).isEqualTo("2");
            assertThat(node.status().bootEpoch()).isEqualTo(2);
        }
    }

    @Test
    void manyWritesAtOnceAreAllApplied() throws Exception {
        try (Quorate node = Quorate.startSingle(directory, group -> new Registers())) {
            List<String> keys = Stream.iterate(0, i -> i + 1).limit(500).map(i -> "k" + i).toList();
            keys.stream()
                    .map(key -> node.shards().write(bytes(key), bytes(key + "=" + key)))
                    .toList()
                    .forEach(CompletableFuture::join);
            for (String key : keys) {
                assertThat(read(node, key)).isEqualTo(key);
            }
        }
    }

    @Test
    void aClosedNodeRefusesAndSaysSo() {
        Quorate node = Quorate.startSingle(directory, group -> new Registers());
        node.close();

        Outcome outcome =
                node.group(new GroupId(1))
                        .submit(Bytes.utf8("k=1"), Duration.ofSeconds(1), Reach.FORWARD)
                        .join();

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Outcome.Rejected.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(Outcome.Code.STOPPING));
        assertThat(node.lifecycle()).isEqualTo(new Lifecycle.Stopped());
        assertThat(node.ended()).isCompletedWithValue(new Lifecycle.Stopped());
    }

    @Test
    void aSecondNodeCannotOpenTheSameDirectory() {
        try (Quorate node = Quorate.startSingle(directory, group -> new Registers())) {
            assertThat(node.lifecycle().serving()).isTrue();
            assertThatThrownBy(() -> Quorate.startSingle(directory, group -> new Registers()))
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining("in use");
        }
    }

    @Test
    void aWipedJournalIsRefused() throws IOException {
        Quorate.startSingle(directory, group -> new Registers()).close();
        wipe(directory.resolve("journal"));

        assertThatThrownBy(() -> Quorate.startSingle(directory, group -> new Registers()))
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("its data is lost");
    }

    @Test
    void aMissingCatalogIsRefusedAndFoundsNothing() throws IOException {
        Quorate.startSingle(directory, group -> new Registers()).close();
        Files.delete(directory.resolve("catalog"));

        assertThatThrownBy(() -> Quorate.startSingle(directory, group -> new Registers()))
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("catalog is missing");
    }

    @Test
    void aCommandThatFitsNoFrameIsRefusedAtTheDoor() throws Exception {
        try (Quorate node = Quorate.startSingle(directory, group -> new Registers())) {
            Bytes tooLong = Bytes.wrap(new byte[8 << 20]);
            Outcome outcome =
                    node.group(new GroupId(1))
                            .submit(tooLong, Duration.ofSeconds(1), Reach.FORWARD)
                            .join();

            assertThat(outcome)
                    .isInstanceOfSatisfying(
                            Outcome.Rejected.class,
                            refusal -> assertThat(refusal.code()).isEqualTo(Outcome.Code.INVALID));
        }
    }

    private static void wipe(Path journal) throws IOException {
        try (Stream<Path> files = Files.list(journal)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private static String write(Quorate node, String key, String command)
            throws InterruptedException, ExecutionException {
        return new String(
                node.shards().write(bytes(key), bytes(command)).get(), StandardCharsets.UTF_8);
    }

    private static String read(Quorate node, String key)
            throws InterruptedException, ExecutionException {
        return new String(
                node.shards().read(bytes(key), bytes(key), ReadLevel.LINEARIZABLE).get(),
                StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
