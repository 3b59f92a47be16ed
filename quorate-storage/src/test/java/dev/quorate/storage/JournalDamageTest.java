package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.types.GroupId;
import dev.quorate.types.ReplicaId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Torn tails are cut, damage is reported, and the two are never taken for each other (rule R5).
class JournalDamageTest {
    private static final GroupId G1 = new GroupId(1);

    private final CrashDisk disk = new CrashDisk();

    @Test
    void everyFlippedByteBelowTheMarkIsReported() {
        // given three segments, all of it stated as forced
        write(12, 700);
        Model before = Model.of(Journal.open(disk.copy(), Model.options()));
        JournalReport report = JournalReport.of(disk);
        assertThat(report.segments()).hasSizeGreaterThan(2);

        for (JournalReport.SegmentReport segment : report.segments()) {
            long end = segment.endBytes();
            for (int at = 0; at < segment.sizeBytes(); at++) {
                // when one byte rots
                CrashDisk rotten = disk.copy();
                byte[] bytes = rotten.bytes(segment.file());
                bytes[at] ^= (byte) (1 << at % 8);
                rotten.replace(segment.file(), bytes);
                Journal journal = Journal.open(rotten, Model.options());

                // then it is reported if it matters, and nothing is ever silently shorter
                if (at < end) {
                    assertThat(journal.damages()).as("%s at %d", segment.file(), at).isNotEmpty();
                    long place = at;
                    assertThat(journal.damages())
                            .anyMatch(damage ->
                                    damage.segment().equals(segment.file())
                                            && damage.offset() <= place);
                } else {
                    assertThat(journal.damages()).isEmpty();
                }
                Model found = Model.of(journal);
                if (!found.equals(before)) {
                    assertThat(at).isLessThan((int) end);
                    assertQuarantined(journal, 1);
                }
            }
        }
    }

    @Test
    void damageOfOneRecordPutsOnlyItsGroupInQuarantine() {
        // given records of three groups, the middle one's broken
        try (Journal journal = Journal.open(disk, Model.options())) {
            for (int group = 1; group <= 3; group++) {
                journal.create(Model.replica(group));
            }
            journal.commit();
        }
        String file = Segment.fileName(1);
        byte[] bytes = disk.bytes(file);
        int middle = Segment.HEADER_BYTES + RecordFormat.BATCH_BYTES + createdBytes();
        bytes[middle + 30] ^= 1;
        disk.replace(file, bytes);

        // when
        Journal journal = Journal.open(disk, Model.options());

        // then
        assertThat(journal.damages()).hasSize(1);
        JournalDamage damage = journal.damages().getFirst();
        assertThat(damage.segment()).isEqualTo(file);
        assertThat(damage.offset()).isEqualTo(middle);
        assertThat(damage.groups()).containsExactly(new GroupId(2));
        assertThat(journal.recovered())
                .extracting(stored -> stored.replica().group().value())
                .containsExactly(1L, 3L);
        assertThat(journal.gone()).hasSize(1);
        assertThat(journal.gone().getFirst().cause()).contains(file).contains("offset " + middle);
        // and so it stays, and what was damaged is kept for people to look at
        journal.close();
        Journal again = Journal.open(disk, Model.options());
        assertThat(again.gone()).hasSize(1);
        assertThat(again.recovered()).hasSize(2);
        assertThat(disk.bytes(file + ".damaged")).isEqualTo(bytes);
        // and another replica of the group begins anew
        again.create(Model.replica(2, 999));
        again.commit();
        assertThat(Journal.open(disk, Model.options()).recovered()).hasSize(3);
    }

    @Test
    void theLossOfTheNewestSegmentIsSeen() {
        write(12, 700);
        String newest = JournalReport.of(disk).segments().getLast().file();
        disk.delete(newest);

        Journal journal = Journal.open(disk, Model.options());

        assertThat(journal.damages())
                .anyMatch(d -> d.segment().equals(newest) && d.cause().contains("missing"));
        assertThat(journal.recovered()).isEmpty();
        assertQuarantined(journal, 1);
        journal.close();
        assertQuarantined(Journal.open(disk, Model.options()), 1);
    }

    @Test
    void theLossOfAllSegmentsIsSeen() {
        write(12, 700);
        disk.list().stream().filter(file -> file.endsWith(".segment")).forEach(disk::delete);

        Journal journal = Journal.open(disk, Model.options());

        assertThat(journal.damages()).hasSize(1);
        assertThat(journal.recovered()).isEmpty();
        // and whoever knows from elsewhere what was here says so
        journal.quarantine(G1, Model.replica(1).self(), "the journal is lost");
        journal.commit();
        journal.close();
        Journal again = Journal.open(disk, Model.options());
        assertThat(again.damages()).isEmpty();
        assertQuarantined(again, 1);
    }

    @Test
    void aNewJournalAfterACleanEndIsNoLoss() {
        Journal.open(disk, Model.options()).close();
        assertThat(Journal.open(disk, Model.options()).damages()).isEmpty();
    }

    @TestFactory
    Stream<DynamicTest> whoeverIsNotInQuarantineHasLostNothing() {
        long count = Long.getLong("storage.seeds", 150);
        return LongStream.rangeClosed(1, count)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed=" + seed, () -> damage(seed)));
    }

    private static void damage(long seed) {
        // given a life of a few groups that ended well
        Random random = new Random(seed);
        CrashDisk disk = new CrashDisk();
        RandomSteps steps = new RandomSteps(random);
        Model model = Model.empty();
        try (Journal journal = Journal.open(disk, Model.options())) {
            for (int i = 0; i < 30 + random.nextInt(150); i++) {
                Model.Step step = steps.next(model);
                step.to(journal);
                model = model.after(step);
                if (random.nextInt(3) == 0) {
                    journal.commit();
                }
            }
            journal.commit();
        }
        List<JournalReport.Line> lines = new ArrayList<>();
        JournalReport.dump(disk, lines::add);
        String oldest = lines.getFirst().segment();
        int accounted = lines.size() - 1;
        while (!(lines.get(accounted).record() instanceof JournalRecord.Account)) {
            accounted--;
        }

        for (int trial = 0; trial < 20; trial++) {
            // when something is damaged
            CrashDisk damaged = disk.copy();
            JournalReport.Line victim = lines.get(random.nextInt(lines.size()));
            byte[] bytes = damaged.bytes(victim.segment());
            int at = (int) victim.offset() + random.nextInt(victim.lengthBytes());
            int kind = random.nextInt(8);
            // what the oldest segment says of a group first may not be the first that there was,
            // and what is not accounted for yet is not proved
            boolean oneRecord =
                    kind > 2
                            && !victim.segment().equals(oldest)
                            && !(victim.record() instanceof JournalRecord.SegmentsRetired)
                            && lines.indexOf(victim) < accounted;
            switch (kind) {
                case 0 -> damaged.delete(victim.segment());
                case 1 -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 512), (byte) 0);
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                default -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            }
            if (kind != 0) {
                damaged.replace(victim.segment(), bytes);
            }
            Journal journal = Journal.open(damaged, Model.options());
            // who knows what is hosted names those of whom nothing is left
            TreeMap<GroupId, ReplicaId> hosted = new TreeMap<>();
            model.replicas().forEach((id, replica) -> hosted.put(id, replica.record().self()));
            journal.quarantineMissing(hosted);

            // then every replica is as it was, or in quarantine
            String what = "seed %d: %s at %d, kind %d".formatted(seed, victim, at, kind);
            Model found = Model.of(journal);
            for (Model.Replica replica : model.replicas().values()) {
                GroupId group = replica.record().group();
                Model.Replica now = found.replicas().get(group);
                if (now != null) {
                    assertThat(now).as(what).isEqualTo(replica);
                } else if (oneRecord) {
                    // and rot in one record hurts nobody else
                    assertThat(group).as(what).isEqualTo(victim.record().group());
                }
                assertThat(now != null || isQuarantined(journal, replica)).as(what).isTrue();
            }
            if (!found.replicas().equals(model.replicas())) {
                assertThat(journal.damages()).as(what).isNotEmpty();
            }
            assertThat(found.replicas().keySet()).as(what).isSubsetOf(model.replicas().keySet());
        }
    }

    private static boolean isQuarantined(Journal journal, Model.Replica replica) {
        return journal.gone().stream()
                .anyMatch(gone ->
                        gone.replica().equals(replica.record().self())
                                && gone.end() == GoneReplica.End.QUARANTINED);
    }

    private static void assertQuarantined(Journal journal, long group) {
        assertThat(journal.gone())
                .extracting(GoneReplica::group, GoneReplica::replica, GoneReplica::end)
                .containsExactly(
                        tuple(
                                new GroupId(group),
                                Model.replica(group).self(),
                                GoneReplica.End.QUARANTINED));
    }

    @Test
    void everyCutOfTheLastBatchLeavesAPrefixOfIt() {
        // given a last batch that truncates
        Journal journal = write(3, 40);
        CrashDisk before = disk.copy();
        List<Model> prefixes = new ArrayList<>();
        prefixes.add(Model.of(Journal.open(before, Model.options())));
        HardState state = new HardState(5, null, 0);
        Entry second = Model.entry(5, 2, "second");
        Entry third = Model.entry(5, 3, "third");
        prefixes.add(prefixes.getLast().after(new Model.Step.Vote(G1, state)));
        prefixes.add(prefixes.getLast().after(new Model.Step.Append(G1, second)));
        prefixes.add(prefixes.getLast().after(new Model.Step.Append(G1, third)));
        String file = Segment.fileName(1);
        int start = (int) JournalReport.of(disk).segments().getLast().endBytes();
        journal.append(G1, state, List.of(second, third));
        journal.commit();
        int end = (int) JournalReport.of(disk).segments().getLast().endBytes();

        int best = 0;
        for (int cut = start; cut <= end; cut++) {
            // when it is cut
            CrashDisk torn = disk.copy();
            byte[] bytes = torn.bytes(file);
            Arrays.fill(bytes, cut, bytes.length, (byte) 0);
            torn.replace(file, bytes);
            Journal reopened = Journal.open(torn, Model.options());

            // then a prefix is there, longer cuts never leave less, and writing goes on
            int found = prefixes.indexOf(Model.of(reopened));
            assertThat(found).as("cut at %d", cut).isGreaterThanOrEqualTo(best);
            best = found;
            Entry next = Model.entry(6, 2, "next");
            reopened.append(G1, null, List.of(next));
            reopened.commit();
            assertThat(Model.of(Journal.open(torn, Model.options())))
                    .as("cut at %d", cut)
                    .isEqualTo(prefixes.get(found).after(new Model.Step.Append(G1, next)));
        }
        assertThat(best).isEqualTo(3);
    }

    @Test
    void aSoundRecordBehindATornOneStaysCut() {
        // given a last batch whose first sector was lost and whose rest arrived
        Journal journal = write(1, 40);
        Model before = Model.of(Journal.open(disk.copy(), Model.options()));
        String file = Segment.fileName(1);
        int start = (int) JournalReport.of(disk).segments().getLast().endBytes();
        journal.append(G1, null, List.of(Model.entry(2, 2, "x".repeat(600))));
        journal.append(G1, new HardState(9, null, 0), List.of(Model.entry(2, 3, "later")));
        journal.commit();
        byte[] bytes = disk.bytes(file);
        Arrays.fill(bytes, start, start + 64, (byte) 0);
        disk.replace(file, bytes);

        // when opened twice, with something written in between
        Journal reopened = Journal.open(disk, Model.options());
        assertThat(Model.of(reopened)).isEqualTo(before);
        reopened.append(G1, new HardState(3, null, 0), List.of());
        reopened.commit();

        // then what was cut does not come back
        assertThat(Model.of(Journal.open(disk, Model.options())))
                .isEqualTo(before.after(new Model.Step.Vote(G1, new HardState(3, null, 0))));
    }

    @Test
    void aTornBatchStaysCutOnAFullDiskToo() {
        // given a last batch whose first sector was lost, and no room for another segment
        Journal journal = write(1, 40);
        Model before = Model.of(Journal.open(disk.copy(), Model.options()));
        String file = Segment.fileName(1);
        int start = (int) JournalReport.of(disk).segments().getLast().endBytes();
        journal.append(G1, null, List.of(Model.entry(2, 2, "x".repeat(600))));
        journal.append(G1, new HardState(9, null, 0), List.of(Model.entry(2, 3, "later")));
        journal.commit();
        byte[] bytes = disk.bytes(file);
        Arrays.fill(bytes, start, start + 64, (byte) 0);
        disk.replace(file, bytes);
        disk.fill();

        // when a batch is written that ends where a sound record of the torn one begins
        Journal reopened = Journal.open(disk, Model.options());
        assertThat(disk.list()).containsExactly(file, Anchor.FILE);
        disk.capacityBytes = Long.MAX_VALUE;
        Entry other = Model.entry(3, 2, "y".repeat(600));
        reopened.append(G1, null, List.of(other));
        reopened.commit();

        // then that record does not come back
        assertThat(Model.of(Journal.open(disk, Model.options())))
                .isEqualTo(before.after(new Model.Step.Append(G1, other)));
    }

    @Test
    void aMissingSegmentIsReported() {
        write(12, 700);
        JournalReport report = JournalReport.of(disk);
        for (int i = 0; i < report.segments().size() - 1; i++) {
            CrashDisk poorer = disk.copy();
            String file = report.segments().get(i).file();
            poorer.delete(file);
            Journal journal = Journal.open(poorer, Model.options());
            assertThat(journal.damages())
                    .anyMatch(d -> d.segment().equals(file) && d.cause().contains("missing"));
            assertQuarantined(journal, 1);
        }
    }

    @Test
    void rotIsReportedWhenReadLater() {
        Journal journal = write(3, 40);
        String file = Segment.fileName(1);
        byte[] bytes = disk.bytes(file);
        int end = (int) JournalReport.of(disk).segments().getLast().endBytes();
        Arrays.fill(bytes, 200, end, (byte) 1);
        disk.replace(file, bytes);

        assertThatThrownBy(() -> journal.read(G1, 1, 1000)).isInstanceOf(JournalDamaged.class);
    }

    private static int createdBytes() {
        return RecordFormat.bytes(
                new JournalRecord.ReplicaCreated(Model.replica(1), JournalRecord.Before.VOID));
    }

    /// Writes entries one batch each, and states that all was forced.
    private Journal write(int entries, int payloadBytes) {
        Journal journal = Journal.open(disk, Model.options());
        journal.create(Model.replica(1));
        for (int i = 1; i <= entries; i++) {
            journal.append(
                    G1,
                    new HardState(1, null, 0),
                    List.of(Model.entry(1, i, "x".repeat(payloadBytes))));
            journal.commit();
        }
        journal.idle();
        return journal;
    }

    @Test
    void whatALaterBatchSaysWasForcedIsNoTornTail() {
        // given three batches, and a process that dies
        Journal journal = Journal.open(disk, Model.options());
        journal.create(Model.replica(1));
        journal.commit();
        for (int index = 1; index <= 3; index++) {
            journal.append(G1, null, List.of(Model.entry(1, index, "entry " + index)));
            journal.commit();
        }
        // when the middle one rots
        String file = Segment.fileName(1);
        byte[] bytes = disk.bytes(file);
        bytes[indexOf(bytes, "entry 2")] ^= 1;
        disk.replace(file, bytes);

        // then the last one tells that it was forced
        assertQuarantined(Journal.open(disk, Model.options()), 1);
    }

    @Test
    void anEntryThatRotsAfterTheStartIsNotHandedOut() {
        // given
        Journal journal = Journal.open(disk, Model.options());
        journal.create(Model.replica(1));
        journal.append(G1, null, List.of(Model.entry(1, 1, "a command")));
        journal.commit();

        // when
        String file = Segment.fileName(1);
        byte[] bytes = disk.bytes(file);
        bytes[indexOf(bytes, "a command")] ^= 1;
        disk.replace(file, bytes);

        // then
        assertThatThrownBy(() -> journal.read(G1, 1, 1_000)).isInstanceOf(JournalDamaged.class);
    }

    private static int indexOf(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    }
}
