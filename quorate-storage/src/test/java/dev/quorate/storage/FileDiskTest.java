package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.raft.HardState;
import dev.quorate.types.GroupId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The adapter on real files.
class FileDiskTest {
    @TempDir private Path directory;

    @Test
    void aJournalLivesInADirectory() {
        Path place = directory.resolve("a/b");
        for (int life = 0; life < 3; life++) {
            try (FileDisk disk = FileDisk.open(place);
                    Journal journal = Journal.open(disk, Model.options())) {
                assertThat(Model.of(journal).replicas()).hasSize(life);
                GroupId group = new GroupId(life);
                journal.create(Model.replica(life));
                for (int i = 1; i <= 30; i++) {
                    journal.append(
                            group,
                            new HardState(i, null, 0),
                            List.of(Model.entry(i, i, "x".repeat(500))));
                    journal.commit();
                }
                journal.compact(group, 20, 20, Model.configuration(1));
                journal.commit();
                journal.idle();
                assertThat(journal.read(group, 21, 1 << 20)).hasSize(10);
            }
        }
        try (FileDisk disk = FileDisk.readOnly(place)) {
            JournalReport report = JournalReport.of(disk);
            assertThat(report.damages()).isEmpty();
            assertThat(report.replicas()).hasSize(3);
        }
    }

    @Test
    void oneDirectoryHasOneOwner() {
        FileDisk owner = FileDisk.open(directory);
        assertThatThrownBy(() -> FileDisk.open(directory))
                .isInstanceOf(Disk.StorageFailure.class)
                .hasMessageContaining("in use by another process");
        owner.close();
        FileDisk.open(directory).close();
    }

    @Test
    void filesAreWrittenReadRenamedAndRemoved() throws IOException {
        try (FileDisk disk = FileDisk.open(directory)) {
            disk.preallocate("a", 3_000_000);
            disk.write("a", 10, ByteBuffer.wrap(new byte[] {1, 2, 3}));
            disk.force("a");
            disk.rename("a", "b");
            disk.forceNames();

            ByteBuffer read = ByteBuffer.allocate(5);
            assertThat(disk.read("b", 9, read)).isEqualTo(5);
            assertThat(read.array()).containsExactly(0, 1, 2, 3, 0);
            assertThat(disk.read("b", 2_999_998, read.clear())).isEqualTo(2);
            assertThat(disk.size("b")).isEqualTo(3_000_000);
            assertThat(disk.size("a")).isEqualTo(-1);
            assertThat(disk.list()).containsExactly("b");
            disk.delete("b");
            assertThat(Files.exists(directory.resolve("b"))).isFalse();
        }
    }

    @Test
    void aFullDiskIsMetAtPreallocationAndLeavesNothing() {
        try (FileDisk disk = FileDisk.open(directory)) {
            assertThatThrownBy(() -> disk.preallocate("huge", Long.MAX_VALUE / 2))
                    .isInstanceOf(Disk.DiskFull.class)
                    .hasMessageContaining("huge");
            assertThat(disk.list()).isEmpty();
            disk.preallocate("small", 10);
            assertThat(disk.size("small")).isEqualTo(10);
        }
    }

    @Test
    void beyondItsQuotaADiskIsFullWhateverElseThereIsRoomFor() {
        try (FileDisk disk = FileDisk.open(directory, 100)) {
            disk.preallocate("a", 60);
            assertThatThrownBy(() -> disk.preallocate("b", 41)).isInstanceOf(Disk.DiskFull.class);
            assertThatThrownBy(() -> disk.extend("c", 0, ByteBuffer.allocate(41)))
                    .isInstanceOf(Disk.DiskFull.class)
                    .hasMessageContaining("40 are free");
            assertThat(disk.list()).containsExactly("a");
            disk.write("a", 0, ByteBuffer.allocate(60));
            disk.preallocate("b", 40);
            disk.delete("a");
            disk.extend("c", 0, ByteBuffer.allocate(60));
        }
    }

    @Test
    void afterAFailedWriteEverythingFails() {
        try (FileDisk disk = FileDisk.open(directory)) {
            disk.preallocate("a", 10);
            assertThatThrownBy(() -> disk.write("none", 0, ByteBuffer.allocate(1)))
                    .isInstanceOf(Disk.StorageFailure.class)
                    .hasMessageContaining("none");
            assertThatThrownBy(() -> disk.write("a", 0, ByteBuffer.allocate(1)))
                    .isInstanceOf(Disk.StorageFailure.class);
            assertThatThrownBy(() -> disk.force("a")).isInstanceOf(Disk.StorageFailure.class);
        }
    }

    @Test
    void inspectionChangesNothing() {
        FileDisk.open(directory).close();
        try (FileDisk disk = FileDisk.readOnly(directory)) {
            assertThat(disk.list()).isEmpty();
            assertThatThrownBy(() -> disk.preallocate("a", 10))
                    .isInstanceOf(Disk.StorageFailure.class)
                    .hasMessageContaining("inspection only");
        }
        assertThatThrownBy(() -> FileDisk.readOnly(directory.resolve("none")))
                .isInstanceOf(Disk.StorageFailure.class);
    }
}
