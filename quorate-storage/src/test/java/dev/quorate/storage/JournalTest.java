package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.core.StoredReplica;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.Restored;
import dev.quorate.raft.Restored.Configured;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the journal promises to those who use it as they should, and what it refuses.
class JournalTest {
    private static final GroupId G1 = new GroupId(1);
    private static final GroupId G2 = new GroupId(2);

    private final CrashDisk disk = new CrashDisk();
    private Journal journal = Journal.open(disk, Model.options());

    @Test
    void aNewJournalIsEmpty() {
        assertThat(journal.recovered()).isEmpty();
        assertThat(journal.read(G1, 1, 1000)).isEmpty();
    }

    @Test
    void whatWasCommittedIsFoundAgain() {
        // given
        journal.create(Model.replica(1));
        journal.create(Model.replica(2));
        journal.append(
                G1,
                new HardState(2, new ReplicaId(8), 0),
                List.of(
                        Model.entry(1, 1, "a"),
                        new Entry(2, 2, 5, Entry.Kind.NOOP, Bytes.EMPTY),
                        new Entry(2, 3, 6, Entry.Kind.TICK, Bytes.EMPTY)));
        journal.append(G2, new HardState(1, null, 0), List.of());
        journal.commit();

        // when
        reopen();

        // then
        assertThat(journal.recovered())
                .containsExactly(
                        new StoredReplica(
                                Model.replica(1),
                                new Restored(
                                        new HardState(2, new ReplicaId(8), 0),
                                        LogPosition.ZERO,
                                        List.of(new TermStart(1, 1), new TermStart(2, 2)),
                                        3,
                                        6,
                                        List.of(),
                                        null)),
                        new StoredReplica(
                                Model.replica(2),
                                new Restored(
                                        new HardState(1, null, 0),
                                        LogPosition.ZERO,
                                        List.of(),
                                        0,
                                        0,
                                        List.of(),
                                        null)));
        assertThat(journal.read(G1, 1, 1000))
                .containsExactly(
                        Model.entry(1, 1, "a"),
                        new Entry(2, 2, 5, Entry.Kind.NOOP, Bytes.EMPTY),
                        new Entry(2, 3, 6, Entry.Kind.TICK, Bytes.EMPTY));
    }

    @Test
    void whatWasNotCommittedIsNeitherReadNorFound() {
        journal.create(Model.replica(1));
        journal.commit();
        journal.append(G1, null, List.of(Model.entry(1, 1, "a")));

        assertThat(journal.read(G1, 1, 1000)).isEmpty();
        reopen();
        assertThat(journal.recovered().getFirst().log()).isEqualTo(Restored.NOTHING);
    }

    @Test
    void anAppendReplacesWhatFollows() {
        // given
        journal.create(Model.replica(1));
        journal.append(
                G1,
                null,
                List.of(
                        Model.entry(1, 1, "a"),
                        Model.entry(1, 2, "b"),
                        Model.entry(1, 3, "c"),
                        Model.entry(1, 4, "d")));
        journal.commit();

        // when
        journal.append(G1, new HardState(2, null, 0), List.of(Model.entry(2, 2, "B")));
        journal.commit();

        // then
        List<Entry> expected = List.of(Model.entry(1, 1, "a"), Model.entry(2, 2, "B"));
        assertThat(journal.read(G1, 1, 1000)).isEqualTo(expected);
        reopen();
        assertThat(journal.read(G1, 1, 1000)).isEqualTo(expected);
        assertThat(journal.recovered().getFirst().log().lastIndex()).isEqualTo(2);
    }

    @Test
    void compactedEntriesAreGone() {
        // given
        journal.create(Model.replica(1));
        journal.append(
                G1,
                null,
                List.of(Model.entry(1, 1, "a"), Model.entry(2, 2, "b"), Model.entry(2, 3, "c")));
        journal.commit();

        // when
        journal.compact(G1, 2, 2, Model.configuration(1));
        journal.compact(G1, 1, 1, Model.configuration(1));
        journal.commit();

        // then
        reopen();
        assertThat(journal.read(G1, 2, 1000)).isEmpty();
        assertThat(journal.read(G1, 3, 1000)).containsExactly(Model.entry(2, 3, "c"));
        assertThat(journal.recovered().getFirst().log())
                .isEqualTo(
                        new Restored(
                                HardState.INITIAL,
                                new LogPosition(2, 2),
                                List.of(new TermStart(2, 3)),
                                3,
                                3000,
                                List.of(new Configured(2, Model.configuration(1))),
                                null));
    }

    @Test
    void aLogThatIsAllCompactedGoesOn() {
        journal.create(Model.replica(1));
        journal.append(G1, null, List.of(Model.entry(1, 1, "a"), Model.entry(1, 2, "b")));
        journal.compact(G1, 2, 1, Model.configuration(1));
        journal.commit();
        reopen();
        assertThat(journal.recovered().getFirst().log().lastIndex()).isEqualTo(2);

        journal.append(G1, null, List.of(Model.entry(1, 3, "c")));
        journal.commit();
        reopen();
        assertThat(journal.read(G1, 3, 1)).containsExactly(Model.entry(1, 3, "c"));
    }

    @Test
    void aReadIsBoundedButNeverEmptyHanded() {
        journal.create(Model.replica(1));
        for (int i = 1; i <= 20; i++) {
            journal.append(G1, null, List.of(Model.entry(1, i, "x".repeat(400))));
            journal.commit();
        }
        assertThat(journal.read(G1, 4, 1)).hasSize(1);
        assertThat(journal.read(G1, 4, 1500)).hasSize(3);
        assertThat(journal.read(G1, 1, 1 << 20)).hasSize(20);
        assertThat(journal.read(G1, 21, 1 << 20)).isEmpty();
        assertThat(journal.read(G2, 1, 1 << 20)).isEmpty();
    }

    @Test
    void manyGroupsShareOneForceAndOneWrite() {
        for (int group = 0; group < 10; group++) {
            journal.create(Model.replica(group));
            journal.append(new GroupId(group), null, List.of(Model.entry(1, 1, "a")));
        }
        int forces = disk.forces;
        int writes = disk.writes;

        journal.commit();

        assertThat(disk.forces - forces).isEqualTo(1);
        assertThat(disk.writes - writes).isEqualTo(1);
    }

    @Test
    void aBatchMayBeLongerThanASegment() {
        journal.create(Model.replica(1));
        for (int i = 1; i <= 100; i++) {
            journal.append(G1, null, List.of(Model.entry(1, i, "x".repeat(900))));
        }
        journal.commit();
        disk.losePower(new java.util.Random(1));
        journal = Journal.open(disk, Model.options());
        assertThat(journal.read(G1, 1, 1 << 20)).hasSize(100);
    }

    @Test
    void idlingWritesOnlyOnce() {
        journal.create(Model.replica(1));
        journal.commit();
        int writes = disk.writes;

        journal.idle();
        journal.idle();
        journal.idle();

        assertThat(disk.writes - writes).isEqualTo(1);
    }

    @Test
    void anEntryTooLargeIsRefusedBeforeAnythingIsWritten() {
        journal.create(Model.replica(1));
        journal.commit();
        List<Entry> entries = List.of(Model.entry(1, 1, "a"), Model.entry(1, 2, "x".repeat(1025)));

        assertThatThrownBy(() -> journal.append(G1, new HardState(9, null, 0), entries))
                .isInstanceOf(EntryTooLarge.class)
                .hasMessageContaining("1025 bytes, at most 1024");

        journal.append(G1, null, List.of(Model.entry(1, 1, "b")));
        journal.commit();
        reopen();
        assertThat(journal.recovered().getFirst().log().hardState()).isEqualTo(HardState.INITIAL);
        assertThat(journal.read(G1, 1, 1000)).containsExactly(Model.entry(1, 1, "b"));
    }

    @Test
    void holesAndStrangersAreRefused() {
        journal.create(Model.replica(1));
        journal.append(G1, null, List.of(Model.entry(1, 1, "a"), Model.entry(1, 2, "b")));
        journal.compact(G1, 1, 1, Model.configuration(1));

        assertRefused(() -> journal.append(G1, null, List.of(Model.entry(1, 4, "d"))));
        assertRefused(() -> journal.append(G1, null, List.of(Model.entry(1, 1, "a"))));
        assertRefused(() ->
                journal.append(G1, null, List.of(Model.entry(1, 3, "c"), Model.entry(1, 5, "e"))));
        assertRefused(() -> journal.append(G2, new HardState(1, null, 0), List.of()));
        assertRefused(() -> journal.compact(G1, 3, 1, Model.configuration(1)));
    }

    @Test
    void anotherNodesJournalIsRefused() {
        journal.close();
        JournalOptions otherNode = JournalOptions.of(Model.CLUSTER, new NodeId(9));
        JournalOptions otherCluster = JournalOptions.of(new ClusterId(1, 2), Model.NODE);

        assertThatThrownBy(() -> Journal.open(disk, otherNode))
                .isInstanceOf(Disk.StorageFailure.class)
                .hasMessageContaining("belongs to n7");
        assertThatThrownBy(() -> Journal.open(disk, otherCluster))
                .isInstanceOf(Disk.StorageFailure.class)
                .hasMessageContaining("belongs to n7");
    }

    @Test
    void aClosedJournalIsOfNoUse() {
        journal.close();
        assertThatThrownBy(() -> journal.commit()).isInstanceOf(Disk.StorageFailure.class);
    }

    @Test
    void optionsThatCannotWorkAreRefused() {
        JournalOptions sound = Model.options();
        assertRefused(() -> sound.withSegments(4095, 1024));
        assertRefused(() -> sound.withSegments(4096, 4096));
        assertRefused(() -> sound.withSegments(3000, 100));
        assertRefused(() -> sound.withSparesKept(0));
        assertRefused(() -> sound.withBudgetBytes(4096));
    }

    private void reopen() {
        journal.close();
        journal = Journal.open(disk, Model.options());
    }

    private static void assertRefused(Runnable action) {
        assertThatThrownBy(action::run).isInstanceOf(IllegalArgumentException.class);
    }
}
