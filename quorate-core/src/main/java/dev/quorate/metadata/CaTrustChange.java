package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;

/// A change of which authorities the nodes trust. One authority replaces another by overlap, so
/// that no link is lost on the way: stage the next, reissue every node's certificate, finalize.
public sealed interface CaTrustChange extends MetadataEntry {
    /// Records the authority that the cluster was founded with; there is no other way to the first.
    record Establish(CaCertificate certificate, UnknownFields unknown) implements CaTrustChange {
        /// An entry of this build's making.
        public Establish(CaCertificate certificate) {
            this(certificate, UnknownFields.NONE);
        }
    }

    /// From here on the certificate is trusted beside the issuer's, and signs what is issued. Said
    /// again after [Abandon] while nodes are on their way back, it turns them round.
    record Stage(CaCertificate certificate, UnknownFields unknown) implements CaTrustChange {
        /// An entry of this build's making.
        public Stage(CaCertificate certificate) {
            this(certificate, UnknownFields.NONE);
        }
    }

    /// The node uses a certificate that this authority signed.
    ///
    /// @param caSha256 names the issuer or the staged authority
    record NodeReissued(NodeId node, Bytes caSha256, UnknownFields unknown)
            implements CaTrustChange {
        public NodeReissued {
            Sha256.require("the name of a CA certificate", caSha256);
        }

        /// An entry of this build's making.
        public NodeReissued(NodeId node, Bytes caSha256) {
            this(node, caSha256, UnknownFields.NONE);
        }
    }

    /// The staged authority becomes the issuer and the old one is trusted no more. Rejected until
    /// every node has reissued.
    ///
    /// @param caSha256 names the staged authority
    record Finalize(Bytes caSha256, UnknownFields unknown) implements CaTrustChange {
        public Finalize {
            Sha256.require("the name of a CA certificate", caSha256);
        }

        /// An entry of this build's making.
        public Finalize(Bytes caSha256) {
            this(caSha256, UnknownFields.NONE);
        }
    }

    /// The issuer stays after all. The staged authority is trusted until the last node that it
    /// signed for has a certificate of the issuer's again.
    ///
    /// @param caSha256 names the staged authority
    record Abandon(Bytes caSha256, UnknownFields unknown) implements CaTrustChange {
        public Abandon {
            Sha256.require("the name of a CA certificate", caSha256);
        }

        /// An entry of this build's making.
        public Abandon(Bytes caSha256) {
            this(caSha256, UnknownFields.NONE);
        }
    }
}
