package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataOutcome.Code.CONFLICT;
import static dev.quorate.metadata.MetadataOutcome.Code.IDENTITY_CONFLICT;
import static dev.quorate.metadata.MetadataOutcome.Code.INVALID;
import static dev.quorate.metadata.MetadataOutcome.Code.LIMIT_REACHED;
import static dev.quorate.metadata.MetadataOutcome.Code.MAJORITY_LOST;
import static dev.quorate.metadata.MetadataOutcome.Code.REVOKED;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_NODE;

import dev.quorate.metadata.MetadataEntry.RevokeIdentity;
import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides which key is whose.
final class IdentityRules {
    private IdentityRules() {}

    static MetadataOutcome pin(Draft draft, MetadataEntry.PinNodeIdentity pin) {
        NodeId id = pin.node();
        Bytes key = pin.spkiSha256();
        NodeInfo node = draft.topology.node(id);
        if (node == null) {
            return new Rejected(UNKNOWN_NODE, id + " is not part of the cluster: nothing to pin");
        }
        if (node.spkiPin().equals(key)) {
            return Draft.APPLIED;
        }
        if (!node.spkiPin().isEmpty()) {
            return new Rejected(IDENTITY_CONFLICT, id + " is already tied to another key");
        }
        Rejected refusal = keyRefusal(draft, id, key);
        if (refusal != null) {
            return refusal;
        }
        draft.topology = draft.topology.with(node.withPin(key), draft.index);
        return Draft.APPLIED;
    }

    static MetadataOutcome apply(Draft draft, NodeKeyChange change) {
        NodeInfo node = draft.topology.node(change.node());
        if (node == null) {
            return new Rejected(UNKNOWN_NODE, change.node() + " is not part of the cluster");
        }
        return switch (change) {
            case NodeKeyChange.Stage c -> stage(draft, node, c);
            case NodeKeyChange.Confirm c -> confirm(draft, node, c.next());
            case NodeKeyChange.Abandon c -> abandon(draft, node, c.next());
        };
    }

    static MetadataOutcome revoke(Draft draft, RevokeIdentity change) {
        List<Bytes> keys = new ArrayList<>();
        NodeId id = change.node();
        if (id == null) {
            keys.add(change.spkiSha256());
        } else {
            NodeInfo node = draft.topology.node(id);
            if (node == null) {
                return new Rejected(UNKNOWN_NODE, id + " is not part of the cluster");
            }
            if (node.spkiPin().isEmpty()) {
                return new Rejected(INVALID, id + " is tied to no key that could be revoked");
            }
            keys.add(node.spkiPin());
            Bytes staged = draft.identities.stagedKey(id);
            if (!staged.isEmpty()) {
                keys.add(staged);
            }
        }
        for (Bytes key : keys) {
            Rejected refusal = revoke(draft, key, ownerOf(draft, key), change.reason());
            if (refusal != null) {
                return refusal;
            }
        }
        return Draft.APPLIED;
    }

    static MetadataOutcome deny(Draft draft, MetadataEntry.DenyNode change) {
        NodeId id = change.node();
        NodeInfo node = draft.topology.node(id);
        if (node == null) {
            return draft.topology.stateOf(id) == NodeState.REMOVED
                    ? Draft.APPLIED
                    : new Rejected(UNKNOWN_NODE, id + " is not part of the cluster");
        }
        List<Bytes> keys = new ArrayList<>();
        for (Bytes key : List.of(node.spkiPin(), draft.identities.stagedKey(id))) {
            if (!key.isEmpty() && draft.identities.revocation(key) == null) {
                keys.add(key);
            }
        }
        if (keys.isEmpty() && !node.spkiPin().isEmpty()) {
            return Draft.APPLIED;
        }
        List<Majorities.Stranded> stranded =
                change.care() == MetadataEntry.DenyNode.Care.FORCED
                        ? List.of()
                        : Majorities.strandedWithout(draft.view(), id, change.silent());
        if (!stranded.isEmpty()) {
            return new Rejected(
                    MAJORITY_LOST,
                    stranded.getFirst().sentence()
                            + (stranded.size() == 1
                                    ? ""
                                    : "; and so for " + (stranded.size() - 1) + " more"));
        }
        for (Bytes key : keys) {
            Rejected refusal = revoke(draft, key, id, change.reason());
            if (refusal != null) {
                return refusal;
            }
        }
        return Draft.APPLIED;
    }

    /// Denies one key.
    ///
    /// @return why it cannot be denied, or null
    static @Nullable Rejected revoke(Draft draft, Bytes key, @Nullable NodeId node, String reason) {
        if (draft.identities.revocation(key) != null) {
            return null;
        }
        if (draft.identities.revoked().size() >= Identities.REVOKED_MAX) {
            return new Rejected(
                    LIMIT_REACHED,
                    Identities.REVOKED_MAX + " keys are revoked; no more can be remembered");
        }
        draft.identities =
                draft.identities.withRevoked(
                        new Identities.RevokedKey(key, node, reason, draft.index));
        return null;
    }

    /// Why the key cannot be the node's, or null when it can.
    static @Nullable Rejected keyRefusal(Draft draft, NodeId node, Bytes key) {
        if (key.isEmpty()) {
            return null;
        }
        Identities.RevokedKey revoked = draft.identities.revocation(key);
        if (revoked != null) {
            return new Rejected(
                    REVOKED,
                    "the key for "
                            + node
                            + " was revoked by entry "
                            + revoked.index()
                            + ": "
                            + revoked.reason());
        }
        NodeId owner = ownerOf(draft, key);
        return owner == null || owner.equals(node)
                ? null
                : new Rejected(
                        IDENTITY_CONFLICT,
                        "the key for " + node + " is already pinned to " + owner);
    }

    /// Whose the key is, pinned or staged; null when it is nobody's.
    private static @Nullable NodeId ownerOf(Draft draft, Bytes key) {
        for (NodeInfo other : draft.topology.nodes()) {
            if (other.spkiPin().equals(key)) {
                return other.id();
            }
        }
        return draft.identities.stagedBy(key);
    }

    private static MetadataOutcome stage(Draft draft, NodeInfo node, NodeKeyChange.Stage change) {
        if (!node.spkiPin().equals(change.current())) {
            // said again after the change was confirmed
            return node.spkiPin().equals(change.next())
                    ? Draft.APPLIED
                    : new Rejected(
                            IDENTITY_CONFLICT,
                            node.id() + " is tied to another key than the change starts from");
        }
        Bytes staged = draft.identities.stagedKey(node.id());
        if (staged.equals(change.next())) {
            return Draft.APPLIED;
        }
        if (!staged.isEmpty()) {
            return new Rejected(
                    CONFLICT,
                    node.id() + " is about to swap to another key: confirm or abandon it first");
        }
        Rejected refusal = keyRefusal(draft, node.id(), node.spkiPin());
        if (refusal == null) {
            refusal = keyRefusal(draft, node.id(), change.next());
        }
        if (refusal != null) {
            return refusal;
        }
        draft.identities = draft.identities.withStaged(node.id(), change.next());
        return Draft.APPLIED;
    }

    private static MetadataOutcome confirm(Draft draft, NodeInfo node, Bytes next) {
        if (node.spkiPin().equals(next)) {
            return Draft.APPLIED;
        }
        if (!draft.identities.stagedKey(node.id()).equals(next)) {
            return notStaged(node);
        }
        Rejected refusal = keyRefusal(draft, node.id(), next);
        if (refusal != null) {
            return refusal;
        }
        draft.topology = draft.topology.with(node.withPin(next), draft.index);
        draft.identities = draft.identities.withoutStaged(node.id());
        return Draft.APPLIED;
    }

    private static MetadataOutcome abandon(Draft draft, NodeInfo node, Bytes next) {
        if (node.spkiPin().equals(next)) {
            return new Rejected(CONFLICT, node.id() + " has swapped to that key already");
        }
        if (draft.identities.stagedKey(node.id()).equals(next)) {
            draft.identities = draft.identities.withoutStaged(node.id());
        }
        return Draft.APPLIED;
    }

    private static Rejected notStaged(NodeInfo node) {
        return new Rejected(CONFLICT, node.id() + " is not about to swap to that key");
    }
}
