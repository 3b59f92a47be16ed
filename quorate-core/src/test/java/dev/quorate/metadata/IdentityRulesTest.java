package dev.quorate.metadata;

import static dev.quorate.metadata.Samples.applied;
import static dev.quorate.metadata.Samples.codeAt;
import static dev.quorate.metadata.Samples.founded;
import static dev.quorate.metadata.Samples.n;
import static dev.quorate.metadata.Samples.node;
import static dev.quorate.metadata.Samples.pin;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.metadata.MetadataEntry.PinNodeIdentity;
import dev.quorate.metadata.MetadataEntry.RevokeIdentity;
import dev.quorate.metadata.MetadataOutcome.Code;
import dev.quorate.metadata.NodeKeyChange.Abandon;
import dev.quorate.metadata.NodeKeyChange.Confirm;
import dev.quorate.metadata.NodeKeyChange.Stage;
import org.junit.jupiter.api.Test;

/// Which key is whose: node 1 is pinned to key 1, node 2 to key 2, node 3 to none.
class IdentityRulesTest {
    private final MetadataState state =
            applied(
                    founded(3, 2, 3),
                    new PinNodeIdentity(n(1), pin(1)),
                    new PinNodeIdentity(n(2), pin(2)));

    @Test
    void aKeyBelongsToWhomItIsPinnedTo() {
        assertThat(state.view().ownerOf(pin(1))).isEqualTo(new KeyOwner.Member(n(1)));
        assertThat(state.view().ownerOf(pin(9))).isEqualTo(new KeyOwner.Stranger());
    }

    @Test
    void bothKeysCountWhileANodeSwaps() {
        // given
        MetadataState swapping = applied(state, new Stage(n(1), pin(1), pin(11)));
        assertThat(swapping.view().ownerOf(pin(1))).isEqualTo(new KeyOwner.Member(n(1)));
        assertThat(swapping.view().ownerOf(pin(11))).isEqualTo(new KeyOwner.Member(n(1)));

        // when
        MetadataState swapped = applied(swapping, new Confirm(n(1), pin(11)));

        // then
        assertThat(swapped.view().ownerOf(pin(1))).isEqualTo(new KeyOwner.Stranger());
        assertThat(swapped.view().ownerOf(pin(11))).isEqualTo(new KeyOwner.Member(n(1)));
        assertThat(codeAt(swapped, 1, new Confirm(n(1), pin(11)))).isNull();
        assertThat(codeAt(swapped, 1, new Stage(n(1), pin(1), pin(11)))).isNull();
        assertThat(codeAt(swapped, 1, new Abandon(n(1), pin(11)))).isEqualTo(Code.CONFLICT);
    }

    @Test
    void anAbandonedKeyIsNobodys() {
        MetadataState swapping = applied(state, new Stage(n(1), pin(1), pin(11)));
        MetadataState back = applied(swapping, new Abandon(n(1), pin(11)));
        assertThat(back.view().ownerOf(pin(11))).isEqualTo(new KeyOwner.Stranger());
        assertThat(codeAt(back, 1, new Confirm(n(1), pin(11)))).isEqualTo(Code.CONFLICT);
    }

    @Test
    void aKeyHasOneOwner() {
        MetadataState swapping = applied(state, new Stage(n(1), pin(1), pin(11)));
        assertThat(codeAt(state, 1, new Stage(n(1), pin(1), pin(2))))
                .isEqualTo(Code.IDENTITY_CONFLICT);
        assertThat(codeAt(state, 1, new Stage(n(1), pin(7), pin(11))))
                .isEqualTo(Code.IDENTITY_CONFLICT);
        assertThat(codeAt(swapping, 1, new PinNodeIdentity(n(3), pin(11))))
                .isEqualTo(Code.IDENTITY_CONFLICT);
        assertThat(codeAt(swapping, 1, new Stage(n(2), pin(2), pin(11))))
                .isEqualTo(Code.IDENTITY_CONFLICT);
        assertThat(codeAt(swapping, 1, new Stage(n(1), pin(1), pin(12)))).isEqualTo(Code.CONFLICT);
        assertThat(codeAt(state, 1, new Stage(n(9), pin(1), pin(12)))).isEqualTo(Code.UNKNOWN_NODE);
    }

    @Test
    void aRevokedNodeIsDeniedByEitherKeyAndForEver() {
        // given a node in the middle of a swap
        MetadataState swapping = applied(state, new Stage(n(1), pin(1), pin(11)));

        // when
        MetadataState revoked = applied(swapping, RevokeIdentity.ofNode(n(1), "disk stolen"));

        // then
        assertThat(revoked.view().isRevoked(n(1))).isTrue();
        assertThat(revoked.view().isRevoked(n(2))).isFalse();
        assertThat(revoked.view().ownerOf(pin(1))).isEqualTo(new KeyOwner.Revoked("disk stolen"));
        assertThat(revoked.view().ownerOf(pin(11))).isEqualTo(new KeyOwner.Revoked("disk stolen"));
        assertThat(codeAt(revoked, 1, new Confirm(n(1), pin(11)))).isEqualTo(Code.REVOKED);
        assertThat(codeAt(revoked, 1, new TopologyChange.Rejoin(node(1).withIncarnation(2))))
                .isEqualTo(Code.REVOKED);
        assertThat(codeAt(revoked, 1, new TopologyChange.Join(node(4).withPin(pin(1)))))
                .isEqualTo(Code.REVOKED);
        assertThat(codeAt(revoked, 1, RevokeIdentity.ofNode(n(1), "again"))).isNull();
    }

    @Test
    void aRevokedNodeCannotSwapItsWayOut() {
        MetadataState revoked = applied(state, RevokeIdentity.ofKey(pin(1), "lost"));
        assertThat(codeAt(revoked, 1, new Stage(n(1), pin(1), pin(11)))).isEqualTo(Code.REVOKED);
        assertThat(revoked.view().identities().revocation(pin(1)))
                .isEqualTo(new Identities.RevokedKey(pin(1), n(1), "lost", 4));
    }

    @Test
    void aKeyOfNobodyCanBeRevokedBeforeItIsUsed() {
        MetadataState revoked = applied(state, RevokeIdentity.ofKey(pin(8), "leaked"));
        assertThat(codeAt(revoked, 1, new PinNodeIdentity(n(3), pin(8)))).isEqualTo(Code.REVOKED);
        assertThat(codeAt(revoked, 1, new PinNodeIdentity(n(3), pin(3)))).isNull();
    }

    @Test
    void onlyWhatExistsIsRevoked() {
        assertThat(codeAt(state, 1, RevokeIdentity.ofNode(n(9), ""))).isEqualTo(Code.UNKNOWN_NODE);
        assertThat(codeAt(state, 1, RevokeIdentity.ofNode(n(3), ""))).isEqualTo(Code.INVALID);
    }

    @Test
    void aNodeThatLeavesTakesItsStagedKeyAlong() {
        MetadataState left =
                applied(
                        state,
                        new TopologyChange.Join(node(4).withPin(pin(4))),
                        new Stage(n(4), pin(4), pin(44)),
                        new TopologyChange.Leave(n(4)));
        assertThat(left.view().identities().staged()).isEmpty();
        assertThat(left.view().ownerOf(pin(44))).isEqualTo(new KeyOwner.Stranger());
    }
}
