package dev.quorate.enrolment;

import dev.quorate.enrolment.EnrolmentDecision.Again;
import dev.quorate.enrolment.EnrolmentDecision.Issue;
import dev.quorate.enrolment.EnrolmentDecision.Refuse;
import dev.quorate.metadata.CaCertificate;
import dev.quorate.metadata.CaTrust;
import dev.quorate.metadata.CaTrustChange;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.KeyOwner;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import org.jspecify.annotations.Nullable;

/// Decides about certificates of nodes that are part of the cluster already. Pure.
public final class CertificateDesk {
    private CertificateDesk() {}

    /// What to do for a node that asks for its next certificate.
    ///
    /// @param nowMicros the wall clock, in microseconds since the epoch
    /// @param node who it says it is
    /// @param spkiSha256 the key that it proved to hold
    public static EnrolmentDecision renew(
            MetadataView view, long nowMicros, NodeId node, Bytes spkiSha256) {
        CaCertificate signer = view.trust().signer();
        if (signer == null) {
            return new Refuse(Again.NEVER, "this cluster has no certificate authority");
        }
        return switch (view.ownerOf(spkiSha256)) {
            case KeyOwner.Member(NodeId owner) when owner.equals(node) ->
                    new Issue(node, nowMicros, signer);
            case KeyOwner.Revoked(String reason) ->
                    new Refuse(Again.NEVER, "the key of " + node + " was revoked: " + reason);
            case KeyOwner.Member _, KeyOwner.Arriving _, KeyOwner.Stranger _ ->
                    new Refuse(Again.NEVER, "that is not the key of " + node);
        };
    }

    /// Why a node must not be given an authority's key; empty if it may have it. Only nodes that
    /// hold group 0 issue certificates.
    ///
    /// @param caller who it has proved to be
    public static String issuerRefusal(MetadataView view, NodeId caller, Bytes rootSha256) {
        NodeInfo info = view.topology().node(caller);
        if (info == null || view.isRevoked(caller)) {
            return caller + " is not a node of this cluster, or its key was revoked";
        }
        if (!holdsMetadata(view, caller) || info.state() != NodeState.ACTIVE) {
            return caller + " holds no replica of group 0, and only such nodes issue certificates";
        }
        return view.trust().trusted().stream().anyMatch(one -> one.sha256().equals(rootSha256))
                ? ""
                : "that authority is not trusted";
    }

    /// Whether the node holds a replica of group 0.
    public static boolean holdsMetadata(MetadataView view, NodeId node) {
        GroupInfo metadata = view.routing().group(GroupId.METADATA);
        return metadata != null && metadata.involves(node);
    }

    /// What a node has to report of the certificate it uses, or null when group 0 knows it.
    ///
    /// @param issuerSha256 the authority that issued the certificate in use
    public static @Nullable MetadataEntry report(
            MetadataView view, NodeId node, Bytes issuerSha256) {
        CaTrust trust = view.trust();
        CaCertificate signer = trust.signer();
        return signer != null
                        && signer.sha256().equals(issuerSha256)
                        && trust.needsReissue(node)
                        && view.topology().node(node) != null
                ? new CaTrustChange.NodeReissued(node, issuerSha256)
                : null;
    }
}
