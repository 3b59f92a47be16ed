package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
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
    private long payloads;

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
                live(journal, random);
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

    private void live(Journal journal, Random random) {
        for (int batch = 0; batch < 60; batch++) {
            Model next = committed;
            possible.clear();
            possible.add(next);
            for (int i = random.nextInt(5); i >= 0; i--) {
                next = act(journal, random, next);
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

    private Model act(Journal journal, Random random, Model before) {
        GroupId group = new GroupId(random.nextInt(4));
        Model.Replica replica = before.replicas().get(group);
        if (replica == null) {
            journal.create(Model.replica(group.value()));
            return step(before, new Model.Step.Create(Model.replica(group.value())));
        }
        long compacted = replica.compacted().index();
        long last = replica.entries().isEmpty() ? compacted : replica.entries().lastKey();
        boolean laggard = group.value() == 3 && random.nextInt(8) != 0;
        if (last > compacted && !laggard && random.nextInt(3) == 0) {
            long index = compacted + 1 + random.nextLong(last - compacted);
            LogPosition upTo = Objects.requireNonNull(replica.entries().get(index)).position();
            journal.compact(group, upTo.index(), upTo.term());
            return step(before, new Model.Step.Compact(group, upTo));
        }
        return append(journal, random, before, group, replica, last);
    }

    private Model append(
            Journal journal,
            Random random,
            Model before,
            GroupId group,
            Model.Replica replica,
            long last) {
        boolean truncates = !replica.entries().isEmpty() && random.nextInt(5) == 0;
        TreeMap<Long, Entry> entries = replica.entries();
        long from = truncates ? entries.firstKey() + random.nextInt(entries.size()) : last + 1;
        long term = replica.hardState().term() + (truncates || random.nextInt(9) == 0 ? 1 : 0);
        HardState state = new HardState(Math.max(1, term), random.nextBoolean() ? null : vote());
        Model after = before;
        boolean votes = !state.equals(replica.hardState());
        if (votes) {
            after = step(after, new Model.Step.Vote(group, state));
        }
        List<Entry> appended = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            String payload = "p" + payloads++ + "x".repeat(random.nextInt(300));
            Entry entry = Model.entry(state.term(), from + appended.size(), payload);
            appended.add(entry);
            after = step(after, new Model.Step.Append(group, entry));
        }
        journal.append(group, votes ? state : null, appended);
        return after;
    }

    private Model step(Model before, Model.Step step) {
        Model after = before.after(step);
        possible.add(after);
        return after;
    }

    private static NodeId vote() {
        return new NodeId(8);
    }
}
