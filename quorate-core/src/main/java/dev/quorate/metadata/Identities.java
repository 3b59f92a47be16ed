package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Keys beside the pinned ones: those that are to be pinned next, and those that are denied for
/// ever, whatever certificate they come with.
///
/// @param staged at most one for a node, by ascending node
/// @param revoked oldest first
public record Identities(List<StagedKey> staged, List<RevokedKey> revoked) {
    /// No such keys.
    public static final Identities EMPTY = new Identities(List.of(), List.of());

    /// Keys that can be denied.
    public static final int REVOKED_MAX = 65_536;

    /// A key that its node is about to swap to.
    public record StagedKey(NodeId node, Bytes spkiSha256) {
        public StagedKey {
            Sha256.require("a key pin", spkiSha256);
        }
    }

    /// A key that nobody may use any more.
    ///
    /// @param node whose it was; null when it was nobody's
    /// @param reason for the audit
    /// @param index entry of group 0's log that revoked it
    public record RevokedKey(Bytes spkiSha256, @Nullable NodeId node, String reason, long index) {
        public RevokedKey {
            Sha256.require("a key pin", spkiSha256);
            GroupInfo.requireNotNegative("index", index);
        }
    }

    public Identities {
        staged = List.copyOf(staged);
        revoked = List.copyOf(revoked);
        for (int i = 1; i < staged.size(); i++) {
            if (staged.get(i - 1).node().compareTo(staged.get(i).node()) >= 0) {
                throw new IllegalArgumentException("nodes with a staged key must ascend");
            }
        }
        Set<Bytes> keys = new HashSet<>();
        for (RevokedKey key : revoked) {
            if (!keys.add(key.spkiSha256())) {
                throw new IllegalArgumentException("a key is revoked twice");
            }
        }
        if (revoked.size() > REVOKED_MAX) {
            throw new IllegalArgumentException("too many revoked keys");
        }
    }

    /// The denial of the key; null while it is not denied.
    public @Nullable RevokedKey revocation(Bytes spkiSha256) {
        for (RevokedKey key : revoked) {
            if (key.spkiSha256().equals(spkiSha256)) {
                return key;
            }
        }
        return null;
    }

    /// The key that the node is about to swap to; empty when there is none.
    public Bytes stagedKey(NodeId node) {
        for (StagedKey key : staged) {
            if (key.node().equals(node)) {
                return key.spkiSha256();
            }
        }
        return Bytes.EMPTY;
    }

    /// The node that is about to swap to the key, or null.
    public @Nullable NodeId stagedBy(Bytes spkiSha256) {
        for (StagedKey key : staged) {
            if (key.spkiSha256().equals(spkiSha256)) {
                return key.node();
            }
        }
        return null;
    }

    Identities withStaged(NodeId node, Bytes spkiSha256) {
        List<StagedKey> next = new ArrayList<>(withoutStaged(node).staged);
        int at = 0;
        while (at < next.size() && next.get(at).node().compareTo(node) < 0) {
            at++;
        }
        next.add(at, new StagedKey(node, spkiSha256));
        return new Identities(next, revoked);
    }

    Identities withoutStaged(NodeId node) {
        return new Identities(
                staged.stream().filter(key -> !key.node().equals(node)).toList(), revoked);
    }

    /// With the key denied too; the first denial of a key counts.
    Identities withRevoked(RevokedKey key) {
        if (revocation(key.spkiSha256()) != null) {
            return this;
        }
        List<RevokedKey> next = new ArrayList<>(revoked);
        next.add(key);
        return new Identities(staged, next);
    }
}
