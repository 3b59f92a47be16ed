package dev.quorate.transport;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.security.cert.X509Certificate;
import java.util.List;

/// What the enrolment door answers.
public sealed interface EnrolmentReply {
    /// A certificate.
    ///
    /// @param node whom it names
    /// @param chain the certificate first, then what leads to a root
    /// @param roots what to trust from now on
    /// @param peers the nodes of the cluster; empty when an existing node renews
    record Issued(
            NodeId node, List<X509Certificate> chain, List<X509Certificate> roots, List<Peer> peers)
            implements EnrolmentReply {
        public Issued {
            chain = List.copyOf(chain);
            roots = List.copyOf(roots);
            peers = List.copyOf(peers);
        }
    }

    /// A node of the cluster, as the answering node knows it.
    ///
    /// @param spkiPin SHA-256 of its key; empty while none is pinned
    /// @param links `host:port` for links
    /// @param enrol `host:port` of its enrolment door; empty if it has none
    record Peer(NodeId id, Bytes spkiPin, String links, String enrol) {}

    /// An authority with its key, for a node that issues certificates, too.
    record Issuer(ClusterCa authority) implements EnrolmentReply {}

    /// No.
    ///
    /// @param sentence why, and what to do
    record Refusal(Retry retry, String sentence) implements EnrolmentReply {}

    /// Whether asking again makes sense.
    enum Retry {
        /// The same request will never be granted.
        NEVER,
        /// It may be granted later.
        LATER,
        /// Another node may grant it.
        ELSEWHERE,
    }
}
