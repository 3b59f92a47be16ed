package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Segments die, are recycled, and run out (rules R5 and R8).
class JournalSpaceTest {
    private static final GroupId G1 = new GroupId(1);
    private static final GroupId G2 = new GroupId(2);
    private static final String PAYLOAD = "x".repeat(500);

    private final CrashDisk disk = new CrashDisk();
    private Journal journal = Journal.open(disk, Model.options());

    @Test
    void aCompactedLogNeedsBoundedSpace() {
        journal.create(Model.replica(1));
        for (int i = 1; i <= 1000; i++) {
            journal.append(G1, null, List.of(Model.entry(1, i, PAYLOAD)));
            if (i > 5) {
                journal.compact(G1, i - 5, 1, Model.configuration(1));
            }
            journal.commit();
        }
        assertThat(journal.totalBytes()).isLessThanOrEqualTo(4 * 4096);
        assertThat(disk.list()).hasSizeLessThanOrEqualTo(6);
        crash();
        assertThat(journal.read(G1, 996, 1 << 20)).hasSize(5);
    }

    @Test
    void aLaggardsRecordsAreCopiedForward() {
        // given a group that said little long ago
        journal.create(Model.replica(2));
        journal.append(
                G2,
                new HardState(4, new ReplicaId(8), 0),
                List.of(Model.entry(3, 1, "old"), Model.entry(4, 2, "older")));
        journal.compact(G2, 1, 3, Model.configuration(1));
        journal.commit();

        // when another one fills segments
        churn(200);

        // then the first segment is gone, and what it held is not
        assertThat(disk.list()).doesNotContain(Segment.fileName(1));
        assertThat(journal.read(G2, 2, 1000)).containsExactly(Model.entry(4, 2, "older"));
        crash();
        Model.Replica laggard = Model.of(journal).replica(G2);
        assertThat(laggard.hardState()).isEqualTo(new HardState(4, new ReplicaId(8), 0));
        assertThat(laggard.entries().values()).containsExactly(Model.entry(4, 2, "older"));
    }

    @Test
    void aFullSegmentMovesOnlyWhenOverBudget() {
        // given a first segment that is needed almost entirely
        journal = Journal.open(new CrashDisk(), Model.options().withBudgetBytes(8 * 4096));
        journal.create(Model.replica(2));
        for (int i = 1; i <= 6; i++) {
            journal.append(G2, null, List.of(Model.entry(1, i, PAYLOAD)));
        }
        journal.commit();

        // when the rest dies again and again
        churn(300);

        // then the budget holds all the same
        assertThat(journal.totalBytes()).isLessThanOrEqualTo(10 * 4096);
        assertThat(journal.read(G2, 1, 1 << 20)).hasSize(6);
    }

    @Test
    void aJournalThatIsAllNeededIsNotCopiedInCircles() {
        journal = Journal.open(disk, Model.options().withBudgetBytes(8 * 4096));
        journal.create(Model.replica(1));
        for (int i = 1; i <= 60; i++) {
            journal.append(G1, null, List.of(Model.entry(1, i, PAYLOAD)));
            journal.commit();
        }
        long totalBytes = journal.totalBytes();
        int writes = disk.writes;
        for (int i = 0; i < 10; i++) {
            journal.idle();
        }
        assertThat(disk.writes - writes).isLessThanOrEqualTo(2);
        assertThat(journal.totalBytes()).isEqualTo(totalBytes);
    }

    @Test
    void openingAgainAndAgainCostsNoSpace() {
        journal.create(Model.replica(1));
        journal.commit();
        for (int i = 0; i < 50; i++) {
            journal.close();
            journal = Journal.open(disk, Model.options());
        }
        assertThat(disk.list()).hasSizeLessThanOrEqualTo(5);
        for (int i = 1; i <= 50; i++) {
            journal.append(G1, null, List.of(Model.entry(1, i, "a")));
            journal.commit();
            crash();
        }
        assertThat(disk.list()).hasSizeLessThanOrEqualTo(8);
        assertThat(journal.read(G1, 1, 1 << 20)).hasSize(50);
    }

    @Test
    void aRecycledSegmentNeverShowsWhatItHeld() {
        // given segments that were used many times over, and a crash that leaves their old bytes
        for (int seed = 1; seed <= 30; seed++) {
            churn(40 + seed);
            Model before = Model.of(reopened());
            journal.append(G1, new HardState(2, null, 0), List.of());
            disk.losePower(new Random(seed));
            assertThat(Model.of(reopened())).as("seed %d", seed).isEqualTo(before);
        }
    }

    @Test
    void aGroupThatLetsGoOfNothingIsNamedOnceItHoldsMoreThanItsShare() {
        // given a budget of sixteen segments, and a group that fills half of it
        journal = Journal.open(disk, Model.options().withBudgetBytes(16 * 4096));
        journal.create(Model.replica(1));
        journal.create(Model.replica(2));
        int last = 0;
        while (journal.takeShareChanges().isEmpty()) {
            journal.append(G1, null, List.of(Model.entry(1, ++last, PAYLOAD)));
            journal.commit();
        }
        assertThat(journal.totalBytes()).isBetween(8L * 4096, 11L * 4096);
        assertThat(journal.isShort()).isFalse();

        // then the others still have room, as much as they like
        for (int i = 1; i <= 500; i++) {
            journal.append(G2, null, List.of(Model.entry(1, i, PAYLOAD)));
            if (i > 5) {
                journal.compact(G2, i - 5, 1, Model.configuration(2));
            }
            journal.commit();
        }
        assertThat(journal.isShort()).isFalse();
        assertThat(journal.takeShareChanges()).isEmpty();

        // and it is named again after a start, and not any more once it has let go
        disk.losePower(new Random(7));
        journal = Journal.open(disk, Model.options().withBudgetBytes(16 * 4096));
        assertThat(journal.takeShareChanges()).containsExactly(new Shares.Change(G1, true));
        journal.compact(G1, last - 1, 1, Model.configuration(1));
        journal.commit();
        assertThat(journal.takeShareChanges()).containsExactly(new Shares.Change(G1, false));
    }

    @Test
    void whatIsFreeableIsFreedWhileNothingIsWritten() {
        // given a journal well over its budget
        journal = Journal.open(disk, Model.options().withBudgetBytes(8 * 4096));
        journal.create(Model.replica(1));
        int last = 0;
        while (!journal.isShort()) {
            journal.append(G1, null, List.of(Model.entry(1, ++last, PAYLOAD)));
            journal.commit();
        }

        // when all of it may go
        journal.compact(G1, last - 1, 1, Model.configuration(1));
        journal.commit();
        while (journal.idle()) {
            // a slice at a time
        }

        // then it goes, without another write
        assertThat(journal.isShort()).isFalse();
        assertThat(journal.isPressed()).isFalse();
        assertThat(journal.read(G1, last, 1 << 20)).hasSize(1);
    }

    @Test
    void aFullDiskRefusesEntriesAndLosesNothing() {
        // given a disk for five segments, filled
        disk.capacityBytes = 5 * 4096 + 1024;
        journal.create(Model.replica(1));
        journal.commit();
        int last = fill();

        // when it is tried again, nothing is different
        assertThatThrownBy(() -> journal.commit()).isInstanceOf(Disk.DiskFull.class);
        assertThat(journal.read(G1, 1, 1 << 20)).hasSize(last);

        assertThat(journal.hasHeadroom()).isFalse();

        // then room made by others is used, and the batch that waited is written
        disk.capacityBytes = 7 * 4096 + 1024;
        journal.commit();
        assertThat(journal.hasHeadroom()).isTrue();
        crash();
        assertThat(journal.read(G1, 1, 1 << 20)).hasSize(last + 1);
    }

    @Test
    void compactionFreesAFullDisk() {
        // given
        disk.capacityBytes = 5 * 4096 + 1024;
        journal.create(Model.replica(1));
        journal.commit();
        int last = fill();

        // when
        journal.compact(G1, last - 1, 1, Model.configuration(1));
        journal.commit();

        // then
        journal.append(G1, null, List.of(Model.entry(1, last + 2, PAYLOAD)));
        journal.commit();
        crash();
        assertThat(journal.read(G1, last, 1 << 20)).extracting(Entry::index).hasSize(3);
    }

    @Test
    void votesStillFitAFullDisk() {
        // given a disk with room for entries up to the last one that fits
        int last = entriesThatFit();
        startOnFullDisk();
        for (int i = 1; i <= last; i++) {
            journal.append(G1, null, List.of(Model.entry(1, i, PAYLOAD)));
            journal.commit();
        }

        // when only votes follow
        for (int term = 1; term <= 40; term++) {
            journal.append(G2, new HardState(term, null, 0), List.of());
            journal.commit();
        }

        // then they live from the reserve, which entries may not have
        journal.append(G1, null, List.of(Model.entry(1, last + 1, PAYLOAD)));
        assertThatThrownBy(journal::commit).isInstanceOf(Disk.DiskFull.class);
        crash();
        assertThat(Model.of(journal).replica(G2).hardState().term()).isEqualTo(40);
    }

    @Test
    void aFailureIsForGoodAndNothingIsTriedAgain() {
        for (int operations = 0; operations < 12; operations++) {
            // given a disk that fails at some operation
            CrashDisk failing = new CrashDisk();
            Journal victim = Journal.open(failing, Model.options());
            victim.create(Model.replica(1));
            victim.commit();
            failing.operationsUntilFailure = operations;

            // when it fails
            long index = 1;
            while (failing.operationsAfterFailure == 0) {
                victim.append(G1, null, List.of(Model.entry(1, index++, PAYLOAD)));
                commitOrFail(victim);
            }

            // then every later call says so, and the disk is left alone
            assertThatThrownBy(victim::commit).isInstanceOf(Disk.StorageFailure.class);
            assertThatThrownBy(victim::idle).isInstanceOf(Disk.StorageFailure.class);
            assertThatThrownBy(() -> victim.read(G1, 1, 10))
                    .isInstanceOf(Disk.StorageFailure.class);
            assertThatThrownBy(() -> victim.append(G1, null, List.of()))
                    .isInstanceOf(Disk.StorageFailure.class)
                    .hasMessageContaining("the disk failed");
            victim.close();
            assertThat(failing.operationsAfterFailure).isEqualTo(1);
        }
    }

    private static void commitOrFail(Journal victim) {
        try {
            victim.commit();
        } catch (Disk.StorageFailure _) {
            // seen by the caller in what the disk counted
        }
    }

    private static int entriesThatFit() {
        JournalSpaceTest trial = new JournalSpaceTest();
        trial.startOnFullDisk();
        return trial.fill();
    }

    private void startOnFullDisk() {
        disk.capacityBytes = 5 * 4096 + 1024;
        journal.create(Model.replica(1));
        journal.create(Model.replica(2));
        journal.commit();
    }

    /// Appends one entry per commit until the disk is full; the last one waits.
    private int fill() {
        for (int i = 1; i < 100; i++) {
            journal.append(G1, null, List.of(Model.entry(1, i, PAYLOAD)));
            try {
                journal.commit();
            } catch (Disk.DiskFull _) {
                return i - 1;
            }
        }
        throw new AssertionError("the disk never got full");
    }

    /// Writes and compacts until segments have died.
    private void churn(int entries) {
        Model.Replica old = Model.of(reopenedCopy()).replicas().get(G1);
        long first = 1;
        if (old == null) {
            journal.create(Model.replica(1));
        } else {
            first = old.lastIndex() + 1;
        }
        for (long i = first; i < first + entries; i++) {
            journal.append(G1, new HardState(1, null, 0), List.of(Model.entry(1, i, PAYLOAD)));
            journal.compact(G1, i, 1, Model.configuration(1));
            journal.commit();
        }
    }

    private Journal reopened() {
        journal = Journal.open(disk, Model.options());
        return journal;
    }

    private Journal reopenedCopy() {
        CrashDisk copy = disk.copy();
        return Journal.open(copy, Model.options());
    }

    private void crash() {
        disk.losePower(new Random(7));
        reopened();
    }
}
