package dev.quorate.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.MetadataOutcome.Again;
import dev.quorate.metadata.MetadataOutcome.Code;
import org.junit.jupiter.api.Test;

/// What a proposer may do after a rejection.
class MetadataOutcomeTest {
    @Test
    void whoSawAnOldViewLooksAgainAndProposesWhatFits() {
        assertThat(Code.NOT_NEXT_ID.again()).isEqualTo(Again.NOW);
        assertThat(Code.STALE.again()).isEqualTo(Again.NOW);
    }

    @Test
    void whatWaitsForSomethingElseMayBeAskedLater() {
        assertThat(Code.NODE_IN_USE.again()).isEqualTo(Again.LATER);
        assertThat(Code.TOKEN_IN_USE.again()).isEqualTo(Again.LATER);
        assertThat(Code.NOT_REISSUED.again()).isEqualTo(Again.LATER);
    }

    @Test
    void whatIsSpentOrRevokedStaysSo() {
        assertThat(Code.NODE_REMOVED.again()).isEqualTo(Again.NEVER);
        assertThat(Code.REVOKED.again()).isEqualTo(Again.NEVER);
        assertThat(Code.TOKEN_SPENT.again()).isEqualTo(Again.NEVER);
        assertThat(Code.ILLEGAL_EDGE.again()).isEqualTo(Again.NEVER);
    }
}
