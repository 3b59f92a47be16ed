package dev.quorate.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.storage.Disk.DiskFull;
import dev.quorate.storage.Disk.StorageFailure;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What the simulated disk keeps and forgets.
class SimDiskTest {
    private static final int SECTOR = 512;

    @Test
    void whatWasForcedSurvivesACrash() {
        for (long seed = 1; seed <= 100; seed++) {
            SimDisk disk = diskWithFile(seed);
            disk.write("a", 100, filled(2_000, 7));
            disk.force("a");

            disk.crash();

            assertThat(content(disk, 100, 2_000)).as("seed %d", seed).containsOnly(7);
        }
    }

    @Test
    void whatWasNotForcedSurvivesInAnyPartBySectors() {
        TreeSet<Integer> kept = new TreeSet<>();
        for (long seed = 1; seed <= 300; seed++) {
            SimDisk disk = diskWithFile(seed);
            disk.write("a", 0, filled(4 * SECTOR, 7));

            disk.crash();

            int mask = 0;
            for (int sector = 0; sector < 4; sector++) {
                byte[] found = content(disk, sector * SECTOR, SECTOR);
                assertThat(found).as("seed %d", seed).containsOnly(found[0]);
                mask |= (found[0] == 7 ? 1 : 0) << sector;
            }
            kept.add(mask);
        }
        assertThat(kept).as("subsets of four sectors that survived").hasSize(16);
    }

    @Test
    void aSectorWrittenTwiceMaySurviveInItsFirstForm() {
        TreeSet<Integer> forms = new TreeSet<>();
        for (long seed = 1; seed <= 300; seed++) {
            SimDisk disk = diskWithFile(seed);
            disk.write("a", 0, filled(SECTOR, 1));
            disk.write("a", 0, filled(SECTOR, 2));
            disk.crash();
            forms.add((int) content(disk, 0, 1)[0]);
        }
        assertThat(forms).containsExactly(0, 1, 2);
    }

    @Test
    void namesMayBeLostUntilTheyAreForced() {
        TreeSet<String> outcomes = new TreeSet<>();
        for (long seed = 1; seed <= 100; seed++) {
            SimDisk disk = diskWithFile(seed);
            disk.preallocate("b", 10);
            disk.rename("b", "c");
            disk.delete("a");
            disk.crash();
            outcomes.add(String.valueOf(disk.list()));
        }
        assertThat(outcomes).containsExactly("[a, b]", "[a, c]", "[a]", "[c]");
    }

    @Test
    void forcedNamesSurvive() {
        SimDisk disk = diskWithFile(1);
        disk.rename("a", "b");
        disk.forceNames();
        disk.crash();
        assertThat(disk.list()).containsExactly("b");
    }

    @Test
    void powerCanBeCutBetweenTwoOperations() {
        SimDisk disk = diskWithFile(1);
        disk.cutPowerAfter(1);
        disk.write("a", 0, filled(10, 1));
        assertThatThrownBy(() -> disk.force("a")).isInstanceOf(PowerCut.class);
    }

    @Test
    void aFailedDiskRefusesEveryChange() {
        SimDisk disk = diskWithFile(1);
        disk.fail();
        assertThatThrownBy(() -> disk.write("a", 0, filled(1, 1)))
                .isInstanceOf(StorageFailure.class);
        assertThatThrownBy(() -> disk.force("a")).isInstanceOf(StorageFailure.class);
    }

    @Test
    void aLyingDiskLosesWhatItCalledDurable() {
        TreeSet<Integer> kept = new TreeSet<>();
        for (long seed = 1; seed <= 100; seed++) {
            SimDisk disk = diskWithFile(seed);
            disk.lie();
            disk.write("a", 0, filled(1, 7));
            disk.force("a");
            disk.crash();
            kept.add((int) content(disk, 0, 1)[0]);
            disk.write("a", 0, filled(1, 9));
            disk.force("a");
            disk.crash();
            assertThat(content(disk, 0, 1)).as("after the lie").containsExactly(9);
        }
        assertThat(kept).containsExactly(0, 7);
    }

    @Test
    void aLostFileIsGoneWhateverWasForced() {
        SimDisk disk = diskWithFile(1);
        disk.lose("a");
        disk.crash();
        assertThat(disk.list()).isEmpty();
    }

    @Test
    void aDiskThatIsMadeSmallerKeepsItsFilesAndTakesNoMore() {
        SimDisk disk = diskWithFile(1);
        disk.limit(100);
        assertThatThrownBy(() -> disk.preallocate("b", 1)).isInstanceOf(DiskFull.class);
        assertThat(disk.list()).containsExactly("a");
    }

    @Test
    void aFullDiskLeavesNoFileBehind() {
        SimDisk disk = new SimDisk(new Prng(1), 1_000);
        assertThatThrownBy(() -> disk.preallocate("a", 1_001)).isInstanceOf(DiskFull.class);
        assertThat(disk.list()).isEmpty();
    }

    private static SimDisk diskWithFile(long seed) {
        SimDisk disk = new SimDisk(new Prng(seed), 1 << 20);
        disk.preallocate("a", 8 * SECTOR);
        disk.forceNames();
        return disk;
    }

    private static ByteBuffer filled(int length, int value) {
        byte[] content = new byte[length];
        Arrays.fill(content, (byte) value);
        return ByteBuffer.wrap(content);
    }

    private static byte[] content(SimDisk disk, int offset, int length) {
        ByteBuffer target = ByteBuffer.allocate(length);
        disk.read("a", offset, target);
        return target.array();
    }
}
