package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.appliedAt;
import static dev.quorate.metadata.Samples.codeAt;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static dev.quorate.metadata.Samples.pin;
import static dev.quorate.metadata.Samples.presenter;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.JoinTokenState.Lifecycle;
import dev.quorate.metadata.JoinTokenTransition.BeginInFlight;
import dev.quorate.metadata.JoinTokenTransition.MarkAborted;
import dev.quorate.metadata.JoinTokenTransition.MarkConsumed;
import dev.quorate.metadata.JoinTokenTransition.MarkExpired;
import dev.quorate.metadata.JoinTokenTransition.Register;
import dev.quorate.metadata.JoinTokenTransition.RevertInFlight;
import dev.quorate.metadata.MetadataEntry.RevokeIdentity;
import dev.quorate.metadata.MetadataOutcome.Code;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// The life of a join token, rule R23. Token 70 is registered at log time 0 and expires at 1000;
/// leases last until 100. Nodes 1 to 3 exist, so that the next one is 4.
class TokenRulesTest {
    private static final Bytes TOKEN = pin(70);

    private final MetadataState issued = appliedAt(founded(3, 2, 3), 10, new Register(TOKEN, 1000));
    private final MetadataState inFlight = appliedAt(issued, 20, begin(40, 4, 100));

    @Test
    void aPresentedTokenIsBoundToAKeyAndReservesANode() {
        JoinTokenState token = token(inFlight);
        assertThat(token.lifecycle()).isEqualTo(Lifecycle.IN_FLIGHT);
        assertThat(token.presenter()).isEqualTo(presenter(40, 4, 100));
        assertThat(token.attempt()).isEqualTo(1);
        assertThat(inFlight.view().topology().nextNodeId()).isEqualTo(5);
        assertThat(inFlight.view().ownerOf(pin(40))).isEqualTo(new KeyOwner.Arriving(n(4), TOKEN));
    }

    @Test
    void theFirstHelloConsumesIt() {
        // when
        MetadataState joined =
                appliedAt(
                        inFlight,
                        30,
                        Samples.batch(
                                new MarkConsumed(TOKEN, pin(40), n(4)),
                                new TopologyChange.Join(node(4).withPin(pin(40)))));

        // then
        assertThat(joined.view().ownerOf(pin(40))).isEqualTo(new KeyOwner.Member(n(4)));
        assertThat(token(joined).history())
                .extracting(JoinTokenState.Step::lifecycle)
                .containsExactly(Lifecycle.ISSUED, Lifecycle.IN_FLIGHT, Lifecycle.CONSUMED);
        assertThat(codeAt(joined, 40, new MarkConsumed(TOKEN, pin(40), n(4)))).isNull();
        assertThat(codeAt(joined, 40, begin(41, 5, 100))).isEqualTo(Code.TOKEN_SPENT);
        assertThat(codeAt(joined, 40, new MarkAborted(TOKEN))).isEqualTo(Code.ILLEGAL_EDGE);
        assertThat(codeAt(joined, 2000, new MarkExpired(TOKEN))).isEqualTo(Code.ILLEGAL_EDGE);
        assertThat(codeAt(joined, 40, new RevertInFlight(TOKEN, pin(40))))
                .isEqualTo(Code.ILLEGAL_EDGE);
        assertThat(codeAt(joined, 40, new Register(TOKEN, 1000))).isEqualTo(Code.CONFLICT);
    }

    @Test
    void theSameKeyGetsTheSameNodeAgain() {
        MetadataState again = appliedAt(inFlight, 50, begin(40, 4, 150));
        assertThat(token(again).presenter()).isEqualTo(presenter(40, 4, 150));
        assertThat(token(again).attempt()).isEqualTo(1);
        assertThat(again.view().topology().nextNodeId()).isEqualTo(5);
        // also once the lease is over, as long as nobody else has taken the token
        assertThat(codeAt(inFlight, 500, begin(40, 4, 600))).isNull();
        assertThat(codeAt(inFlight, 50, begin(40, 5, 150))).isEqualTo(Code.NOT_NEXT_ID);
    }

    @Test
    void nobodyElseGetsATokenThatIsLeased() {
        assertThat(codeAt(inFlight, 99, begin(41, 5, 200))).isEqualTo(Code.TOKEN_IN_USE);
        assertThat(codeAt(inFlight, 99, new RevertInFlight(TOKEN, pin(40))))
                .isEqualTo(Code.TOKEN_IN_USE);
    }

    @Test
    void releaseToAnotherKeyRevokesTheFirstInTheSameEntry() {
        // when the lease is over by log time
        MetadataState taken = appliedAt(inFlight, 100, begin(41, 5, 200));

        // then
        assertThat(taken.view().ownerOf(pin(40))).isInstanceOf(KeyOwner.Revoked.class);
        assertThat(taken.view().ownerOf(pin(41))).isEqualTo(new KeyOwner.Arriving(n(5), TOKEN));
        assertThat(codeAt(taken, 110, new MarkConsumed(TOKEN, pin(40), n(4))))
                .isEqualTo(Code.IDENTITY_CONFLICT);
        assertThat(codeAt(taken, 110, begin(40, 6, 300))).isEqualTo(Code.REVOKED);
        assertThat(codeAt(taken, 110, new TopologyChange.Join(node(4).withPin(pin(40)))))
                .isEqualTo(Code.REVOKED);
    }

    @Test
    void aRevertedTokenIsIssuedAgainAndItsFirstKeyIsDead() {
        MetadataState back = appliedAt(inFlight, 100, new RevertInFlight(TOKEN, pin(40)));
        assertThat(token(back).lifecycle()).isEqualTo(Lifecycle.ISSUED);
        assertThat(back.view().ownerOf(pin(40))).isInstanceOf(KeyOwner.Revoked.class);
        assertThat(codeAt(back, 110, begin(41, 4, 300))).isEqualTo(Code.NOT_NEXT_ID);
        assertThat(codeAt(back, 110, begin(41, 5, 300))).isNull();
        assertThat(codeAt(back, 110, new RevertInFlight(TOKEN, pin(40)))).isNull();
    }

    @Test
    void aLateTimerDoesNotTakeTheTokenFromTheNextPresenter() {
        MetadataState taken = appliedAt(inFlight, 100, begin(41, 5, 200));
        assertThat(codeAt(taken, 300, new RevertInFlight(TOKEN, pin(40)))).isEqualTo(Code.CONFLICT);
    }

    @Test
    void aJoinerThatHelloesLateIsWelcomeIfNobodyTookItsPlace() {
        assertThat(codeAt(inFlight, 500, new MarkConsumed(TOKEN, pin(40), n(4)))).isNull();
    }

    @Test
    void expiryIsByLogTime() {
        assertThat(codeAt(issued, 999, begin(40, 4, 1100))).isNull();
        assertThat(codeAt(issued, 1000, begin(40, 4, 1100))).isEqualTo(Code.EXPIRED);
        assertThat(codeAt(inFlight, 1000, begin(40, 4, 1100))).isEqualTo(Code.EXPIRED);
        assertThat(codeAt(issued, 999, new MarkExpired(TOKEN))).isEqualTo(Code.INVALID);
        // log time never goes back, whatever a stamp says
        MetadataState late = appliedAt(issued, 1000, Samples.ddl("x"));
        assertThat(codeAt(late, 20, begin(40, 4, 1100))).isEqualTo(Code.EXPIRED);
    }

    @Test
    void anExpiredTokenRevokesWhoHeldIt() {
        MetadataState leased = appliedAt(issued, 990, begin(40, 4, 1100));
        assertThat(codeAt(leased, 1000, new MarkExpired(TOKEN))).isEqualTo(Code.TOKEN_IN_USE);
        MetadataState expired = appliedAt(leased, 1100, new MarkExpired(TOKEN));
        assertThat(token(expired).lifecycle()).isEqualTo(Lifecycle.EXPIRED);
        assertThat(expired.view().ownerOf(pin(40))).isInstanceOf(KeyOwner.Revoked.class);
        assertThat(codeAt(expired, 1200, new MarkExpired(TOKEN))).isNull();
        assertThat(codeAt(expired, 1200, begin(41, 5, 1300))).isEqualTo(Code.EXPIRED);
    }

    @Test
    void anAbortedTokenRevokesWhoHeldItAtOnce() {
        MetadataState aborted = appliedAt(inFlight, 30, new MarkAborted(TOKEN));
        assertThat(aborted.view().ownerOf(pin(40))).isInstanceOf(KeyOwner.Revoked.class);
        assertThat(codeAt(aborted, 40, begin(41, 5, 100))).isEqualTo(Code.TOKEN_SPENT);
        assertThat(codeAt(aborted, 40, new MarkConsumed(TOKEN, pin(40), n(4))))
                .isEqualTo(Code.TOKEN_SPENT);
        assertThat(codeAt(aborted, 40, new MarkAborted(TOKEN))).isNull();
    }

    @Test
    void aRevokedKeyPresentsNothing() {
        MetadataState revoked = applied(inFlight, RevokeIdentity.ofKey(pin(40), "leaked"));
        assertThat(codeAt(revoked, 30, begin(40, 4, 100))).isEqualTo(Code.REVOKED);
        assertThat(codeAt(revoked, 30, new MarkConsumed(TOKEN, pin(40), n(4))))
                .isEqualTo(Code.REVOKED);
    }

    @Test
    void aReservedNodeJoinsWithItsKeyOnly() {
        assertThat(codeAt(inFlight, 30, new TopologyChange.Join(node(4))))
                .isEqualTo(Code.IDENTITY_CONFLICT);
        assertThat(codeAt(inFlight, 30, new TopologyChange.Join(node(4).withPin(pin(41)))))
                .isEqualTo(Code.IDENTITY_CONFLICT);
    }

    @Test
    void oneKeyPresentsOneToken() {
        MetadataState two = appliedAt(inFlight, 30, new Register(pin(71), 1000));
        assertThat(codeAt(two, 40, new BeginInFlight(pin(71), presenter(40, 5, 100))))
                .isEqualTo(Code.IDENTITY_CONFLICT);
    }

    @Test
    void whatIsNotRegisteredIsUnknown() {
        assertThat(codeAt(issued, 20, new MarkAborted(pin(99)))).isEqualTo(Code.UNKNOWN_TOKEN);
        assertThat(codeAt(issued, 20, new BeginInFlight(pin(99), presenter(40, 4, 100))))
                .isEqualTo(Code.UNKNOWN_TOKEN);
        assertThat(codeAt(issued, 20, new Register(pin(99), 20))).isEqualTo(Code.EXPIRED);
        assertThat(codeAt(issued, 20, new Register(TOKEN, 1000))).isNull();
        assertThat(codeAt(issued, 20, new Register(TOKEN, 2000))).isEqualTo(Code.CONFLICT);
    }

    @Test
    void leasesHaveABound() {
        assertThat(codeAt(issued, 20, begin(40, 4, 20))).isEqualTo(Code.INVALID);
        assertThat(codeAt(issued, 20, begin(40, 4, 20 + JoinTokenState.LEASE_MICROS_MAX))).isNull();
        assertThat(codeAt(issued, 20, begin(40, 4, 21 + JoinTokenState.LEASE_MICROS_MAX)))
                .isEqualTo(Code.INVALID);
    }

    @Test
    void attemptsAndHistoryAreBounded() {
        MetadataState state = appliedAt(founded(3, 2, 3), 10, new Register(TOKEN, 1_000_000));
        long now = 20;
        for (int i = 0; i < JoinTokenState.ATTEMPTS_MAX; i++) {
            now += 10;
            state = appliedAt(state, now, begin(100 + i, 4 + i, now + 1));
            state = appliedAt(state, now + 5, new RevertInFlight(TOKEN, pin(100 + i)));
        }
        assertThat(codeAt(state, now + 9, begin(1, state.view().topology().nextNodeId(), now + 99)))
                .isEqualTo(Code.LIMIT_REACHED);
        assertThat(token(state).history()).hasSize(JoinTokenState.HISTORY_MAX);
        assertThat(MetadataState.decode(state.encode())).isEqualTo(state);
    }

    @Test
    void spentTokensMakePlaceAndTokensInUseDoNot() {
        // given as many tokens as there may be, the first of them aborted
        List<MetadataEntry> entries = new ArrayList<>();
        for (int i = 0; i < TokenStateMirror.TOKENS_MAX; i++) {
            entries.add(new Register(hash(i), 5000));
        }
        MetadataState full = appliedAt(founded(3, 2, 3), 10, new MetadataEntry.Batch(entries));
        assertThat(codeAt(full, 20, new Register(TOKEN, 1000))).isEqualTo(Code.LIMIT_REACHED);

        // when one is aborted
        MetadataState room = appliedAt(full, 20, new MarkAborted(hash(7)));
        MetadataState next = appliedAt(room, 30, new Register(TOKEN, 1000));

        // then it is the one that is forgotten, and stays useless
        assertThat(next.view().tokens().tokens()).hasSize(TokenStateMirror.TOKENS_MAX);
        assertThat(next.view().tokens().token(hash(7))).isNull();
        assertThat(codeAt(next, 40, new BeginInFlight(hash(7), presenter(40, 4, 100))))
                .isEqualTo(Code.UNKNOWN_TOKEN);
        assertThat(codeAt(full, 5000, new Register(TOKEN, 9000))).isNull();
    }

    private static BeginInFlight begin(int key, long node, long leaseUntilMicros) {
        return new BeginInFlight(TOKEN, presenter(key, node, leaseUntilMicros));
    }

    private static Bytes hash(int i) {
        return Sha256.of(Bytes.utf8("token " + i));
    }

    private static JoinTokenState token(MetadataState state) {
        return Objects.requireNonNull(state.view().tokens().token(TOKEN));
    }
}
