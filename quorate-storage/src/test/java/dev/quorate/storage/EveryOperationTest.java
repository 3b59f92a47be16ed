package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// One life of a journal, with appends, rolls, copies forward, compactions, installations and ends
/// of replicas; and then the same life again for each of its disk operations, with something going
/// wrong just there.
class EveryOperationTest {
    private static final int LIVES = 4;

    /// What is done between two commits, and what is known then.
    private record Batch(List<Model.Step> steps, List<Model> models, boolean idles) {}

    @TestFactory
    Stream<DynamicTest> aCrashBetweenAnyTwoOperationsLosesNothingThatWasCommitted() {
        return lives((script, at) -> crash(script, at));
    }

    @TestFactory
    Stream<DynamicTest> aDiskThatIsFullFromAnyOperationOnIsWaitedOut() {
        return lives((script, at) -> full(script, at));
    }

    @TestFactory
    Stream<DynamicTest> aDiskThatFailsAtAnyOperationIsLeftAlone() {
        return lives((script, at) -> failure(script, at));
    }

    /// Something that goes wrong at an operation.
    private interface Trouble {
        void at(List<Batch> script, int operation);
    }

    private static Stream<DynamicTest> lives(Trouble trouble) {
        return IntStream.rangeClosed(1, LIVES)
                .mapToObj(seed ->
                        DynamicTest.dynamicTest(
                                "seed=" + seed, () -> everyOperation(seed, trouble)));
    }

    private static void everyOperation(int seed, Trouble trouble) {
        List<Batch> script = script(seed);
        CrashDisk disk = new CrashDisk();
        try (Journal journal = Journal.open(disk, options())) {
            script.forEach(batch -> live(journal, batch));
            assertThat(journal.totalBytes()).isLessThan(disk.writes * 4096L);
        }
        // it had to roll, to reclaim and to recycle
        assertThat(JournalReport.of(disk).segments().getFirst().sequence()).isGreaterThan(3);
        for (int operation = 0; operation < disk.operations; operation++) {
            trouble.at(script, operation);
        }
    }

    private static void crash(List<Batch> script, int operation) {
        for (int fate = 0; fate < 4; fate++) {
            CrashDisk disk = new CrashDisk();
            disk.operationsUntilCrash = operation;
            List<Model> possible = livesUntilTrouble(disk, script);
            if (fate == 0) {
                disk.killProcess();
            } else {
                disk.losePower(new Random(31L * operation + fate));
            }
            assertOneOf(disk, possible, operation);
        }
    }

    private static void failure(List<Batch> script, int operation) {
        CrashDisk disk = new CrashDisk();
        disk.operationsUntilFailure = operation;
        List<Model> possible = livesUntilTrouble(disk, script);
        assertThat(disk.operationsAfterFailure).isLessThanOrEqualTo(1);
        disk.operationsUntilFailure = Integer.MAX_VALUE;
        disk.losePower(new Random(operation));
        assertOneOf(disk, possible, operation);
    }

    private static void full(List<Batch> script, int operation) {
        CrashDisk disk = new CrashDisk();
        disk.operationsUntilFull = operation;
        Journal journal = open(disk);
        for (Batch batch : script) {
            batch.steps.forEach(step -> step.to(journal));
            try {
                journal.commit();
            } catch (Disk.DiskFull _) {
                disk.capacityBytes = Long.MAX_VALUE;
                journal.commit();
            }
            if (batch.idles) {
                journal.idle();
            }
        }
        assertThat(journal.hasHeadroom() || disk.capacityBytes == 0).isTrue();
        disk.capacityBytes = Long.MAX_VALUE;
        disk.losePower(new Random(operation));
        assertOneOf(disk, List.of(script.getLast().models.getLast()), operation);
    }

    private static Journal open(CrashDisk disk) {
        try {
            return Journal.open(disk, options());
        } catch (Disk.DiskFull _) {
            disk.capacityBytes = Long.MAX_VALUE;
            return Journal.open(disk, options());
        }
    }

    private static List<Model> livesUntilTrouble(CrashDisk disk, List<Batch> script) {
        List<Model> possible = List.of(Model.empty());
        try {
            Journal journal = Journal.open(disk, options());
            for (Batch batch : script) {
                possible = batch.models;
                live(journal, batch);
                possible = List.of(batch.models.getLast());
            }
        } catch (CrashDisk.Crash | Disk.StorageFailure _) {
            // that is what the test is about
        }
        return possible;
    }

    private static void live(Journal journal, Batch batch) {
        batch.steps.forEach(step -> step.to(journal));
        journal.commit();
        if (batch.idles) {
            journal.idle();
        }
    }

    private static void assertOneOf(CrashDisk disk, List<Model> possible, int operation) {
        Journal journal = Journal.open(disk, options());
        assertThat(journal.damages()).as("operation %d", operation).isEmpty();
        assertThat(possible).as("operation %d", operation).contains(Model.of(journal));
    }

    private static List<Batch> script(int seed) {
        Random random = new Random(seed);
        RandomSteps steps = new RandomSteps(random);
        List<Batch> script = new ArrayList<>();
        Model now = Model.empty();
        for (int batch = 0; batch < 45; batch++) {
            List<Model.Step> batchSteps = new ArrayList<>();
            List<Model> models = new ArrayList<>(List.of(now));
            for (int i = random.nextInt(10); i >= 0; i--) {
                Model.Step step = steps.next(now);
                now = now.after(step);
                batchSteps.add(step);
                models.add(now);
            }
            script.add(new Batch(batchSteps, models, random.nextInt(4) == 0));
        }
        return script;
    }

    private static JournalOptions options() {
        return Model.options().withBudgetBytes(4 * 4096);
    }
}
