package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which authorities the nodes trust, and how far the change from one to the next has come.
///
/// @param issuer null until one is established
/// @param staged trusted as well; null while no change is under way
/// @param returning whether the change was given up and nodes are on their way back to the issuer
/// @param reissued nodes that use a certificate of the staged authority, ascending
/// @param retired authorities that were trusted once, oldest first
public record CaTrust(
        @Nullable CaCertificate issuer,
        @Nullable CaCertificate staged,
        boolean returning,
        List<NodeId> reissued,
        List<Retired> retired) {
    /// Nothing is established.
    public static final CaTrust EMPTY = new CaTrust(null, null, false, List.of(), List.of());

    /// Retired authorities that are remembered; older ones are forgotten.
    public static final int RETIRED_MAX = 64;

    /// An authority that is trusted no more.
    ///
    /// @param index entry of group 0's log that ended the trust
    public record Retired(Bytes sha256, long index) {
        public Retired {
            Sha256.require("the name of a CA certificate", sha256);
            GroupInfo.requireNotNegative("index", index);
        }
    }

    public CaTrust {
        reissued = List.copyOf(reissued);
        retired = List.copyOf(retired);
        if (staged == null && (returning || !reissued.isEmpty())) {
            throw new IllegalArgumentException("a change of trust needs a staged authority");
        }
        if (issuer == null && staged != null) {
            throw new IllegalArgumentException("an authority is staged beside an issuer only");
        }
        if (returning && reissued.isEmpty()) {
            throw new IllegalArgumentException("no node is on its way back to the issuer");
        }
        if (retired.size() > RETIRED_MAX) {
            throw new IllegalArgumentException("too many retired authorities");
        }
        for (int i = 1; i < reissued.size(); i++) {
            if (reissued.get(i - 1).compareTo(reissued.get(i)) >= 0) {
                throw new IllegalArgumentException("reissued nodes must ascend");
            }
        }
    }

    /// The certificates to trust, the issuer's first; empty when none is established.
    public List<CaCertificate> trusted() {
        List<CaCertificate> trusted = new ArrayList<>();
        if (issuer != null) {
            trusted.add(issuer);
        }
        if (staged != null) {
            trusted.add(staged);
        }
        return List.copyOf(trusted);
    }

    /// Who signs the next certificate; null when none is established.
    public @Nullable CaCertificate signer() {
        return staged != null && !returning ? staged : issuer;
    }

    /// Whether the node must fetch a certificate of [#signer()].
    public boolean needsReissue(NodeId node) {
        return staged != null && hasReissued(node) == returning;
    }

    /// Whether the node uses a certificate of the staged authority.
    public boolean hasReissued(NodeId node) {
        return Collections.binarySearch(reissued, node) >= 0;
    }

    boolean isRetired(Bytes sha256) {
        return retired.stream().anyMatch(gone -> gone.sha256().equals(sha256));
    }

    CaTrust established(CaCertificate certificate) {
        return new CaTrust(certificate, staged, returning, reissued, retired);
    }

    CaTrust advancing(CaCertificate certificate) {
        return new CaTrust(issuer, certificate, false, reissued, retired);
    }

    CaTrust with(NodeId node) {
        int at = Collections.binarySearch(reissued, node);
        if (at >= 0) {
            return this;
        }
        List<NodeId> next = new ArrayList<>(reissued);
        next.add(-at - 1, node);
        return new CaTrust(issuer, staged, returning, next, retired);
    }

    /// Without the node; the last one on its way back ends the change.
    CaTrust without(NodeId node, long index) {
        int at = Collections.binarySearch(reissued, node);
        if (at < 0) {
            return this;
        }
        List<NodeId> next = new ArrayList<>(reissued);
        next.remove(at);
        return returning && next.isEmpty()
                ? settled(issuer, staged, index)
                : new CaTrust(issuer, staged, returning, next, retired);
    }

    CaTrust finalized(long index) {
        return settled(staged, issuer, index);
    }

    CaTrust abandoned(long index) {
        return reissued.isEmpty()
                ? settled(issuer, staged, index)
                : new CaTrust(issuer, staged, true, reissued, retired);
    }

    private CaTrust settled(
            @Nullable CaCertificate winner, @Nullable CaCertificate loser, long index) {
        List<Retired> next = new ArrayList<>(retired);
        if (loser != null) {
            next.removeIf(gone -> gone.sha256().equals(loser.sha256()));
            next.add(new Retired(loser.sha256(), index));
        }
        if (next.size() > RETIRED_MAX) {
            next.removeFirst();
        }
        return new CaTrust(winner, null, false, List.of(), next);
    }
}
