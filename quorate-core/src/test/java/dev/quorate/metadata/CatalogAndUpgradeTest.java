package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.batch;
import static dev.quorate.metadata.Samples.codeAt;
import static dev.quorate.metadata.Samples.committed;
import static dev.quorate.metadata.Samples.ddl;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.MetadataEntry.CatalogDdlAudited;
import dev.quorate.metadata.MetadataEntry.ClusterVersionBump;
import dev.quorate.metadata.MetadataEntry.SetClusterSetting;
import dev.quorate.metadata.MetadataEntry.SurrogateAlloc;
import dev.quorate.metadata.MetadataOutcome.Code;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The embedder's catalog, its numbers, and going over to a new version.
class CatalogAndUpgradeTest {
    private static final CatalogChange.Author ANNA =
            new CatalogChange.Author("u1", "Anna", "DROP TABLE t");

    @Test
    void theEmbedderHearsOfItsChangesOnceAndInOrder() {
        // given
        List<CatalogChange> heard = new ArrayList<>();
        CacheApplier applier =
                new CacheApplier(
                        new MetadataCache(),
                        new MetadataListener() {
                            @Override
                            public void catalogChanged(CatalogChange change) {
                                heard.add(change);
                            }
                        });
        List<CommittedEntry> log =
                List.of(
                        committed(1, ddl("a")),
                        committed(
                                2,
                                batch(
                                        ddl("b"),
                                        batch(new CatalogDdlAudited(Bytes.utf8("c"), ANNA)),
                                        ddl("d"))),
                        committed(3, batch(ddl("lost"), new TopologyChange.Leave(n(9)))));

        // when delivered with repetitions
        applier.apply(log.subList(0, 2));
        applier.apply(log);
        applier.apply(log);

        // then
        assertThat(heard)
                .containsExactly(
                        new CatalogChange(1, 1000, Bytes.utf8("a"), null),
                        new CatalogChange(2, 2000, Bytes.utf8("b"), null),
                        new CatalogChange(2, 2000, Bytes.utf8("c"), ANNA),
                        new CatalogChange(2, 2000, Bytes.utf8("d"), null));
    }

    @Test
    void numbersAreTakenOnceByWhoeverComesFirst() {
        // given two proposers that saw the same mark
        MetadataState first = applied(MetadataState.EMPTY, new SurrogateAlloc(0, 1024));

        // when, then
        assertThat(codeAt(first, 1, new SurrogateAlloc(0, 1024))).isEqualTo(Code.STALE);
        assertThat(applied(first, new SurrogateAlloc(1024, 1030)).view().surrogateHighWater())
                .isEqualTo(1030);
    }

    @Test
    void anUpgradeIsFinalizedOnceEveryNodeSpeaksTheNewVersion() {
        // given a cluster at version 1, and two of three nodes restarted with a newer build
        MetadataState state = Samples.founded(3, 2, 3);
        MetadataState two = applied(state, upgraded(1), upgraded(2));
        assertThat(Upgrade.next(two.view())).isNull();
        assertThat(Upgrade.reachable(two.view())).isEqualTo(1);
        assertThat(codeAt(two, 1, new ClusterVersionBump(1, 3))).isEqualTo(Code.VERSION_MISMATCH);

        // when the third follows
        MetadataState three = applied(two, upgraded(3));
        ClusterVersionBump next = Upgrade.next(three.view());

        // then
        assertThat(next).isEqualTo(new ClusterVersionBump(1, 3));
        MetadataState done = applied(three, next);
        assertThat(Upgrade.next(done.view())).isNull();
        assertThat(codeAt(done, 1, next)).isEqualTo(Code.VERSION_MISMATCH);
    }

    @Test
    void untilThenANodeMayGoBackToItsOldBuildAndAfterwardsNot() {
        MetadataState three =
                applied(Samples.founded(3, 2, 3), upgraded(1), upgraded(2), upgraded(3));
        TopologyChange back = new TopologyChange.Rejoin(node(3).withIncarnation(2));
        assertThat(codeAt(three, 1, back)).isNull();
        MetadataState done = applied(three, new ClusterVersionBump(1, 3));
        assertThat(codeAt(done, 1, back)).isEqualTo(Code.VERSION_MISMATCH);
        assertThat(codeAt(done, 1, new TopologyChange.Join(node(4))))
                .isEqualTo(Code.VERSION_MISMATCH);
    }

    @Test
    void anOperatorMayKeepTheDecisionToHimself() {
        MetadataState held =
                applied(
                        Samples.founded(3, 2, 3),
                        upgraded(1),
                        upgraded(2),
                        upgraded(3),
                        new SetClusterSetting(ClusterSettings.UPGRADE_FINALIZE, "manual"));
        assertThat(Upgrade.next(held.view())).isNull();
        assertThat(Upgrade.finalization(held.view())).isEqualTo(new ClusterVersionBump(1, 3));
        assertThat(codeAt(held, 1, new SetClusterSetting(ClusterSettings.UPGRADE_FINALIZE, "x")))
                .isEqualTo(Code.INVALID);
    }

    private static TopologyChange upgraded(long id) {
        return new TopologyChange.Rejoin(node(id).withIncarnation(1).withWire(new WireRange(1, 3)));
    }
}
