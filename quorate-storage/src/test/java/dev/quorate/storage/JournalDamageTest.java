package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

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
            boolean newest = segment.equals(report.segments().getLast());
            long end = segment.endBytes() - (newest ? RecordFormat.BATCH_BYTES : 0);
            for (int at = 0; at < segment.sizeBytes(); at++) {
                // when one byte rots
                CrashDisk rotten = disk.copy();
                byte[] bytes = rotten.bytes(segment.file());
                bytes[at] ^= (byte) (1 << at % 8);
                rotten.replace(segment.file(), bytes);

                // then it is reported if it matters
                if (at < end) {
                    Throwable thrown = catchThrowable(() -> Journal.open(rotten, Model.options()));
                    assertThat(thrown)
                            .as("%s at %d", segment.file(), at)
                            .isInstanceOf(JournalDamaged.class)
                            .hasMessageContaining(segment.file());
                    assertThat(((JournalDamaged) thrown).offset()).isLessThanOrEqualTo(at);
                } else {
                    assertThat(Model.of(Journal.open(rotten, Model.options()))).isEqualTo(before);
                }
            }
        }
    }

    @Test
    void damageNamesTheGroupsOnBothSidesOfIt() {
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
        Throwable thrown = catchThrowable(() -> Journal.open(disk, Model.options()));

        // then
        JournalDamaged damage = (JournalDamaged) thrown;
        assertThat(damage.segment()).isEqualTo(file);
        assertThat(damage.offset()).isEqualTo(middle);
        assertThat(damage.groups()).containsExactly(new GroupId(1), new GroupId(3));
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
        assertThat(disk.list()).containsExactly(file);
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
            assertThatThrownBy(() -> Journal.open(poorer, Model.options()))
                    .isInstanceOf(JournalDamaged.class)
                    .hasMessageContaining(file)
                    .hasMessageContaining("missing");
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
}
