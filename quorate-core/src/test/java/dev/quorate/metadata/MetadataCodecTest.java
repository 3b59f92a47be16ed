package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.batch;
import static dev.quorate.metadata.Samples.ddl;
import static dev.quorate.metadata.Samples.everyKind;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.learner;
import static dev.quorate.metadata.Samples.n;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.metadata.MetadataFormatException.Problem;
import dev.quorate.types.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Entries and states as bytes.
class MetadataCodecTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/metadata");
    private static final HexFormat HEX = HexFormat.of();

    @Test
    void everyKindHasItsGoldenBytes() throws IOException {
        assertThat(everyKind().values().stream().map(EntryKind::of).distinct())
                .containsExactlyInAnyOrder(EntryKind.values());
        for (Map.Entry<String, MetadataEntry> kind : everyKind().entrySet()) {
            Bytes encoded = MetadataCodec.encode(kind.getValue());
            assertThat(encoded).as(kind.getKey()).isEqualTo(golden(kind.getKey(), encoded));
            assertThat(MetadataCodec.decode(encoded)).isEqualTo(kind.getValue());
        }
    }

    @Test
    void theStateHasItsGoldenBytes() throws IOException {
        MetadataState state = sampleState();
        assertThat(state.encode()).isEqualTo(golden("state", state.encode()));
        assertThat(MetadataState.decode(state.encode())).isEqualTo(state);
        assertThat(MetadataState.decode(MetadataState.EMPTY.encode()))
                .isEqualTo(MetadataState.EMPTY);
    }

    @Test
    void unknownFieldsSurviveARoundTrip() {
        // given an entry and a node's record to which a newer build has added fields
        NodeInfo plain = learner(7);
        UnknownFields newer =
                new UnknownFields(
                        List.of(
                                new UnknownFields.Field(99, Bytes.utf8("new")),
                                new UnknownFields.Field(255, Bytes.utf8("newer"))));
        NodeInfo info =
                new NodeInfo(
                        plain.id(),
                        plain.state(),
                        plain.spkiPin(),
                        plain.linksAddress(),
                        plain.clientAddress(),
                        plain.addresses(),
                        plain.labels(),
                        plain.wire(),
                        plain.incarnation(),
                        newer);
        Bytes encoded = MetadataCodec.encode(new TopologyChange.Join(info, newer));

        // when
        MetadataEntry decoded = MetadataCodec.decode(encoded);
        MetadataState state = MetadataState.EMPTY.apply(1, 1, decoded).state();

        // then
        assertThat(decoded).isEqualTo(new TopologyChange.Join(info, newer));
        assertThat(MetadataCodec.encode(decoded)).isEqualTo(encoded);
        assertThat(MetadataState.decode(state.encode()).view().topology().node(n(7)))
                .isEqualTo(info);
    }

    @Test
    void unknownPartsOfAStateAreRefused() {
        byte[] bytes = MetadataState.EMPTY.encode().toByteArray();
        byte[] newer = Arrays.copyOf(bytes, bytes.length + 6);
        newer[bytes.length] = (byte) 200;
        newer[bytes.length + 1] = 1;
        assertProblem(() -> MetadataState.decode(Bytes.copyOf(newer)), Problem.UNKNOWN_KIND);
    }

    @Test
    void whatThisBuildDoesNotKnowIsNamed() {
        byte[] bytes = MetadataCodec.encode(ddl("x")).toByteArray();
        assertProblem(() -> decode(bytes, b -> b[1] = 2), Problem.UNKNOWN_VERSION);
        assertProblem(() -> decode(bytes, b -> b[2] = 15), Problem.UNKNOWN_KIND);
        assertProblem(() -> decode(bytes, b -> b[0] = 0), Problem.MALFORMED);
        assertProblem(() -> decode(bytes, b -> b[4]++), Problem.MALFORMED);
        assertProblem(() -> MetadataCodec.decode(Bytes.EMPTY), Problem.MALFORMED);
        assertProblem(
                () -> MetadataCodec.decode(Bytes.copyOf(Arrays.copyOf(bytes, bytes.length + 1))),
                Problem.MALFORMED);
    }

    @Test
    void depthIsBoundedOnBothWays() {
        // given
        MetadataEntry deepest = batch(batch(batch(batch(ddl("x")))));
        Bytes encoded = MetadataCodec.encode(deepest);
        assertThat(MetadataCodec.decode(encoded)).isEqualTo(deepest);

        // when, then
        assertThatThrownBy(() -> MetadataCodec.encode(batch(deepest)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(Samples.outcome(MetadataState.EMPTY, batch(deepest)))
                .isInstanceOfSatisfying(
                        MetadataOutcome.Rejected.class,
                        rejected ->
                                assertThat(rejected.code())
                                        .isEqualTo(MetadataOutcome.Code.BATCH_TOO_DEEP));
        assertProblem(() -> MetadataCodec.decode(wrapped(encoded)), Problem.TOO_LARGE);
    }

    @Test
    void sizeIsBoundedOnBothWays() {
        Bytes large = Bytes.wrap(new byte[MetadataCodec.ENTRY_BYTES_MAX]);
        assertThatThrownBy(() -> MetadataCodec.encode(new MetadataEntry.CatalogDdl(large)))
                .isInstanceOf(IllegalArgumentException.class);
        assertProblem(
                () -> MetadataCodec.decode(Bytes.wrap(new byte[MetadataCodec.ENTRY_BYTES_MAX + 1])),
                Problem.TOO_LARGE);
    }

    @Test
    void mutatedEntriesAreRefusedOrMeanExactlyTheirBytes() {
        List<Bytes> entries = new ArrayList<>();
        everyKind().values().forEach(entry -> entries.add(MetadataCodec.encode(entry)));
        long seed = Long.getLong("fuzz.seed", 1);
        mutate(seed, 40_000, entries, bytes -> MetadataCodec.encode(MetadataCodec.decode(bytes)));
    }

    @Test
    void mutatedStatesAreRefusedOrMeanExactlyTheirBytes() {
        long seed = Long.getLong("fuzz.seed", 2);
        MetadataState small =
                Samples.applied(MetadataState.EMPTY, new TopologyChange.Join(learner(7)));
        mutate(
                seed,
                4_000,
                List.of(small.encode(), sampleState().encode()),
                bytes -> MetadataState.decode(bytes).encode());
    }

    private static void mutate(
            long seed, int rounds, List<Bytes> seeds, Function<Bytes, Bytes> roundTrip) {
        Random random = new Random(seed);
        int accepted = 0;
        for (int round = 0; round < rounds; round++) {
            Bytes mutant = mutant(random, seeds.get(random.nextInt(seeds.size())).toByteArray());
            try {
                assertThat(roundTrip.apply(mutant))
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo(mutant);
                accepted++;
            } catch (MetadataFormatException e) {
                assertThat(e).hasMessageMatching("(?s).{8,}");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
        assertThat(accepted).isPositive().isLessThan(rounds);
    }

    private static Bytes mutant(Random random, byte[] bytes) {
        byte[] mutant = bytes;
        for (int change = random.nextInt(3); change >= 0; change--) {
            int at = random.nextInt(mutant.length);
            switch (random.nextInt(4)) {
                case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutant[at] = (byte) random.nextInt(256);
                case 2 -> mutant = Arrays.copyOf(mutant, Math.max(1, at));
                default -> {
                    byte[] longer = Arrays.copyOf(mutant, mutant.length + 1);
                    System.arraycopy(mutant, at, longer, at + 1, mutant.length - at);
                    mutant = longer;
                }
            }
        }
        return Bytes.copyOf(mutant);
    }

    private static MetadataState sampleState() {
        return Samples.applied(
                founded(3, 2, 3),
                new TopologyChange.Join(learner(7)),
                new TopologyChange.Leave(n(7)),
                new MetadataEntry.SetPlacement(
                        Samples.g(1), List.of(Samples.m(1, 4), Samples.m(2, 6))),
                new RoutingChange.ReportConfiguration(
                        Samples.g(1), 12, List.of(Samples.m(1, 4)), List.of(), List.of()),
                new RoutingChange.ReportConfiguration(
                        Samples.g(1),
                        13,
                        List.of(Samples.m(1, 4)),
                        List.of(Samples.m(1, 4), Samples.m(2, 6)),
                        List.of(Samples.m(3, 6))),
                new RoutingChange.ReportQuarantine(Samples.g(1), Samples.m(2, 6)),
                ddl("x"),
                new MetadataEntry.PinNodeIdentity(n(1), Samples.pin(1)),
                new CaTrustChange.Establish(Samples.ca("first")),
                new CaTrustChange.Stage(Samples.ca("second")),
                new CaTrustChange.Abandon(Samples.ca("second").sha256()),
                new CaTrustChange.Stage(Samples.ca("third")),
                new CaTrustChange.NodeReissued(n(2), Samples.ca("third").sha256()),
                new CaTrustChange.Abandon(Samples.ca("third").sha256()),
                new NodeKeyChange.Stage(n(1), Samples.pin(1), Samples.pin(11)),
                MetadataEntry.RevokeIdentity.ofKey(Samples.pin(1), "lost"),
                new JoinTokenTransition.Register(Samples.pin(70), 1000),
                new JoinTokenTransition.BeginInFlight(
                        Samples.pin(70), Samples.presenter(40, 8, 100)),
                new JoinTokenTransition.Register(Samples.pin(71), 2000),
                new MetadataEntry.SurrogateAlloc(0, 1024),
                new DescriptorChange.LeaseGrant(Samples.lease("t", 3, 1, 900)),
                new DescriptorChange.LeaseGrant(Samples.lease("a", 1, 2, 900)),
                new DescriptorChange.DrainStart(Samples.descriptor("t"), 3, 900),
                new TopologyChange.Join(learner(4)),
                Samples.checkpoint(1, 0, Samples.addLearner(5)),
                Samples.checkpoint(2, 0, Samples.addLearner(6)),
                new MigrationChange.Abort(new UUID(9, 2), "enough", List.of()),
                new VShardMove.Prepare(Samples.v(9), Samples.g(2), Samples.g(1), 500_000));
    }

    private static Bytes golden(String name, Bytes actual) throws IOException {
        Path file = GOLDEN.resolve(name + ".hex");
        if (Boolean.getBoolean("golden.rewrite")) {
            String hex = HEX.formatHex(actual.toByteArray());
            Files.writeString(file, hex.replaceAll("(.{64})(?=.)", "$1\n") + "\n");
        }
        return Bytes.wrap(HEX.parseHex(Files.readString(file).replaceAll("\\s", "")));
    }

    private static Bytes wrapped(Bytes child) {
        byte[] fields = new FieldWriter().sequence(1, List.of(child.toByteArray())).toByteArray();
        byte[] encoded = new byte[8 + fields.length];
        FieldWriter.littleEndian(encoded)
                .put((byte) 'Q')
                .put((byte) 1)
                .putShort((short) EntryKind.BATCH.code())
                .putInt(fields.length)
                .put(fields);
        return Bytes.wrap(encoded);
    }

    private static void decode(byte[] bytes, Consumer<byte[]> change) {
        byte[] changed = bytes.clone();
        change.accept(changed);
        MetadataCodec.decode(Bytes.copyOf(changed));
    }

    private static void assertProblem(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, Problem problem) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MetadataFormatException.class,
                        failure -> assertThat(failure.problem()).isEqualTo(problem));
    }
}
