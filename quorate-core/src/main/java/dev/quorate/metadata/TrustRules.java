package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataOutcome.Code.CONFLICT;
import static dev.quorate.metadata.MetadataOutcome.Code.INVALID;
import static dev.quorate.metadata.MetadataOutcome.Code.NOT_REISSUED;
import static dev.quorate.metadata.MetadataOutcome.Code.REVOKED;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_AUTHORITY;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_NODE;

import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.types.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides which authorities are trusted.
final class TrustRules {
    private TrustRules() {}

    static MetadataOutcome apply(Draft draft, CaTrustChange change) {
        return switch (change) {
            case CaTrustChange.Establish c -> establish(draft, c.certificate());
            case CaTrustChange.Stage c -> stage(draft, c.certificate());
            case CaTrustChange.NodeReissued c -> reissued(draft, c);
            case CaTrustChange.Finalize c -> finish(draft, c.caSha256());
            case CaTrustChange.Abandon c -> abandon(draft, c.caSha256());
        };
    }

    private static MetadataOutcome establish(Draft draft, CaCertificate certificate) {
        CaCertificate issuer = draft.trust.issuer();
        if (certificate.equals(issuer)) {
            return Draft.APPLIED;
        }
        if (issuer != null) {
            return new Rejected(
                    CONFLICT,
                    "the cluster was founded with "
                            + issuer
                            + "; stage "
                            + certificate
                            + " to replace it");
        }
        if (!certificate.isConsistent()) {
            return inconsistent(certificate);
        }
        draft.trust = draft.trust.established(certificate);
        return Draft.APPLIED;
    }

    private static MetadataOutcome stage(Draft draft, CaCertificate certificate) {
        CaTrust trust = draft.trust;
        CaCertificate staged = trust.staged();
        if (certificate.equals(staged)) {
            draft.trust = trust.advancing(certificate);
            return Draft.APPLIED;
        }
        if (trust.issuer() == null) {
            return new Rejected(
                    UNKNOWN_AUTHORITY,
                    "the cluster has no CA that " + certificate + " could follow");
        }
        if (staged != null) {
            return new Rejected(
                    CONFLICT, staged + " is staged already: finalize or abandon it first");
        }
        if (certificate.sha256().equals(trust.issuer().sha256())) {
            return new Rejected(INVALID, certificate + " is the issuer already");
        }
        if (trust.isRetired(certificate.sha256())) {
            return new Rejected(REVOKED, certificate + " was retired and is not trusted again");
        }
        if (!certificate.isConsistent()) {
            return inconsistent(certificate);
        }
        draft.trust = trust.advancing(certificate);
        return Draft.APPLIED;
    }

    private static MetadataOutcome reissued(Draft draft, CaTrustChange.NodeReissued change) {
        CaTrust trust = draft.trust;
        if (draft.topology.node(change.node()) == null) {
            return new Rejected(UNKNOWN_NODE, change.node() + " is not part of the cluster");
        }
        if (isNamed(trust.staged(), change.caSha256())) {
            draft.trust = trust.with(change.node());
            return Draft.APPLIED;
        }
        if (isNamed(trust.issuer(), change.caSha256())) {
            draft.trust = trust.without(change.node(), draft.index);
            return Draft.APPLIED;
        }
        return unknown(change.caSha256());
    }

    private static MetadataOutcome finish(Draft draft, Bytes sha256) {
        CaTrust trust = draft.trust;
        if (trust.staged() == null && isNamed(trust.issuer(), sha256)) {
            return Draft.APPLIED;
        }
        if (!isNamed(trust.staged(), sha256)) {
            return unknown(sha256);
        }
        if (trust.returning()) {
            return new Rejected(
                    CONFLICT, trust.staged() + " was abandoned; stage it again to go on with it");
        }
        List<NodeInfo> missing =
                draft.topology.nodes().stream()
                        .filter(node -> node.state() != NodeState.DECOMMISSIONED)
                        .filter(node -> !trust.hasReissued(node.id()))
                        .toList();
        if (!missing.isEmpty()) {
            return new Rejected(
                    NOT_REISSUED,
                    missing.size()
                            + " nodes still use certificates of the old CA, the first is "
                            + missing.getFirst().id());
        }
        draft.trust = trust.finalized(draft.index);
        return Draft.APPLIED;
    }

    private static MetadataOutcome abandon(Draft draft, Bytes sha256) {
        CaTrust trust = draft.trust;
        if (trust.staged() == null && trust.isRetired(sha256)) {
            return Draft.APPLIED;
        }
        if (!isNamed(trust.staged(), sha256)) {
            return unknown(sha256);
        }
        draft.trust = trust.abandoned(draft.index);
        return Draft.APPLIED;
    }

    private static boolean isNamed(@Nullable CaCertificate certificate, Bytes sha256) {
        return certificate != null && certificate.sha256().equals(sha256);
    }

    private static Rejected inconsistent(CaCertificate certificate) {
        return new Rejected(INVALID, certificate + ": the hash is not that of the certificate");
    }

    private static Rejected unknown(Bytes sha256) {
        return new Rejected(
                UNKNOWN_AUTHORITY, "CA " + Sha256.brief(sha256) + " is neither issuer nor staged");
    }
}
