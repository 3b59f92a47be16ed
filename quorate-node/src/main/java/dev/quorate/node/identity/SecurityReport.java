package dev.quorate.node.identity;

import dev.quorate.types.NodeId;
import java.time.Instant;
import java.util.List;

/// What a node can say about certificates: its own, and what group 0 has decided.
///
/// @param trouble what keeps the certificates from being as they should; empty for nothing
public record SecurityReport(
        Certificate certificate, Trust trust, List<Revoked> revoked, String trouble) {
    public SecurityReport {
        revoked = List.copyOf(revoked);
    }

    /// The certificate in use.
    ///
    /// @param uri the node's name in it
    /// @param serial in hexadecimal
    /// @param spkiSha256 the key's pin, in hexadecimal
    /// @param issuerSha256 names the authority, in hexadecimal
    public record Certificate(
            String uri,
            String serial,
            String spkiSha256,
            String issuerSha256,
            Instant notBefore,
            Instant notAfter,
            Instant renewAt) {}

    /// Which authorities the cluster trusts. Hashes are in hexadecimal.
    ///
    /// @param issuer empty while none is established
    /// @param staged empty while no change is under way
    /// @param phase `steady`, `reissuing`, `ready-to-finalize` or `returning`
    /// @param reissued nodes that use a certificate of the staged authority
    /// @param waitingFor nodes that do not
    /// @param keysHere authorities whose keys this node holds
    public record Trust(
            String issuer,
            String staged,
            String phase,
            List<NodeId> reissued,
            List<NodeId> waitingFor,
            List<String> keysHere) {
        public Trust {
            reissued = List.copyOf(reissued);
            waitingFor = List.copyOf(waitingFor);
            keysHere = List.copyOf(keysHere);
        }
    }

    /// A key that nobody may use any more.
    ///
    /// @param node whose it was; 0 when it was nobody's
    public record Revoked(String spkiSha256, long node, String reason) {}

    /// A join token, without its secret.
    ///
    /// @param id the hash of its secret, in hexadecimal
    /// @param state `issued`, `in-flight`, `consumed`, `expired` or `aborted`
    /// @param node whom it is bound to, or was when it was consumed; 0 for nobody
    public record Token(String id, String state, Instant expiry, long node, List<Step> history) {
        public Token {
            history = List.copyOf(history);
        }
    }

    /// What happened to a token.
    ///
    /// @param index entry of group 0's log
    public record Step(Instant at, long index, String state, long node) {}
}
