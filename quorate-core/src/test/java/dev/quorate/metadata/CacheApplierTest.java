package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.batch;
import static dev.quorate.metadata.Samples.committed;
import static dev.quorate.metadata.Samples.ddl;
import static dev.quorate.metadata.Samples.everyKind;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.g;
import static dev.quorate.metadata.Samples.group;
import static dev.quorate.metadata.Samples.learner;
import static dev.quorate.metadata.Samples.m;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.v;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.metadata.MetadataOutcome.Applied;
import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What whoever feeds the applier can see of it.
class CacheApplierTest {
    private final MetadataCache cache = new MetadataCache();
    private final List<String> heard = new ArrayList<>();
    private final CacheApplier applier =
            new CacheApplier(
                    cache,
                    new MetadataListener() {
                        @Override
                        public void changed(MetadataView before, MetadataView after) {
                            heard.add("changed " + before.index() + " to " + after.index());
                        }

                        @Override
                        public void decided(long index, MetadataOutcome outcome) {
                            heard.add(
                                    index
                                            + switch (outcome) {
                                                case Applied() -> " applied";
                                                case Rejected(var code, _) -> " " + code;
                                            });
                        }
                    });

    @Test
    void catalogChangesAreCountedAndTopologyChangesAreKept() {
        // when
        long index =
                applier.apply(
                        List.of(
                                committed(1, ddl("x")),
                                committed(2, new TopologyChange.Join(learner(7)))));

        // then
        assertThat(index).isEqualTo(2);
        assertThat(cache.appliedIndex()).isEqualTo(2);
        assertThat(cache.catalogEntriesApplied()).isEqualTo(1);
        assertThat(cache.topologyHistory())
                .containsExactly(
                        new MetadataCache.Recorded<>(2, new TopologyChange.Join(learner(7))));
    }

    @Test
    void anEarlierOrEqualIndexIsIgnored() {
        // given
        applier.apply(List.of(committed(5, ddl("x"))));

        // when, then
        assertThat(applier.apply(List.of(committed(3, ddl("x")), committed(5, ddl("x")))))
                .isEqualTo(5);
        assertThat(cache.catalogEntriesApplied()).isEqualTo(1);
        assertThat(heard).containsExactly("changed 0 to 5", "5 applied");
    }

    @Test
    void aPrefixDeliveredAgainWithinOneBatchChangesNothing() {
        // given a Join that a Leave undoes: replaying the Join would bring the node back
        CommittedEntry join = committed(1, new TopologyChange.Join(learner(7)));
        CommittedEntry leave = committed(2, new TopologyChange.Leave(n(7)));

        // when
        applier.apply(List.of(join, leave, join, leave, committed(3, ddl("x")), join));

        // then
        assertThat(cache.view().topology().node(n(7))).isNull();
        assertThat(cache.topologyHistory()).hasSize(2);
        assertThat(cache.appliedIndex()).isEqualTo(3);
    }

    @Test
    void everyKindIsAppliedOnceHoweverOftenItIsDelivered() {
        // given
        List<CommittedEntry> entries = new ArrayList<>();
        entries.add(committed(1, Founding.batch(Samples.CLUSTER, Samples.nodes(3), 2, 3)));
        everyKind().values().forEach(entry -> entries.add(committed(entries.size() + 1L, entry)));
        applier.apply(entries);
        Bytes once = cache.state().encode();

        // when each entry is delivered after a whole prefix of the log
        MetadataCache other = new MetadataCache();
        CacheApplier again = new CacheApplier(other);
        for (int i = 1; i <= entries.size(); i++) {
            again.apply(entries.subList(0, i));
        }

        // then
        assertThat(other.state().encode()).isEqualTo(once);
    }

    @Test
    void emptyEntriesCountForTheWatermarkOnly() {
        // when
        long index = applier.apply(List.of(new CommittedEntry(4, 7, Bytes.EMPTY)));

        // then
        assertThat(index).isEqualTo(4);
        assertThat(cache.view().stampMicros()).isEqualTo(7);
        assertThat(heard).isEmpty();
    }

    @Test
    void nothingDeliveredGivesTheWatermark() {
        assertThat(applier.apply(List.of())).isZero();
        applier.apply(List.of(committed(2, ddl("x"))));
        assertThat(applier.apply(List.of())).isEqualTo(2);
    }

    @Test
    void noopApplierAcknowledgesTheLastIndex() {
        NoopMetadataApplier noop = new NoopMetadataApplier();
        assertThat(
                        noop.apply(
                                List.of(
                                        new CommittedEntry(7, 0, Bytes.utf8("x")),
                                        new CommittedEntry(9, 0, Bytes.utf8("y")))))
                .isEqualTo(9);
        assertThat(noop.apply(List.of())).isZero();
    }

    @Test
    void withoutAListenerEntriesAdvanceTheCache() {
        assertThat(
                        new CacheApplier(cache)
                                .apply(
                                        List.of(
                                                committed(
                                                        1,
                                                        new TopologyChange.StartDecommission(
                                                                n(5))))))
                .isEqualTo(1);
    }

    @Test
    void aRejectedEntryIsAnsweredAndCounts() {
        // when
        applier.apply(List.of(committed(1, new TopologyChange.Leave(n(5)))));

        // then
        assertThat(heard).containsExactly("1 UNKNOWN_NODE");
        assertThat(cache.appliedIndex()).isEqualTo(1);
        assertThat(cache.topologyHistory()).isEmpty();
    }

    @Test
    void childrenOfABatchAreAllAppliedAndKept() {
        // when
        applier.apply(
                List.of(
                        committed(
                                1,
                                batch(
                                        new TopologyChange.Join(learner(7)),
                                        batch(ddl("x"), ddl("y")),
                                        new TopologyChange.PromoteToVoter(n(7))))));

        // then
        assertThat(cache.catalogEntriesApplied()).isEqualTo(2);
        assertThat(cache.topologyHistory()).hasSize(2);
        assertThat(heard).containsExactly("changed 0 to 1", "1 applied");
    }

    @Test
    void anUnknownKindStopsApplyBeforeItsWholeEntry() {
        // given a batch in which the second child is of a kind that nobody knows
        byte[] bytes = MetadataCodec.encode(batch(ddl("x"), ddl("y"))).toByteArray();
        int secondKind = bytes.length - 14 + 2;
        assertThat(bytes[secondKind]).isEqualTo((byte) 1);
        bytes[secondKind] = (byte) 0xee;
        CommittedEntry unknown = new CommittedEntry(2, 2, Bytes.copyOf(bytes));

        // when
        List<CommittedEntry> log = List.of(committed(1, ddl("a")), unknown, committed(3, ddl("b")));
        assertThatThrownBy(() -> applier.apply(log))
                .isInstanceOfSatisfying(
                        MetadataApplyStopped.class, stop -> assertThat(stop.index()).isEqualTo(2))
                .hasMessageContaining("kind 238 is not known");

        // then what precedes it is applied, nothing after it ever is, and asking again says so
        assertThat(cache.appliedIndex()).isEqualTo(1);
        assertThat(cache.catalogEntriesApplied()).isEqualTo(1);
        assertThatThrownBy(() -> applier.apply(List.of(committed(3, ddl("b")))))
                .isInstanceOf(MetadataApplyStopped.class);
        assertThat(applier.apply(log.subList(0, 1))).isEqualTo(1);
        assertThat(heard).containsExactly("changed 0 to 1", "1 applied");
    }

    @Test
    void reassignOffersTheLeaseholderButNeverOverridesANewerTerm() {
        // given
        cache.install(founded(3, 2, 3));
        cache.offerLeader(g(1), n(3), 8);

        // when
        applier.apply(
                List.of(
                        committed(2, new RoutingChange.ReassignVShard(v(5), g(1), n(2), 0)),
                        committed(3, new RoutingChange.ReassignVShard(v(0), g(2), n(1), 0))));

        // then
        assertThat(cache.leaderHint(g(1))).isEqualTo(new LeaderHint(n(3), 8));
        assertThat(cache.leaderHint(g(2))).isEqualTo(new LeaderHint(n(1), 0));
    }

    @Test
    void leadershipTransferRecordsTheNewLeader() {
        // given
        cache.install(founded(3, 2, 3));

        // when
        applier.apply(
                List.of(
                        committed(2, new RoutingChange.LeadershipTransfer(g(1), n(2), 4)),
                        committed(3, new RoutingChange.LeadershipTransfer(g(1), n(3), 3))));

        // then the older term comes too late
        assertThat(cache.leaderHint(g(1))).isEqualTo(new LeaderHint(n(2), 4));
        assertThat(cache.routingHistory()).hasSize(2);
    }

    @Test
    void removeMemberClearsOnlyAMatchingHint() {
        // given
        cache.install(founded(3, 2, 3));
        cache.offerLeader(g(1), n(2), 1);
        cache.offerLeader(g(2), n(2), 1);

        // when
        applier.apply(List.of(committed(2, new RoutingChange.RemoveMember(g(1), n(2), 0))));

        // then
        assertThat(group(cache.view(), 1).voters()).noneMatch(m -> m.node().equals(n(2)));
        assertThat(cache.leaderHint(g(1))).isNull();
        assertThat(cache.leaderHint(g(2))).isEqualTo(new LeaderHint(n(2), 1));
    }

    @Test
    void hintsNameOnlyNodesOfTheGroup() {
        // given
        cache.install(applied(founded(3, 1, 3), new TopologyChange.Join(learner(9))));

        // when
        cache.offerLeader(g(1), n(9), 5);
        cache.offerLeader(g(77), n(1), 5);
        cache.offerLeader(g(1), n(2), 1);

        // then
        assertThat(cache.leaderHint(g(1))).isEqualTo(new LeaderHint(n(2), 1));
        assertThat(cache.leaderHint(g(77))).isNull();
        cache.forgetLeader(n(2));
        assertThat(cache.leaderHint(g(1))).isNull();
    }

    @Test
    void historyIsBounded() {
        // when
        applier.apply(List.of(committed(1, new TopologyChange.Join(learner(1)))));
        for (long index = 2; index <= 2L + MetadataCache.HISTORY_MAX; index++) {
            applier.apply(List.of(committed(index, new TopologyChange.Join(learner(1)))));
        }

        // then the oldest is forgotten
        assertThat(cache.topologyHistory()).hasSize(MetadataCache.HISTORY_MAX);
        assertThat(cache.topologyHistory().getFirst().index()).isEqualTo(3);
    }

    @Test
    void aSnapshotReplacesAnOlderStateOnly() {
        // given
        MetadataState snapshot = founded(3, 2, 3);
        cache.install(MetadataState.decode(snapshot.encode()));

        // when, then
        assertThat(cache.state()).isEqualTo(snapshot);
        assertThatThrownBy(() -> cache.install(snapshot))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(group(cache.view(), 0).members()).contains(m(1, 1));
    }

    @Test
    void aSnapshotBeyondTheUnknownEntryLetsApplyGoOn() {
        // given
        CommittedEntry unknown = new CommittedEntry(2, 2, Bytes.utf8("from the future"));
        assertThatThrownBy(() -> applier.apply(List.of(unknown)))
                .isInstanceOf(MetadataApplyStopped.class);

        // when
        cache.install(MetadataState.EMPTY.skip(2, 2));

        // then
        assertThat(applier.apply(List.of(unknown, committed(3, ddl("x"))))).isEqualTo(3);
    }

    @Test
    void indexZeroIsIllegal() {
        assertThatThrownBy(() -> new CommittedEntry(0, 0, Bytes.EMPTY))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
