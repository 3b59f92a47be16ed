package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.appliedAt;
import static dev.quorate.metadata.Samples.codeAt;
import static dev.quorate.metadata.Samples.descriptor;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.lease;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.DescriptorChange.DrainEnd;
import dev.quorate.metadata.DescriptorChange.DrainStart;
import dev.quorate.metadata.DescriptorChange.LeaseGrant;
import dev.quorate.metadata.DescriptorChange.LeaseRelease;
import dev.quorate.metadata.MetadataOutcome.Code;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Leases and drains of descriptors. Node 1 holds version 3 of table t until log time 900.
class DescriptorRulesTest {
    private final MetadataState state =
            appliedAt(founded(3, 2, 3), 10, new LeaseGrant(lease("t", 3, 1, 900)));

    @Test
    void aLeaseHoldsUntilItExpires() {
        DescriptorLease held = state.view().descriptors().lease(descriptor("t"), n(1));
        assertThat(held).isEqualTo(lease("t", 3, 1, 900));
        assertThat(lease("t", 3, 1, 900).isLive(899)).isTrue();
        assertThat(lease("t", 3, 1, 900).isLive(900)).isFalse();
    }

    @Test
    void aGrantThatComesAfterTheDrainIsRefusedHoweverEarlyItWasProposed() {
        // given a drain that committed between the proposal and the apply of a grant
        MetadataState drained = appliedAt(state, 20, new DrainStart(descriptor("t"), 3, 900));

        // when, then
        assertThat(codeAt(drained, 30, new LeaseGrant(lease("t", 3, 2, 900))))
                .isEqualTo(Code.DRAINING);
        assertThat(codeAt(drained, 30, new LeaseGrant(lease("t", 2, 2, 900))))
                .isEqualTo(Code.DRAINING);
        assertThat(codeAt(drained, 30, new LeaseGrant(lease("t", 3, 1, 950))))
                .isEqualTo(Code.DRAINING);
        assertThat(codeAt(drained, 30, new LeaseGrant(lease("t", 4, 2, 900)))).isNull();
        assertThat(codeAt(drained, 30, new LeaseGrant(lease("u", 3, 2, 900)))).isNull();
    }

    @Test
    void aDrainEndsByItsOwnerOrByLogTime() {
        MetadataState drained = appliedAt(state, 20, new DrainStart(descriptor("t"), 3, 500));
        LeaseGrant grant = new LeaseGrant(lease("t", 3, 2, 900));
        assertThat(codeAt(drained, 499, grant)).isEqualTo(Code.DRAINING);
        assertThat(codeAt(drained, 500, grant)).isNull();
        assertThat(codeAt(appliedAt(drained, 30, new DrainEnd(descriptor("t"))), 40, grant))
                .isNull();
        assertThat(codeAt(state, 40, new DrainEnd(descriptor("t")))).isNull();
    }

    @Test
    void anAlterationWaitsForTheLastLease() {
        MetadataState drained = appliedAt(state, 20, new DrainStart(descriptor("t"), 3, 2000));
        DescriptorTable table = drained.view().descriptors();
        assertThat(table.isDrained(descriptor("t"), 3, 30)).isFalse();
        assertThat(table.isDrained(descriptor("t"), 3, 900)).isTrue();
        assertThat(table.isDrained(descriptor("t"), 4, 900)).isFalse();
        MetadataState released =
                appliedAt(drained, 30, new LeaseRelease(n(1), 0, List.of(descriptor("t"))));
        assertThat(released.view().descriptors().isDrained(descriptor("t"), 3, 30)).isTrue();
        assertThat(released.view().descriptors().isDrained(descriptor("u"), 3, 30)).isFalse();
    }

    @Test
    void aDrainNeverShrinks() {
        MetadataState drained = appliedAt(state, 20, new DrainStart(descriptor("t"), 3, 900));
        assertThat(codeAt(drained, 30, new DrainStart(descriptor("t"), 2, 900)))
                .isEqualTo(Code.STALE);
        MetadataState more = appliedAt(drained, 30, new DrainStart(descriptor("t"), 5, 600));
        assertThat(more.view().descriptors().drain(descriptor("t")))
                .isEqualTo(new DescriptorTable.Drain(descriptor("t"), 5, 900));
        assertThat(codeAt(state, 30, new DrainStart(descriptor("t"), 3, 30)))
                .isEqualTo(Code.EXPIRED);
    }

    @Test
    void versionsNeverGoBackWhileALeaseLives() {
        assertThat(codeAt(state, 20, new LeaseGrant(lease("t", 2, 1, 950)))).isEqualTo(Code.STALE);
        assertThat(codeAt(state, 900, new LeaseGrant(lease("t", 2, 1, 950)))).isNull();
        assertThat(codeAt(state, 20, new LeaseGrant(lease("t", 4, 1, 950)))).isNull();
    }

    @Test
    void renewingProlongsAndNeverShortens() {
        MetadataState longer = appliedAt(state, 20, new LeaseGrant(lease("t", 3, 1, 1000)));
        assertThat(longer.view().descriptors().leases()).containsExactly(lease("t", 3, 1, 1000));
        MetadataState same = appliedAt(longer, 30, new LeaseGrant(lease("t", 3, 1, 950)));
        assertThat(same.view().descriptors().leases()).containsExactly(lease("t", 3, 1, 1000));
    }

    @Test
    void leasesAreJudgedByLogTime() {
        assertThat(codeAt(state, 950, new LeaseGrant(lease("u", 1, 1, 950))))
                .isEqualTo(Code.EXPIRED);
        long tooFar = 21 + DescriptorLease.LEASE_MICROS_MAX;
        assertThat(codeAt(state, 20, new LeaseGrant(lease("u", 1, 1, tooFar))))
                .isEqualTo(Code.INVALID);
        assertThat(codeAt(state, 20, new LeaseGrant(lease("u", 1, 1, tooFar - 1)))).isNull();
    }

    @Test
    void aNewLifeOfTheHolderFencesTheOldOne() {
        // when the holder restarts
        MetadataState restarted =
                applied(state, new TopologyChange.Rejoin(node(1).withIncarnation(4)));

        // then
        assertThat(restarted.view().descriptors().leases()).isEmpty();
        assertThat(codeAt(restarted, 20, new LeaseGrant(lease("t", 3, 1, 900))))
                .isEqualTo(Code.STALE);
        DescriptorLease next = new DescriptorLease(descriptor("t"), 3, n(1), 4, 900);
        MetadataState granted = appliedAt(restarted, 20, new LeaseGrant(next));
        MetadataState late =
                appliedAt(granted, 30, new LeaseRelease(n(1), 3, List.of(descriptor("t"))));
        assertThat(late.view().descriptors().leases()).containsExactly(next);
    }

    @Test
    void whoLeavesHoldsNothing() {
        assertThat(codeAt(state, 20, new LeaseGrant(lease("t", 3, 9, 900))))
                .isEqualTo(Code.UNKNOWN_NODE);
        MetadataState four =
                applied(
                        state,
                        new TopologyChange.Join(node(4)),
                        new LeaseGrant(lease("t", 3, 4, 900)),
                        new TopologyChange.Leave(n(4)));
        assertThat(four.view().descriptors().leases()).containsExactly(lease("t", 3, 1, 900));
    }

    @Test
    void aFullTableSweepsWhatHasRunOffAndOtherwiseRefuses() {
        // given a table as full as it may be, half of it about to run off
        List<DescriptorLease> leases = new ArrayList<>();
        for (int i = 0; i < DescriptorTable.LEASES_MAX; i++) {
            String name = String.format("x%05d", i);
            leases.add(lease(name, 1, 1, i % 2 == 0 ? 500 : 900));
        }
        MetadataView base = state.view();
        MetadataState full =
                new MetadataState(
                        new MetadataView(
                                base.index(),
                                base.stampMicros(),
                                base.version(),
                                base.catalogEntriesApplied(),
                                base.nextReplicaId(),
                                base.topology(),
                                base.routing(),
                                base.settings(),
                                base.trust(),
                                base.identities(),
                                base.tokens(),
                                new DescriptorTable(leases, List.of()),
                                base.surrogateHighWater(),
                                base.migrations(),
                                base.vshardMoves()));

        // when, then
        LeaseGrant more = new LeaseGrant(lease("t", 1, 1, 900));
        assertThat(codeAt(full, 499, more)).isEqualTo(Code.LIMIT_REACHED);
        assertThat(appliedAt(full, 500, more).view().descriptors().leases())
                .hasSize(DescriptorTable.LEASES_MAX / 2 + 1);
    }
}
