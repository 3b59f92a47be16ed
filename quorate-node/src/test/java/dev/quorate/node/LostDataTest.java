package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataEntry.SetPlacement;
import dev.quorate.metadata.MetadataView;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node of three loses data it had promised to keep: its replicas stand back, group 0 hears of
/// it, and nothing that was acknowledged is lost (rule R7).
class LostDataTest {
    private static final GroupId GROUP = new GroupId(1);
    private static final String MARK = "key=a value that nobody else has";

    @TempDir Path directory;
    private Trio trio;
    private int victim;
    private int other;

    @BeforeEach
    void start() throws Exception {
        trio = new Trio(directory, Map.of("journal.segment", "8MiB"));
        trio.startAll();
        victim = trio.followerOf(GROUP);
        other = victim == 1 ? 2 : 1;
        trio.write(victim, GROUP, MARK);
        // on the victim's disk too, before it stops
        trio.ask(victim, GROUP, "key", ReadLevel.LINEARIZABLE, Reach.HERE);
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

        assertReported(List.of(GROUP));
        assertThat(trouble(GROUP)).contains("in quarantine");
        assertThat(trouble(new GroupId(2))).isEmpty();
        replaceOnTheSameNode(GROUP);
        assertThat(trio.ask(victim, GROUP, "key", ReadLevel.LINEARIZABLE, Reach.HERE).result())
                .extracting(bytes -> bytes.toUtf8())
                .isEqualTo(MARK.substring(4));
        assertThat(trouble(GROUP)).isEmpty();
    }

    @Test
    void aLostNewestSegmentIsReportedAndTheOthersKeepAllThatWasAcknowledged() throws IOException {
        Files.delete(segments().getLast());

        trio.begin(victim);

        assertReported(List.of(GroupId.METADATA, GROUP));
        assertThat(trio.read(other, GROUP, "key")).isEqualTo(MARK.substring(4));
    }

    @Test
    void aLostJournalIsReportedToo() throws IOException {
        try (Stream<Path> files = Files.list(trio.journal(victim))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }

        trio.begin(victim);

        assertReported(List.of(GroupId.METADATA, GROUP, new GroupId(2), new GroupId(3)));
        assertThat(trio.read(other, GROUP, "key")).isEqualTo(MARK.substring(4));
    }

    private void assertReported(List<GroupId> groups) {
        for (GroupId id : groups) {
            Trio.patiently()
                    .alias("group 0 knows that " + id + " lost a replica")
                    .until(() -> {
                        MetadataView view = trio.node(other).groupZero().view();
                        GroupInfo group = view.routing().group(id);
                        return group != null
                                && group.voters().stream()
                                        .filter(voter -> voter.node().equals(victimId()))
                                        .allMatch(voter -> group.isQuarantined(voter.replica()));
                    });
        }
    }

    private void replaceOnTheSameNode(GroupId id) {
        MetadataView view = trio.node(other).groupZero().view();
        List<Member> members = new ArrayList<>(view.routing().group(id).members());
        members.removeIf(member -> member.node().equals(victimId()));
        members.add(new Member(victimId(), new ReplicaId(view.nextReplicaId())));
        assertThat(trio.node(other).groupZero().propose(new SetPlacement(id, members)))
                .isInstanceOf(Outcome.Applied.class);
        Trio.patiently()
                .until(() -> trio.node(other).groupZero().view().routing().group(id).isSettled());
    }

    private String trouble(GroupId group) {
        return Trio.patiently()
                .until(
                        () ->
                                trio.node(victim).status().groups().stream()
                                        .filter(one -> one.id().equals(group))
                                        .map(NodeStatus.Group::trouble)
                                        .findFirst()
                                        .orElse(null),
                        found -> found != null);
    }

    private NodeId victimId() {
        return new NodeId(victim);
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
