package dev.quorate.transport;

import static dev.quorate.transport.TestCluster.N1;
import static dev.quorate.transport.TestCluster.N2;
import static dev.quorate.transport.TestCluster.frames;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quorate.transport.TestCluster.Node;
import dev.quorate.wire.Feature;
import dev.quorate.wire.FeatureSet;
import dev.quorate.wire.FrameType;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A node of this version beside one that understands less, and beside one that understands more.
class MixedVersionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private TestCluster cluster = new TestCluster();

    @AfterEach
    void stop() {
        cluster.close();
    }

    @ParameterizedTest
    @EnumSource(TestCluster.Kind.class)
    void anOlderNodeIsLinkedAndSentOnlyWhatItUnderstands(TestCluster.Kind kind) {
        // given
        cluster = new TestCluster(kind);
        Node one = cluster.start(N1);
        Node old = cluster.start(N2, 1, 0, options -> options.withOffered(FeatureSet.OLDEST));
        cluster.introduce(one, old);

        // then both see what they have in common
        Supplier<FeatureSet> seen = () -> one.links().features(N2);
        await().atMost(PATIENCE).until(() -> seen.get() != null);
        await().atMost(PATIENCE).until(() -> old.links().features(N1) != null);
        assertThat(seen.get()).isEqualTo(FeatureSet.OLDEST);
        assertThat(old.links().features(N1)).isEqualTo(FeatureSet.OLDEST);
        assertThat(seen.get().allows(FrameType.CANCEL)).isFalse();
        assertThat(seen.get().allows(FrameType.APPEND_REQUEST)).isTrue();
        // and frames pass both ways
        assertThat(one.links().send(N2, 1, frames("to the old"))).isTrue();
        assertThat(old.links().send(N1, 1, frames("to the new"))).isTrue();
        await().atMost(PATIENCE).until(() -> old.heard().texts(N1).contains("to the old"));
        await().atMost(PATIENCE).until(() -> one.heard().texts(N2).contains("to the new"));
    }

    @ParameterizedTest
    @EnumSource(TestCluster.Kind.class)
    void aNewerNodeIsSpokenToAsOneOfOurs(TestCluster.Kind kind) {
        // given a node with the next protocol and features that nobody has heard of
        cluster = new TestCluster(kind);
        Node one = cluster.start(N1);
        FeatureSet later = new FeatureSet(FeatureSet.PROTOCOL_MAX + 1, -1L);
        Node newer = cluster.start(N2, 1, 0, options -> options.withOffered(later));
        cluster.introduce(one, newer);

        // then
        await().atMost(PATIENCE).until(() -> one.links().features(N2) != null);
        await().atMost(PATIENCE).until(() -> newer.links().features(N1) != null);
        assertThat(one.links().features(N2)).isEqualTo(FeatureSet.OURS);
        assertThat(newer.links().features(N1)).isEqualTo(FeatureSet.OURS);
        assertThat(FeatureSet.OURS.has(Feature.CANCELLATION)).isTrue();
    }
}
