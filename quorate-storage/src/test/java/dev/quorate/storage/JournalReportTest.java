package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.raft.HardState;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// What an operator is told about a journal.
class JournalReportTest {
    private final CrashDisk disk = new CrashDisk();

    @Test
    void anEmptyDirectoryHasNothingToTell() {
        JournalReport report = JournalReport.of(disk);
        assertThat(report.segments()).isEmpty();
        assertThat(report.problem()).isNull();
    }

    @Test
    void segmentsGroupsAndReplicasAreCounted() {
        // given
        write();
        int writes = disk.writes;

        // when
        JournalReport report = JournalReport.of(disk);
        List<JournalReport.Line> lines = new ArrayList<>();
        JournalReport.dump(disk, lines::add);

        // then
        assertThat(report.problem()).isNull();
        assertThat(report.segments()).hasSize(3);
        assertThat(report.replicas()).hasSize(2);
        assertThat(report.groups().getFirst())
                .isEqualTo(new JournalReport.GroupReport(new GroupId(1), 21, 72 + 20 * 552));
        long records =
                report.segments().stream().mapToLong(JournalReport.SegmentReport::records).sum();
        assertThat(lines).hasSize((int) records);
        assertThat(disk.writes).isEqualTo(writes);
    }

    @Test
    void damageIsTheProblem() {
        write();
        String file = Segment.fileName(1);
        byte[] bytes = disk.bytes(file);
        bytes[500] ^= 4;
        disk.replace(file, bytes);

        JournalReport report = JournalReport.of(disk);

        JournalDamaged problem = Objects.requireNonNull(report.problem());
        assertThat(problem.segment()).isEqualTo(file);
        assertThatThrownBy(() -> JournalReport.dump(disk, _ -> {}))
                .isInstanceOf(JournalDamaged.class);
    }

    private void write() {
        try (Journal journal = Journal.open(disk, Model.options())) {
            journal.create(Model.replica(1));
            journal.create(Model.replica(2));
            journal.append(new GroupId(2), new HardState(1, null, 0), List.of());
            for (int i = 1; i <= 20; i++) {
                journal.append(new GroupId(1), null, List.of(Model.entry(1, i, "x".repeat(500))));
            }
            journal.commit();
        }
    }
}
