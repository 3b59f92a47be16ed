package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.quorate.core.LostReplica;
import dev.quorate.raft.HardState;
import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Records that rot while the journal is open, and are met when an old segment is emptied: whoever
/// needed them is in quarantine, and all others go on (rules R5, R7, R9).
class RotWhileRunningTest {
    private static final int LIVES = 3;
    private static final int BATCHES = 45;
    private static final GroupId LAGGARD = new GroupId(1);
    private static final GroupId BUSY = new GroupId(2);

    private final CrashDisk disk = new CrashDisk();

    @Test
    void rotMetWhileASegmentIsEmptiedCostsTheReplicaThatNeededItAndNoOther() {
        // given a laggard whose entries have to be copied for ever
        Journal journal = Journal.open(disk, Model.options().withBudgetBytes(4 * 4096));
        journal.create(Model.replica(1));
        journal.create(Model.replica(2));
        journal.append(LAGGARD, null, List.of(Model.entry(1, 1, "the laggard's")));
        journal.commit();
        flip("the laggard's");

        // when the other one goes on until the first segments have to be emptied
        List<LostReplica> lost = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            journal.append(BUSY, null, List.of(Model.entry(1, i, "x".repeat(200))));
            journal.compact(BUSY, i, 1, Model.configuration(1));
            journal.commit();
            lost.addAll(journal.quarantineRotten().lost());
            journal.commit();
        }

        // then
        assertThat(lost).extracting(LostReplica::group).containsExactly(LAGGARD);
        assertThat(lost.getFirst().cause()).contains(Segment.fileName(1));
        assertThat(journal.hosted(LAGGARD)).isNull();
        assertThat(disk.size(Segment.fileName(1))).as("it was emptied all the same").isNegative();
        assertThat(disk.size(Segment.fileName(1) + ".damaged")).as("evidence").isPositive();
        journal.close();
        Journal again = Journal.open(disk, Model.options());
        assertThat(again.damages()).isEmpty();
        assertThat(again.recovered())
                .extracting(stored -> stored.replica().group())
                .containsExactly(BUSY);
        assertThat(again.gone())
                .extracting(GoneReplica::replica, GoneReplica::end)
                .containsExactly(tuple(Model.replica(1).self(), GoneReplica.End.QUARANTINED));
    }

    @Test
    void whatIsSaidOfReplicasThatWereHereBeforeIsSaidAgain() {
        // given a tombstone and a quarantine, which nobody may forget
        Journal journal = Journal.open(disk, Model.options().withBudgetBytes(4 * 4096));
        journal.create(Model.replica(2));
        journal.destroy(LAGGARD, new ReplicaId(500));
        journal.quarantine(LAGGARD, new ReplicaId(600), "it was ill");
        journal.create(Model.replica(1, 700));
        journal.append(LAGGARD, new HardState(3, null, 0), List.of());
        journal.commit();
        flipRecords(JournalRecord.ReplicasGone.class);
        flipRecords(JournalRecord.ReplicaQuarantined.class);

        // when their segment is emptied
        for (int i = 1; i <= 200; i++) {
            journal.append(BUSY, null, List.of(Model.entry(1, i, "x".repeat(200))));
            journal.compact(BUSY, i, 1, Model.configuration(1));
            journal.commit();
            assertThat(journal.quarantineRotten().lost()).isEmpty();
            journal.commit();
        }
        journal.close();

        // then
        Journal again = Journal.open(disk, Model.options());
        assertThat(again.damages()).isEmpty();
        assertThat(again.recovered()).hasSize(2);
        assertThat(again.gone())
                .extracting(GoneReplica::replica)
                .containsExactly(new ReplicaId(500), new ReplicaId(600));
    }

    @TestFactory
    Stream<DynamicTest> rotOfAnyRecordAtAnyTimeHurtsNobodyElse() {
        return IntStream.rangeClosed(1, LIVES)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed=" + seed, () -> anyRecord(seed)));
    }

    private static void anyRecord(int seed) {
        int lost = 0;
        for (int moment = 5; moment < BATCHES; moment += 4) {
            int records = new Life(seed).until(moment).records().size();
            for (int record = 0; record < records; record++) {
                lost += rot(seed, moment, record);
            }
        }
        assertThat(lost).as("replicas lost while segments were emptied").isGreaterThan(10);
    }

    /// @return how many replicas were lost while segments were emptied
    private static int rot(int seed, int moment, int record) {
        Life life = new Life(seed).until(moment);
        JournalReport.Line victim = life.records().get(record);
        String what = "seed %d, after batch %d, %s".formatted(seed, moment, victim);
        Model whole = life.model;
        life.disk.flip(victim.segment(), (int) victim.offset() + 5);
        life.until(BATCHES);

        for (LostReplica replica : life.lost) {
            assertThat(replica.group()).as(what).isEqualTo(victim.record().group());
            Model.Replica then = whole.replicas().get(replica.group());
            assertThat(then).as(what).isNotNull();
        }
        boolean wasMet = life.met && life.disk.size(victim.segment()) < 0;
        life.journal.close();
        Journal again = Journal.open(life.disk, Model.options());
        Model found = Model.of(again);
        if (wasMet) {
            assertThat(again.damages()).as(what).isEmpty();
            assertThat(found.replicas()).as(what).isEqualTo(life.model.replicas());
            assertThat(ids(found)).as(what).isEqualTo(ids(life.model));
        } else {
            life.model
                    .replicas()
                    .forEach((group, replica) -> {
                        Model.Replica now = found.replicas().get(group);
                        assertThat(now == null || now.equals(replica)).as(what).isTrue();
                    });
        }
        return life.lost.size();
    }

    /// The causes of quarantines aside.
    private static List<String> ids(Model model) {
        return model.gone().stream()
                .map(gone -> gone.group() + " " + gone.replica() + " " + gone.end())
                .toList();
    }

    private void flip(String text) {
        for (String file : disk.list()) {
            String bytes = new String(disk.bytes(file), StandardCharsets.ISO_8859_1);
            int at = bytes.indexOf(text);
            if (at >= 0) {
                disk.flip(file, at);
            }
        }
    }

    private void flipRecords(Class<? extends JournalRecord> type) {
        JournalReport.dump(
                disk,
                line -> {
                    if (type.isInstance(line.record())) {
                        disk.flip(line.segment(), (int) line.offset() + 20);
                    }
                });
    }

    /// A journal with a small budget, whose groups do whatever comes to their mind.
    private static final class Life {
        final CrashDisk disk = new CrashDisk();
        final Journal journal = Journal.open(disk, Model.options().withBudgetBytes(4 * 4096));
        final List<LostReplica> lost = new ArrayList<>();
        final Random random;
        final RandomSteps steps;
        Model model = Model.empty();
        int batches;
        boolean met;

        Life(int seed) {
            random = new Random(seed);
            steps = new RandomSteps(random);
        }

        Life until(int batch) {
            for (; batches < batch; batches++) {
                for (int i = random.nextInt(10); i >= 0; i--) {
                    Model.Step step = steps.next(model);
                    step.to(journal);
                    model = model.after(step);
                }
                journal.commit();
                quarantine();
                if (random.nextInt(4) == 0) {
                    journal.idle();
                    quarantine();
                }
            }
            return this;
        }

        private void quarantine() {
            JournalRot rot = journal.quarantineRotten();
            met |= !rot.damages().isEmpty();
            for (LostReplica replica : rot.lost()) {
                model =
                        model.after(
                                new Model.Step.Quarantine(
                                        replica.group(), replica.replica(), replica.cause()));
            }
            lost.addAll(rot.lost());
            journal.commit();
        }

        /// Records in segments that are not the newest one.
        List<JournalReport.Line> records() {
            TreeSet<String> segments = new TreeSet<>();
            List<JournalReport.Line> lines = new ArrayList<>();
            JournalReport.dump(
                    disk,
                    line -> {
                        segments.add(line.segment());
                        lines.add(line);
                    });
            lines.removeIf(line -> line.segment().equals(segments.last()));
            return lines;
        }
    }
}
