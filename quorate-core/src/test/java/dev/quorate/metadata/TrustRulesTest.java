package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.batch;
import static dev.quorate.metadata.Samples.ca;
import static dev.quorate.metadata.Samples.codeAt;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static dev.quorate.metadata.Samples.nodes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.CaTrustChange.Abandon;
import dev.quorate.metadata.CaTrustChange.Establish;
import dev.quorate.metadata.CaTrustChange.Finalize;
import dev.quorate.metadata.CaTrustChange.NodeReissued;
import dev.quorate.metadata.CaTrustChange.Stage;
import dev.quorate.metadata.MetadataOutcome.Code;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// One authority replaces another by overlap.
class TrustRulesTest {
    private static final CaCertificate OLD = ca("old");
    private static final CaCertificate NEW = ca("new");

    private final MetadataState established = applied(founded(3, 2, 3), new Establish(OLD));
    private final MetadataState staged = applied(established, new Stage(NEW));

    @Test
    void foundingRecordsWhoSigns() {
        MetadataState state =
                applied(MetadataState.EMPTY, Founding.batch(Samples.CLUSTER, nodes(3), 2, 3, OLD));
        assertThat(state.view().trust().trusted()).containsExactly(OLD);
        assertThat(state.view().trust().signer()).isEqualTo(OLD);
    }

    @Test
    void theFirstAuthorityIsEstablishedOnce() {
        assertThat(applied(established, new Establish(OLD)).view().trust().issuer()).isEqualTo(OLD);
        assertThat(codeAt(established, 1, new Establish(NEW))).isEqualTo(Code.CONFLICT);
        assertThat(codeAt(founded(3, 2, 3), 1, new Stage(NEW))).isEqualTo(Code.UNKNOWN_AUTHORITY);
    }

    @Test
    void aStagedAuthorityIsTrustedBesideTheIssuerAndSigns() {
        CaTrust trust = staged.view().trust();
        assertThat(trust.trusted()).containsExactly(OLD, NEW);
        assertThat(trust.signer()).isEqualTo(NEW);
        assertThat(trust.needsReissue(n(1))).isTrue();
        assertThat(codeAt(staged, 1, new Stage(ca("third")))).isEqualTo(Code.CONFLICT);
        assertThat(codeAt(established, 1, new Stage(OLD))).isEqualTo(Code.INVALID);
    }

    @Test
    void finalizingWaitsForTheLastNode() {
        // given two of three nodes with certificates of the new authority
        MetadataState two = applied(staged, reissued(1), reissued(2));
        assertThat(two.view().trust().needsReissue(n(1))).isFalse();
        assertThat(codeAt(two, 1, new Finalize(NEW.sha256()))).isEqualTo(Code.NOT_REISSUED);

        // when the third follows
        MetadataState done = applied(two, reissued(3), new Finalize(NEW.sha256()));

        // then
        CaTrust trust = done.view().trust();
        assertThat(trust.trusted()).containsExactly(NEW);
        assertThat(trust.retired()).containsExactly(new CaTrust.Retired(OLD.sha256(), 7));
        assertThat(codeAt(done, 1, new Finalize(NEW.sha256()))).isNull();
        assertThat(codeAt(done, 1, new Stage(OLD))).isEqualTo(Code.REVOKED);
    }

    @Test
    void aNodeThatJoinsInBetweenIsWaitedForToo() {
        MetadataState four =
                applied(
                        staged,
                        reissued(1),
                        reissued(2),
                        reissued(3),
                        new TopologyChange.Join(node(4)));
        assertThat(codeAt(four, 1, new Finalize(NEW.sha256()))).isEqualTo(Code.NOT_REISSUED);
        assertThat(codeAt(four, 1, batch(reissued(4), new Finalize(NEW.sha256())))).isNull();
    }

    @Test
    void abandoningBeforeAnybodyReissuedTakesEffectAtOnce() {
        CaTrust trust = applied(staged, new Abandon(NEW.sha256())).view().trust();
        assertThat(trust.trusted()).containsExactly(OLD);
        assertThat(trust.signer()).isEqualTo(OLD);
    }

    @Test
    void abandoningKeepsTrustUntilTheLastNodeIsBack() {
        // given two nodes with certificates that only the staged authority vouches for
        MetadataState back = applied(staged, reissued(1), reissued(2), new Abandon(NEW.sha256()));
        assertThat(back.view().trust().trusted()).containsExactly(OLD, NEW);
        assertThat(back.view().trust().signer()).isEqualTo(OLD);
        assertThat(back.view().trust().needsReissue(n(1))).isTrue();
        assertThat(back.view().trust().needsReissue(n(3))).isFalse();
        assertThat(codeAt(back, 1, new Finalize(NEW.sha256()))).isEqualTo(Code.CONFLICT);

        // when one returns and the other is removed
        MetadataState one = applied(back, new NodeReissued(n(1), OLD.sha256()));
        assertThat(one.view().trust().trusted()).containsExactly(OLD, NEW);
        MetadataState none = applied(one, new NodeReissued(n(2), OLD.sha256()));

        // then
        assertThat(none.view().trust().trusted()).containsExactly(OLD);
        assertThat(codeAt(none, 1, new Abandon(NEW.sha256()))).isNull();
    }

    @Test
    void stagingAgainTurnsTheReturnRound() {
        MetadataState back = applied(staged, reissued(1), new Abandon(NEW.sha256()));
        CaTrust trust = applied(back, new Stage(NEW)).view().trust();
        assertThat(trust.signer()).isEqualTo(NEW);
        assertThat(trust.needsReissue(n(1))).isFalse();
        assertThat(trust.needsReissue(n(2))).isTrue();
    }

    @Test
    void aNodeThatLeavesIsNotWaitedFor() {
        MetadataState left =
                applied(
                        applied(staged, new TopologyChange.Join(node(4)), reissued(4)),
                        new Abandon(NEW.sha256()),
                        new TopologyChange.Leave(n(4)));
        assertThat(left.view().trust().trusted()).containsExactly(OLD);
    }

    @Test
    void aCertificateUnderAFalseNameIsRejected() {
        CaCertificate forged = new CaCertificate(NEW.der(), OLD.sha256());
        assertThat(codeAt(founded(3, 2, 3), 1, new Establish(forged))).isEqualTo(Code.INVALID);
        CaCertificate other = new CaCertificate(OLD.der(), NEW.sha256());
        assertThat(codeAt(established, 1, new Stage(other))).isEqualTo(Code.INVALID);
    }

    @Test
    void reissuesByStrangersAreRejected() {
        assertThat(codeAt(staged, 1, new NodeReissued(n(9), NEW.sha256())))
                .isEqualTo(Code.UNKNOWN_NODE);
        assertThat(codeAt(staged, 1, new NodeReissued(n(1), ca("x").sha256())))
                .isEqualTo(Code.UNKNOWN_AUTHORITY);
        assertThat(codeAt(staged, 1, new Finalize(ca("x").sha256())))
                .isEqualTo(Code.UNKNOWN_AUTHORITY);
        assertThat(codeAt(staged, 1, new Abandon(ca("x").sha256())))
                .isEqualTo(Code.UNKNOWN_AUTHORITY);
    }

    @Test
    void retiredAuthoritiesAreRememberedUpToABound() {
        MetadataState state = established;
        List<CaCertificate> all = new ArrayList<>();
        for (int i = 0; i < CaTrust.RETIRED_MAX + 3; i++) {
            CaCertificate next = ca("ca" + i);
            all.add(next);
            state = applied(state, new Stage(next), new Abandon(next.sha256()));
        }
        assertThat(state.view().trust().retired()).hasSize(CaTrust.RETIRED_MAX);
        assertThat(state.view().trust().retired().getLast().sha256())
                .isEqualTo(all.getLast().sha256());
        assertThat(MetadataState.decode(state.encode())).isEqualTo(state);
    }

    private static NodeReissued reissued(long node) {
        return new NodeReissued(n(node), NEW.sha256());
    }
}
