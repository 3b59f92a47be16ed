package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.nodes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Replicas that are fed one log, however it is cut and repeated, agree on every byte.
class MetadataDeterminismTest {
    private static final int LOG_LENGTH = 250;

    @TestFactory
    Stream<DynamicTest> replicasAgreeHoweverTheLogIsDelivered() {
        return seeds().mapToObj(seed -> DynamicTest.dynamicTest("seed=" + seed, () -> agree(seed)));
    }

    @TestFactory
    Stream<DynamicTest> aRejectedEntryChangesNothing() {
        return seeds().mapToObj(
                        seed -> DynamicTest.dynamicTest("seed=" + seed, () -> untouched(seed)));
    }

    @Test
    void theLogsOfTheseTestsTouchEveryKind() {
        Set<EntryKind> applied = EnumSet.noneOf(EntryKind.class);
        Set<MetadataOutcome.Code> rejected = EnumSet.noneOf(MetadataOutcome.Code.class);
        for (long seed = 1; seed <= 100; seed++) {
            MetadataState state = MetadataState.EMPTY;
            for (CommittedEntry entry : log(new Random(seed))) {
                if (!entry.data().isEmpty()) {
                    MetadataEntry decoded = MetadataCodec.decode(entry.data());
                    var step = state.apply(entry.index(), entry.stampMicros(), decoded);
                    switch (step.outcome()) {
                        case MetadataOutcome.Applied() -> applied.add(EntryKind.of(decoded));
                        case MetadataOutcome.Rejected(MetadataOutcome.Code code, _) ->
                                rejected.add(code);
                    }
                    state = step.state();
                }
            }
        }
        assertThat(applied).containsExactlyInAnyOrder(EntryKind.values());
        assertThat(rejected).as("%s", rejected).hasSizeGreaterThan(15);
    }

    private static LongStream seeds() {
        long first = Long.getLong("sim.seed", 1);
        long count = Long.getLong("sim.seed") != null ? 1 : Long.getLong("sim.seeds", 40);
        return LongStream.range(first, first + count);
    }

    private static void agree(long seed) {
        // given a log of plausible and implausible entries
        Random random = new Random(seed);
        List<CommittedEntry> log = log(random);
        List<MetadataOutcome> expected = new ArrayList<>();
        MetadataCache reference = new MetadataCache();
        new CacheApplier(reference, outcomes(expected)).apply(log);
        assertThat(expected.stream().anyMatch(MetadataOutcome.Applied.class::isInstance))
                .as("seed %d", seed)
                .isTrue();

        // when other replicas get it in pieces, with prefixes repeated and a snapshot in between
        for (int replica = 0; replica < 4; replica++) {
            List<MetadataOutcome> heard = new ArrayList<>();
            MetadataCache cache = new MetadataCache();
            CacheApplier applier = new CacheApplier(cache, outcomes(heard));
            int delivered = 0;
            while (delivered < log.size()) {
                int from = random.nextInt(delivered + 1);
                int to = delivered + random.nextInt(log.size() - delivered + 1);
                applier.apply(log.subList(from, Math.max(from, to)));
                delivered = Math.max(delivered, to);
                if (random.nextInt(4) == 0) {
                    MetadataCache restored = new MetadataCache();
                    if (cache.appliedIndex() > 0) {
                        restored.install(MetadataState.decode(cache.state().encode()));
                    }
                    cache = restored;
                    applier = new CacheApplier(cache, outcomes(heard));
                }
            }

            // then
            assertThat(cache.state().encode())
                    .as("seed %d", seed)
                    .isEqualTo(reference.state().encode());
            assertThat(cache.state().stateHash()).isEqualTo(reference.state().stateHash());
            assertThat(cache.view()).isEqualTo(reference.view());
            assertThat(heard).as("seed %d", seed).isEqualTo(expected);
        }
    }

    private static void untouched(long seed) {
        MetadataState state = MetadataState.EMPTY;
        for (CommittedEntry entry : log(new Random(seed))) {
            MetadataState before = state;
            if (entry.data().isEmpty()) {
                state = before.skip(entry.index(), entry.stampMicros());
                continue;
            }
            MetadataEntry decoded = MetadataCodec.decode(entry.data());
            MetadataState.Step step = before.apply(entry.index(), entry.stampMicros(), decoded);
            state = step.state();
            if (step.outcome() instanceof MetadataOutcome.Rejected) {
                // except that a damaged checkpoint fails its move
                assertThat(state.view().withMigrations(before.view().migrations()))
                        .as("seed %d, entry %d: %s", seed, entry.index(), step.outcome())
                        .isEqualTo(before.view().at(entry.index(), entry.stampMicros()));
            }
            assertThat(before.apply(entry.index(), entry.stampMicros(), decoded)).isEqualTo(step);
        }
        assertThat(MetadataState.decode(state.encode())).as("seed %d", seed).isEqualTo(state);
    }

    private static MetadataListener outcomes(List<MetadataOutcome> to) {
        return new MetadataListener() {
            @Override
            public void decided(long index, MetadataOutcome outcome) {
                to.add(outcome);
            }
        };
    }

    /// A log with gaps and empty entries, most of them of a founded cluster; what it proposes looks
    /// at the state, so that enough of it is accepted.
    private static List<CommittedEntry> log(Random random) {
        RandomEntries entries = new RandomEntries(random);
        List<CommittedEntry> log = new ArrayList<>();
        MetadataState state = MetadataState.EMPTY;
        long index = 0;
        for (int i = 0; i < LOG_LENGTH; i++) {
            index += 1L + random.nextInt(2);
            // a stamp now and then goes back, as a hostile clock would have it
            long stamp = Math.max(0, index * 1000 - (random.nextInt(10) == 0 ? 5000 : 0));
            if (random.nextInt(10) == 0) {
                log.add(new CommittedEntry(index, stamp, Bytes.EMPTY));
                continue;
            }
            MetadataEntry entry =
                    i == 5
                            ? Founding.batch(Samples.CLUSTER, nodes(3), 2, 3)
                            : entries.next(state.view());
            log.add(new CommittedEntry(index, stamp, MetadataCodec.encode(entry)));
            state = state.apply(index, stamp, entry).state();
        }
        return log;
    }
}
