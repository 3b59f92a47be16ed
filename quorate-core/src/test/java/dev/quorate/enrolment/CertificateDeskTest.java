package dev.quorate.enrolment;

import static dev.quorate.enrolment.Desk.FIRST_CA;
import static dev.quorate.enrolment.Desk.SECOND_CA;
import static dev.quorate.enrolment.Desk.hash;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.enrolment.EnrolmentDecision.Issue;
import dev.quorate.enrolment.EnrolmentDecision.Refuse;
import dev.quorate.metadata.CaTrustChange;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataOutcome;
import dev.quorate.types.NodeId;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Who is given a next certificate, by which authority, and who may issue.
class CertificateDeskTest {
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N2 = new NodeId(2);

    private final Desk desk = new Desk();

    @Test
    void nodeThatHoldsItsPinnedKeyIsRenewed() {
        assertThat(renew(N1, 1)).isEqualTo(new Issue(N1, 5, FIRST_CA));
    }

    @Test
    void nobodyIsRenewedWithAnotherKeyThanHisOwn() {
        assertThat(renew(N1, 2)).isInstanceOf(Refuse.class);
        assertThat(renew(N1, 99)).isInstanceOf(Refuse.class);
    }

    @Test
    void revokedNodeIsNeitherRenewedNorGivenTheAuthoritysKey() {
        desk.apply(MetadataEntry.RevokeIdentity.ofNode(N1, "stolen"));
        assertThat(renew(N1, 1)).isInstanceOf(Refuse.class).asString().contains("stolen");
        assertThat(CertificateDesk.issuerRefusal(desk.view(), N1, FIRST_CA.sha256())).isNotEmpty();
    }

    @Test
    void onlyHoldersOfGroupZeroMayIssueAndOnlyForATrustedAuthority() {
        assertThat(CertificateDesk.issuerRefusal(desk.view(), N1, FIRST_CA.sha256())).isEmpty();
        assertThat(CertificateDesk.issuerRefusal(desk.view(), N1, SECOND_CA.sha256()))
                .isEqualTo("that authority is not trusted");
        assertThat(CertificateDesk.issuerRefusal(desk.view(), new NodeId(9), FIRST_CA.sha256()))
                .contains("not a node");
    }

    @Test
    void duringARotationEveryNodeReissuesAndReportsItOnce() {
        // given
        desk.apply(new CaTrustChange.Stage(SECOND_CA));

        // then the staged authority signs, and what a node uses is reported until it is known
        assertThat(renew(N2, 2)).isEqualTo(new Issue(N2, 5, SECOND_CA));
        assertThat(CertificateDesk.report(desk.view(), N2, FIRST_CA.sha256())).isNull();
        assertThat(desk.apply(new CaTrustChange.Finalize(SECOND_CA.sha256())))
                .isInstanceOf(MetadataOutcome.Rejected.class);
        for (long id = 1; id <= 3; id++) {
            desk.apply(
                    Objects.requireNonNull(
                            CertificateDesk.report(
                                    desk.view(), new NodeId(id), SECOND_CA.sha256())));
        }
        assertThat(CertificateDesk.report(desk.view(), N2, SECOND_CA.sha256())).isNull();
        assertThat(desk.apply(new CaTrustChange.Finalize(SECOND_CA.sha256())))
                .isEqualTo(new MetadataOutcome.Applied());
        assertThat(desk.view().trust().trusted()).containsExactly(SECOND_CA);
    }

    private EnrolmentDecision renew(NodeId node, int key) {
        return CertificateDesk.renew(desk.view(), 5, node, hash(key));
    }
}
