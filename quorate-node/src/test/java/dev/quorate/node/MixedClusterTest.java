package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.transport.LinkStats;
import dev.quorate.types.GroupId;
import dev.quorate.wire.FeatureSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A whole cluster of two versions: that of now, and the oldest it still speaks with.
class MixedClusterTest {
    @TempDir private Path directory;
    private Trio trio;

    @AfterEach
    void close() {
        trio.close();
    }

    @Test
    void aClusterIsUpgradedNodeByNodeAndBackAgainAndServesThroughout() throws Exception {
        // given a cluster of the oldest version
        trio = new Trio(directory, Map.of("journal.segment", "8MiB"));
        for (int i = 1; i <= 3; i++) {
            trio.offers(i, FeatureSet.OLDEST);
        }
        trio.startAll();
        everyNodeServesEveryGroup("old");
        everyLinkSpeaks(List.of());

        // when its nodes are replaced one by one by those of this version
        for (int i = 1; i <= 3; i++) {
            trio.stop(i);
            trio.offers(i, FeatureSet.OURS);
            trio.start(i);
            // then old and new serve together, and speak what both understand
            everyLinkSpeaks(List.of(1, 2, 3).subList(0, i));
            everyNodeServesEveryGroup("upgraded" + i);
        }

        // and when one goes back
        trio.stop(2);
        trio.offers(2, FeatureSet.OLDEST);
        trio.start(2);
        everyLinkSpeaks(List.of(1, 3));
        everyNodeServesEveryGroup("back");
    }

    private void everyNodeServesEveryGroup(String value) {
        for (int group = 1; group <= Trio.GROUPS; group++) {
            for (int i = 1; i <= 3; i++) {
                String key = "k" + group + i;
                trio.write(i, new GroupId(group), key + "=" + value);
                assertThat(trio.read(1 + i % 3, new GroupId(group), key)).isEqualTo(value);
            }
        }
    }

    /// @param modern the nodes of this version
    private void everyLinkSpeaks(List<Integer> modern) {
        for (int i = 1; i <= 3; i++) {
            Quorate node = trio.node(i);
            boolean here = modern.contains(i);
            Trio.patiently()
                    .untilAsserted(() -> {
                        assertThat(node.links()).hasSize(2).allMatch(LinkStats::up);
                        for (LinkStats link : node.links()) {
                            boolean both = here && modern.contains((int) link.peer().value());
                            assertThat(link.features())
                                    .isEqualTo(both ? FeatureSet.OURS : FeatureSet.OLDEST);
                        }
                    });
        }
    }
}
