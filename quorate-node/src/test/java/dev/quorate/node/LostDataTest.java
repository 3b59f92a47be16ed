package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node of three loses data it had promised to keep: its replicas stand back, group 0 hears of it
/// and has them replaced, and nothing that was acknowledged is lost (rule R7).
class LostDataTest {
    private static final GroupId GROUP = new GroupId(1);
    private static final String MARK = "key=a value that nobody else has";

    @TempDir Path directory;
    private Trio trio;
    private int victim;
    private int other;
    private final Map<GroupId, ReplicaId> before = new TreeMap<>();

    @BeforeEach
    void start() throws Exception {
        trio = new Trio(directory, Map.of("journal.segment", "8MiB"));
        trio.startAll();
        victim = trio.followerOf(GROUP);
        other = victim == 1 ? 2 : 1;
        trio.write(victim, GROUP, MARK);
        // on the victim's disk too, before it stops
        trio.ask(victim, GROUP, "key", ReadLevel.LINEARIZABLE, Reach.HERE);
        for (GroupInfo group : trio.node(other).groupZero().view().routing().groups()) {
            before.put(group.id(), replicaOnVictim(group.id()));
        }
        trio.stop(victim);
    }

    @AfterEach
    void close() {
        trio.close();
    }

    @Test
    void aBitThatTurnedOverCostsOneReplicaWhichIsReplacedOnTheSameNode() throws IOException {
        flipBitOf(MARK);

        trio.begin(victim);

        awaitReplaced(List.of(GROUP));
        assertThat(replicaOnVictim(new GroupId(2))).isEqualTo(before.get(new GroupId(2)));
        assertHealed();
    }

    @Test
    void aLostNewestSegmentIsHealedByNewReplicas() throws IOException {
        Files.delete(segments().getLast());

        trio.begin(victim);

        awaitReplaced(List.of(GroupId.METADATA, GROUP));
        assertHealed();
    }

    @Test
    void aLostJournalIsHealedByNewReplicas() throws IOException {
        try (Stream<Path> files = Files.list(trio.journal(victim))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }

        trio.begin(victim);

        awaitReplaced(List.copyOf(before.keySet()));
        assertHealed();
    }

    /// Waits until the groups have another replica on the node, and are whole.
    private void awaitReplaced(List<GroupId> groups) {
        for (GroupId id : groups) {
            Trio.patiently()
                    .alias("the lost replica of " + id + " is replaced")
                    .until(() -> {
                        ReplicaId now = replicaOnVictim(id);
                        return now != null
                                && !now.equals(before.get(id))
                                && info(id).isSettled()
                                && info(id).voters().size() == 3;
                    });
        }
    }

    /// All that was acknowledged is there, also on the node that had lost it.
    private void assertHealed() {
        assertThat(trio.ask(victim, GROUP, "key", ReadLevel.LINEARIZABLE, Reach.HERE).result())
                .extracting(bytes -> bytes.toUtf8())
                .isEqualTo(MARK.substring(4));
        Trio.patiently()
                .alias("nothing is in quarantine any more")
                .until(() ->
                        trio.node(victim).status().groups().stream()
                                .allMatch(group -> group.trouble().isEmpty()));
        trio.write(victim, GROUP, "after=1");
        trio.stop(other);
        assertThat(trio.read(victim, GROUP, "key")).isEqualTo(MARK.substring(4));
    }

    private GroupInfo info(GroupId id) {
        return trio.node(other).groupZero().view().routing().group(id);
    }

    private @Nullable ReplicaId replicaOnVictim(GroupId id) {
        return info(id).voters().stream()
                .filter(voter -> voter.node().equals(new NodeId(victim)))
                .map(Member::replica)
                .findFirst()
                .orElse(null);
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(trio.journal(victim))) {
            return files.filter(file -> file.toString().endsWith(".segment"))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        }
    }

    /// Turns over a bit of a stored text.
    private void flipBitOf(String text) throws IOException {
        byte[] pattern = text.getBytes(StandardCharsets.UTF_8);
        for (Path file : segments()) {
            byte[] bytes = Files.readAllBytes(file);
            for (int at = 0; at + pattern.length <= bytes.length; at++) {
                if (Arrays.equals(bytes, at, at + pattern.length, pattern, 0, pattern.length)) {
                    bytes[at] ^= 1;
                    Files.write(file, bytes);
                    return;
                }
            }
        }
        throw new AssertionError(text + " is in no segment");
    }
}
