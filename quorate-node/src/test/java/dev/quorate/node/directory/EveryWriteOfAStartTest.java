package dev.quorate.node.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.node.directory.NodeDirectory.Begun;
import dev.quorate.storage.FileDisk;
import dev.quorate.storage.Journal;
import dev.quorate.storage.JournalOptions;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A crash between any two writes of a founding, a join and a restart, and in the middle of each:
/// the next start is whole, or refused in a sentence.
class EveryWriteOfAStartTest {
    private static final ClusterId CLUSTER = new ClusterId(1, 2);
    private static final NodeId SELF = new NodeId(1);
    private static final Bytes PIN = Bytes.wrap(new byte[32]);
    private static final List<KnownPeer> PEERS =
            List.of(
                    new KnownPeer(SELF, PIN, "127.0.0.1:7"),
                    new KnownPeer(new NodeId(2), PIN, "127.0.0.1:8"));

    @TempDir Path root;
    private int tried;

    @Test
    void aFoundingIsDoneAgainOrGoneOnWith() throws IOException {
        NodeDirectory before = blank("before");
        Member member = new Member(SELF, new ReplicaId(1));
        new FoundingTicket(CLUSTER, SELF, PIN, List.of(member), PEERS, Bytes.utf8("batch"))
                .save(before.ticket());

        crash(
                before,
                List.of("journal", "replicas", "catalog", "founding"),
                start -> {
                    assertThat(start.way()).isEqualTo(NodeDirectory.Way.FOUNDS);
                    assertThat(start.replicas()).hasSize(1);
                    assertThat(start.replicas().getFirst().replica().self())
                            .isEqualTo(new ReplicaId(1));
                    assertThat(start.catalog().founding()).isEqualTo(Bytes.utf8("batch"));
                });
    }

    @Test
    void aRestartIsDoneAgainAsANewLife() throws IOException {
        NodeDirectory before = blank("before");
        Member member = new Member(SELF, new ReplicaId(1));
        new FoundingTicket(CLUSTER, SELF, PIN, List.of(member), PEERS, Bytes.utf8("batch"))
                .save(before.ticket());
        assertThat(begin(before).catalog().bootEpoch()).isEqualTo(1);

        crash(
                before,
                List.of("replicas", "catalog"),
                start -> {
                    assertThat(start.replicas()).hasSize(1);
                    assertThat(start.catalog().bootEpoch()).isBetween(2L, 3L);
                });
    }

    @Test
    void aJoinIsDoneAgain() throws IOException {
        NodeDirectory before = blank("before");
        new JoinMark(CLUSTER, PIN).save(before.joining());
        new ClusterCatalog(CLUSTER, SELF, 1, PEERS, Bytes.EMPTY).save(before.catalog());

        crash(
                before,
                List.of("replicas", "catalog"),
                start -> {
                    assertThat(start.way()).isEqualTo(NodeDirectory.Way.JOINS);
                    assertThat(start.replicas()).isEmpty();
                });
    }

    @Test
    void aJoinThatHasNotComeToItsCatalogIsRefusedUntilItIsFinished() throws IOException {
        NodeDirectory directory = blank("joining");
        new JoinMark(CLUSTER, PIN).save(directory.joining());
        new ClusterCatalog(CLUSTER, SELF, 1, PEERS, Bytes.EMPTY).save(directory.catalog());
        byte[] whole = Files.readAllBytes(directory.catalog());
        Files.delete(directory.catalog());

        for (int length = 0; length <= whole.length; length += 7) {
            Files.write(directory.root().resolve("catalog.new"), Arrays.copyOf(whole, length));
            assertThatThrownBy(directory::decide)
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining("has not finished");
        }
    }

    @Test
    void aNodeThatLeavesHasLeftOrHasNot() throws IOException {
        NodeDirectory directory = blank("leaving");
        new JoinMark(CLUSTER, PIN).save(directory.joining());
        new ClusterCatalog(CLUSTER, SELF, 1, PEERS, Bytes.EMPTY).save(directory.catalog());
        directory.leave(new LeftMark(CLUSTER, SELF, "it left"));
        byte[] whole = Files.readAllBytes(directory.left());
        Files.delete(directory.left());

        Files.write(directory.root().resolve("left.new"), Arrays.copyOf(whole, 9));
        assertThat(directory.decide()).isInstanceOf(StartDecision.Join.class);
        directory.leave(new LeftMark(CLUSTER, SELF, "it left"));
        assertThatThrownBy(directory::decide).hasMessageContaining("belongs to it no more");
    }

    /// Starts once, undisturbed, and then anew from `before` with the first of its writes only, and
    /// with the next one torn.
    private void crash(NodeDirectory before, List<String> writes, Consumer<Begun> whole)
            throws IOException {
        NodeDirectory after = copy(before);
        whole.accept(begin(after));
        for (int done = 0; done <= writes.size(); done++) {
            for (int torn : new int[] {-1, 0, 5, 30}) {
                NodeDirectory found = copy(before);
                for (String write : writes.subList(0, done)) {
                    take(after, found, write);
                }
                if (torn >= 0 && done < writes.size()) {
                    tear(after, found, writes.get(done), torn);
                }
                Begun start = begin(found);
                whole.accept(start);
                assertThat(start.catalog().self()).isEqualTo(SELF);
                assertThat(found.ticket()).doesNotExist();
                assertThat(ClusterCatalog.load(found.catalog())).isEqualTo(start.catalog());
                // and it is no worse than any other start
                assertThat(begin(found).catalog().bootEpoch())
                        .isEqualTo(start.catalog().bootEpoch() + 1);
            }
        }
    }

    /// What a write left behind: a file, a directory, or nothing where something was.
    private static void take(NodeDirectory from, NodeDirectory to, String name) throws IOException {
        Path there = from.root().resolve(name);
        Path here = to.root().resolve(name);
        if (Files.exists(there)) {
            copy(there, here);
        } else {
            Files.deleteIfExists(here);
        }
    }

    private static void tear(NodeDirectory from, NodeDirectory to, String name, int length)
            throws IOException {
        Path there = from.root().resolve(name);
        if (Files.isRegularFile(there)) {
            byte[] content = Files.readAllBytes(there);
            Files.write(to.root().resolve(name + ".new"), Arrays.copyOf(content, length));
        }
    }

    private NodeDirectory blank(String name) throws IOException {
        return new NodeDirectory(Files.createDirectories(root.resolve(name)));
    }

    private NodeDirectory copy(NodeDirectory from) throws IOException {
        Path to = root.resolve("tried" + tried++);
        copy(from.root(), to);
        return new NodeDirectory(to);
    }

    private static void copy(Path from, Path to) throws IOException {
        List<Path> all = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(from)) {
            walk.forEach(all::add);
        }
        for (Path path : all) {
            Path target = to.resolve(from.relativize(path).toString());
            if (Files.isDirectory(path)) {
                Files.createDirectories(target);
            } else {
                Files.copy(path, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static Begun begin(NodeDirectory directory) {
        StartDecision decision = directory.decide();
        JournalOptions options = JournalOptions.of(CLUSTER, SELF).withSegments(256 << 10, 16 << 10);
        try (FileDisk disk = FileDisk.open(directory.journal());
                Journal journal = Journal.open(disk, options)) {
            return directory.begin(decision, journal);
        }
    }
}
