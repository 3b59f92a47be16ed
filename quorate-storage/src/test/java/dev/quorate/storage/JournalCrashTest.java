package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Random lives of a journal with crashes at any operation, against the oracle: what was committed
/// is there, and what was not is there as a prefix of what was written, or not at all.
class JournalCrashTest {
    private static final int LIVES = 12;

    private final CrashDisk disk = new CrashDisk();
    private Model committed = Model.empty();
    private final List<Model> possible = new ArrayList<>();

    @TestFactory
    Stream<DynamicTest> committedSurvivesAndTheRestIsAPrefix() {
        long first = Long.getLong("storage.seed", 1);
        long count = Long.getLong("storage.seed") != null ? 1 : Long.getLong("storage.seeds", 250);
        return LongStream.range(first, first + count)
                .mapToObj(seed ->
                        DynamicTest.dynamicTest(
                                "storage.seed=" + seed, () -> new JournalCrashTest().lives(seed)));
    }

    private void lives(long seed) {
        Random random = new Random(seed);
        RandomSteps steps = new RandomSteps(random);
        JournalOptions options =
                Model.options()
                        .withSparesKept(1 + random.nextInt(3))
                        .withBudgetBytes(4096L * (2 + random.nextInt(8)));
        possible.add(committed);
        for (int life = 0; life < LIVES; life++) {
            disk.operationsUntilCrash = random.nextInt(life == 0 ? 300 : 120);
            if (life > 0 && random.nextInt(5) == 0) {
                disk.fill();
            }
            try (Journal journal = Journal.open(disk, options)) {
                disk.capacityBytes = Long.MAX_VALUE;
                Model found = Model.of(journal);
                assertThat(possible).as("seed %d, life %d", seed, life).contains(found);
                committed = found;
                possible.clear();
                possible.add(committed);
                live(journal, random, steps);
            } catch (CrashDisk.Crash _) {
                // that is what the test is about
            } catch (Disk.DiskFull _) {
                assertThat(disk.hasSegment()).as("seed %d, life %d", seed, life).isFalse();
            }
            disk.capacityBytes = Long.MAX_VALUE;
            if (random.nextInt(4) == 0) {
                disk.killProcess();
            } else {
                disk.losePower(random);
            }
        }
        Journal last = Journal.open(disk, options);
        assertThat(possible).as("seed %d, last life", seed).contains(Model.of(last));
    }

    private void live(Journal journal, Random random, RandomSteps steps) {
        for (int batch = 0; batch < 60; batch++) {
            Model next = committed;
            possible.clear();
            possible.add(next);
            for (int i = random.nextInt(12); i >= 0; i--) {
                Model.Step step = steps.next(next);
                step.to(journal);
                next = next.after(step);
                possible.add(next);
            }
            journal.commit();
            committed = next;
            possible.clear();
            possible.add(next);
            if (random.nextInt(4) == 0) {
                journal.idle();
            }
        }
    }
}
