package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.Restored;
import dev.quorate.raft.Restored.Configured;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Configurations, snapshots, and the end of replicas, as the journal remembers them.
class JournalLifeTest {
    private static final GroupId G1 = new GroupId(1);
    private static final ReplicaId R101 = new ReplicaId(101);

    private final CrashDisk disk = new CrashDisk();
    private Journal journal = Journal.open(disk, Model.options());

    @Test
    void configurationsOfTheLogAreFoundAgain() {
        // given one at 2, one at 3 that was overwritten, one at 4
        host(101);
        append(Model.entry(1, 1, "a"), Model.entry(1, 2, Model.configuration(2)));
        append(Model.entry(1, 3, Model.configuration(3)));
        append(Model.entry(2, 3, "c"), Model.entry(2, 4, Model.configuration(4)));

        // when
        reopen();

        // then
        assertThat(log().configurations())
                .containsExactly(
                        new Configured(2, Model.configuration(2)),
                        new Configured(4, Model.configuration(4)));

        // and compaction keeps the one in force
        journal.compact(G1, 3, 2, Model.configuration(2));
        journal.commit();
        reopen();
        assertThat(log().configurations())
                .containsExactly(
                        new Configured(3, Model.configuration(2)),
                        new Configured(4, Model.configuration(4)));
    }

    @Test
    void whatIsNoConfigurationIsNotTakenForOne() {
        host(101);
        Entry nonsense = new Entry(1, 1, 1, Entry.Kind.CONFIGURATION, Bytes.utf8("nonsense"));
        assertThatThrownBy(() -> journal.append(G1, null, List.of(nonsense)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSessionCommandKeepsItsKind() {
        host(101);
        Entry entry = new Entry(1, 1, 5, Entry.Kind.SESSION_COMMAND, Bytes.utf8("s"));
        append(entry);
        reopen();
        assertThat(journal.read(G1, 1, 100)).containsExactly(entry);
    }

    @Test
    void anInstallationThatWasBegunIsRememberedUntilItIsDone() {
        // given
        host(101);
        append(Model.entry(1, 1, "a"));
        SnapshotMeta meta = Model.snapshot(3, 9);
        journal.markInstalling(G1, meta);
        journal.commit();
        reopen();
        assertThat(log().installing()).isEqualTo(meta);
        assertThat(log().lastIndex()).isEqualTo(1);

        // when
        journal.installed(G1, meta, Journal.Suffix.DROPPED);
        journal.commit();
        reopen();

        // then the log begins after it, at its time
        assertThat(log())
                .isEqualTo(
                        new Restored(
                                HardState.INITIAL,
                                new LogPosition(3, 9),
                                List.of(),
                                9,
                                9000,
                                List.of(new Configured(9, meta.configuration())),
                                null,
                                9000));
        append(Model.entry(3, 10, "b"));
        reopen();
        assertThat(log().compactedStampMicros()).isEqualTo(9000);
        assertThat(journal.read(G1, 10, 100)).containsExactly(Model.entry(3, 10, "b"));
    }

    @Test
    void aSnapshotInTheMiddleOfTheLogKeepsWhatFollows() {
        host(101);
        append(Model.entry(1, 1, "a"), Model.entry(1, 2, "b"), Model.entry(1, 3, "c"));
        SnapshotMeta meta = Model.snapshot(1, 2);
        journal.markInstalling(G1, meta);
        journal.installed(G1, meta, Journal.Suffix.KEPT);
        journal.commit();
        reopen();
        assertThat(log().compacted()).isEqualTo(meta.position());
        assertThat(log().compactedStampMicros()).isEqualTo(2000);
        assertThat(log().lastStampMicros()).isEqualTo(3000);
        assertThat(journal.read(G1, 3, 100)).containsExactly(Model.entry(1, 3, "c"));
    }

    @Test
    void aSnapshotInTheMiddleOfTheLogMayDropWhatFollows() {
        host(101);
        append(Model.entry(1, 1, "a"), Model.entry(1, 2, "b"), Model.entry(1, 3, "c"));
        SnapshotMeta meta = Model.snapshot(2, 2);
        journal.markInstalling(G1, meta);
        journal.installed(G1, meta, Journal.Suffix.DROPPED);
        journal.commit();
        reopen();
        assertThat(log().lastIndex()).isEqualTo(2);
        assertThat(journal.read(G1, 3, 100)).isEmpty();
    }

    @Test
    void whatWasNotBegunIsNotDone() {
        host(101);
        append(Model.entry(1, 1, "a"));
        SnapshotMeta meta = Model.snapshot(1, 5);
        assertThatThrownBy(() -> journal.installed(G1, meta, Journal.Suffix.DROPPED))
                .isInstanceOf(IllegalArgumentException.class);
        journal.markInstalling(G1, meta);
        assertThatThrownBy(() -> journal.installed(G1, meta, Journal.Suffix.KEPT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("does not reach");
    }

    @Test
    void aDestroyedReplicaNeverComesBackAndAnotherBeginsAnew() {
        // given
        host(101);
        journal.append(G1, new HardState(7, R101, 3), List.of(Model.entry(7, 1, "old")));
        journal.commit();

        // when
        journal.destroy(G1, R101);
        journal.commit();

        // then
        reopen();
        assertThat(journal.recovered()).isEmpty();
        assertThat(journal.gone())
                .extracting(GoneReplica::replica, GoneReplica::end)
                .containsExactly(tuple(R101, GoneReplica.End.DESTROYED));
        assertThatThrownBy(() -> journal.create(Model.replica(1, 101)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("r101 was here and is gone");

        // and another one knows nothing of its log
        host(102);
        reopen();
        assertThat(log()).isEqualTo(Restored.NOTHING);
        assertThat(journal.gone()).hasSize(1);
    }

    @Test
    void aReplicaThatNeverWasHereMayBeBuriedToo() {
        host(102);
        append(Model.entry(1, 1, "a"));
        journal.destroy(G1, R101);
        journal.commit();
        reopen();
        assertThat(log().lastIndex()).isEqualTo(1);
        assertThat(journal.gone()).hasSize(1);
    }

    @Test
    void twoReplicasOfAGroupAreNotHostedAtOnce() {
        host(101);
        assertThatThrownBy(() -> journal.create(Model.replica(1, 102)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aQuarantinedReplicaSaysWhyUntilItIsDestroyed() {
        // given
        host(101);
        append(Model.entry(1, 1, "a"));
        journal.quarantine(G1, R101, "rot in a segment, " + "ü".repeat(300));
        journal.commit();
        reopen();
        assertThat(journal.recovered()).isEmpty();
        GoneReplica gone = journal.gone().getFirst();
        assertThat(gone.end()).isEqualTo(GoneReplica.End.QUARANTINED);
        assertThat(gone.cause()).startsWith("rot in a segment, ü").hasSizeLessThan(256);
        assertThatThrownBy(() -> journal.create(Model.replica(1, 101)))
                .isInstanceOf(IllegalArgumentException.class);

        // when it was replaced and its group has forgotten it
        host(102);
        journal.destroy(G1, R101);
        journal.commit();

        // then
        reopen();
        assertThat(journal.recovered()).hasSize(1);
        assertThat(journal.gone())
                .extracting(GoneReplica::end)
                .containsExactly(GoneReplica.End.DESTROYED);
    }

    @Test
    void aReplicaThatWasLostStaysGoneWhenItsSuccessorIsLostToo() {
        // given
        host(101);
        journal.quarantine(G1, R101, "rot");
        host(102);
        journal.quarantine(G1, new ReplicaId(102), "rot again");
        journal.commit();

        // then neither comes back, now or later
        for (int start = 0; start < 2; start++) {
            for (int replica : new int[] {101, 102}) {
                assertThatThrownBy(() -> journal.create(Model.replica(1, replica)))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            reopen();
        }
        assertThat(journal.gone())
                .extracting(GoneReplica::replica, GoneReplica::end)
                .containsExactly(
                        tuple(R101, GoneReplica.End.DESTROYED),
                        tuple(new ReplicaId(102), GoneReplica.End.QUARANTINED));
    }

    @Test
    void tombstonesAreBoundedAndOldOnesStayRefused() {
        for (int replica = 1; replica <= 100; replica++) {
            host(replica);
            journal.destroy(G1, new ReplicaId(replica));
            journal.commit();
        }
        reopen();
        assertThat(journal.gone()).hasSize(RecordFormat.GONE_MAX);
        for (int replica = 1; replica <= 100; replica++) {
            int id = replica;
            assertThatThrownBy(() -> journal.create(Model.replica(1, id)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        host(101);
    }

    private void host(long replica) {
        journal.create(Model.replica(1, replica));
        journal.commit();
    }

    private void append(Entry... entries) {
        journal.append(G1, null, List.of(entries));
        journal.commit();
    }

    private Restored log() {
        return journal.recovered().getFirst().log();
    }

    private void reopen() {
        journal.close();
        journal = Journal.open(disk, Model.options());
    }
}
