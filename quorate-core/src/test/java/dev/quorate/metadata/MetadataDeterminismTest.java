package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.committed;
import static dev.quorate.metadata.Samples.g;
import static dev.quorate.metadata.Samples.m;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static dev.quorate.metadata.Samples.pin;
import static dev.quorate.metadata.Samples.v;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Replicas that are fed one log, however it is cut and repeated, agree on every byte.
class MetadataDeterminismTest {
    @TestFactory
    Stream<DynamicTest> replicasAgreeHoweverTheLogIsDelivered() {
        long first = Long.getLong("sim.seed", 1);
        long count = Long.getLong("sim.seed") != null ? 1 : 40;
        return LongStream.range(first, first + count)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed=" + seed, () -> agree(seed)));
    }

    private static void agree(long seed) {
        // given a log of plausible and implausible entries
        Random random = new Random(seed);
        List<CommittedEntry> log = log(random, 120);
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

    private static MetadataListener outcomes(List<MetadataOutcome> to) {
        return new MetadataListener() {
            @Override
            public void decided(long index, MetadataOutcome outcome) {
                to.add(outcome);
            }
        };
    }

    /// A log with gaps and empty entries; what it proposes looks at the state now and then, so that
    /// enough of it is accepted.
    private static List<CommittedEntry> log(Random random, int length) {
        List<CommittedEntry> log = new ArrayList<>();
        MetadataState state = MetadataState.EMPTY;
        long index = 0;
        for (int i = 0; i < length; i++) {
            index += 1L + random.nextInt(2);
            if (random.nextInt(10) == 0) {
                log.add(new CommittedEntry(index, index * 1000, Bytes.EMPTY));
            } else {
                CommittedEntry entry = committed(index, entry(random, state.view(), 0));
                log.add(entry);
                state =
                        state.apply(index, entry.stampMicros(), MetadataCodec.decode(entry.data()))
                                .state();
            }
        }
        return log;
    }

    private static MetadataEntry entry(Random random, MetadataView view, int depth) {
        long id = 1L + random.nextInt(6);
        int group = random.nextInt(4);
        long next = view.nextReplicaId();
        return switch (random.nextInt(depth < 3 ? 17 : 16)) {
            case 0, 1, 2 -> new TopologyChange.Join(node(id));
            case 3, 4 -> new TopologyChange.StartLearning(n(id));
            case 5, 6 -> new TopologyChange.PromoteToVoter(n(id));
            case 7 -> new TopologyChange.StartDecommission(n(id));
            case 8 -> new TopologyChange.FinishDecommission(n(id));
            case 9 -> new TopologyChange.Leave(n(id));
            case 10 -> new MetadataEntry.PinNodeIdentity(n(id), pin(random.nextInt(9)));
            case 11 ->
                    new MetadataEntry.SetPlacement(
                            g(Math.min(group, view.routing().groups().size())),
                            List.of(m(id, next), m(1 + id % 6, next + 1)));
            case 12 ->
                    new RoutingChange.ReassignVShard(
                            v(random.nextInt(8)), g(group), n(id), random.nextInt(60));
            case 13 -> new RoutingChange.RemoveMember(g(group), n(id), random.nextInt(5));
            case 14 -> new MetadataEntry.SetClusterSetting("k" + id, "v" + random.nextInt(9));
            case 15 -> new MetadataEntry.CatalogDdl(Bytes.utf8("x"));
            default -> {
                List<MetadataEntry> children = new ArrayList<>();
                for (int i = random.nextInt(4); i >= 0; i--) {
                    children.add(entry(random, view, depth + 1));
                }
                yield new MetadataEntry.Batch(children);
            }
        };
    }
}
