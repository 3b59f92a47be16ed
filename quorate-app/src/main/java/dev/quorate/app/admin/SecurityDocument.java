package dev.quorate.app.admin;

import dev.quorate.node.identity.SecurityReport;
import dev.quorate.types.NodeId;
import java.util.List;

/// What a node says about certificates and join tokens: the document at `/v1/security`. Hashes are
/// in hexadecimal, times in ISO 8601.
///
/// @param trouble what keeps the certificates from being as they should; empty for nothing
public record SecurityDocument(
        long nodeId,
        Certificate certificate,
        Trust trust,
        List<Revoked> revoked,
        List<Token> tokens,
        String trouble) {
    public SecurityDocument {
        revoked = List.copyOf(revoked);
        tokens = List.copyOf(tokens);
    }

    /// The certificate that the node uses.
    public record Certificate(
            String uri,
            String serial,
            String spkiSha256,
            String issuerSha256,
            String notBefore,
            String notAfter,
            String renewAt) {}

    /// Which authorities the cluster trusts; see [dev.quorate.node.identity.SecurityReport.Trust].
    public record Trust(
            String issuer,
            String staged,
            String phase,
            List<Long> reissued,
            List<Long> waitingFor,
            List<String> keysHere) {
        public Trust {
            reissued = List.copyOf(reissued);
            waitingFor = List.copyOf(waitingFor);
            keysHere = List.copyOf(keysHere);
        }
    }

    /// A key that nobody may use any more.
    public record Revoked(String spkiSha256, long node, String reason) {}

    /// A join token, without its secret.
    public record Token(String id, String state, String expiry, long node, List<Step> history) {
        public Token {
            history = List.copyOf(history);
        }
    }

    /// What happened to a token.
    public record Step(String at, long index, String state, long node) {}

    /// A token that was just made: the only time that its text is shown.
    public record NewToken(String id, String expiry, String token) {}

    /// Whether something was done, in a sentence.
    public record Done(String done) {}

    /// Why something was not done, in a sentence.
    public record Problem(String error) {}

    /// The document of a node.
    static SecurityDocument of(
            long nodeId, SecurityReport report, List<SecurityReport.Token> tokens) {
        SecurityReport.Certificate used = report.certificate();
        SecurityReport.Trust trust = report.trust();
        return new SecurityDocument(
                nodeId,
                new Certificate(
                        used.uri(),
                        used.serial(),
                        used.spkiSha256(),
                        used.issuerSha256(),
                        used.notBefore().toString(),
                        used.notAfter().toString(),
                        used.renewAt().toString()),
                new Trust(
                        trust.issuer(),
                        trust.staged(),
                        trust.phase(),
                        numbers(trust.reissued()),
                        numbers(trust.waitingFor()),
                        trust.keysHere()),
                report.revoked().stream()
                        .map(one -> new Revoked(one.spkiSha256(), one.node(), one.reason()))
                        .toList(),
                tokens.stream().map(SecurityDocument::token).toList(),
                report.trouble());
    }

    private static Token token(SecurityReport.Token token) {
        List<Step> history =
                token.history().stream()
                        .map(step ->
                                new Step(
                                        step.at().toString(),
                                        step.index(),
                                        step.state(),
                                        step.node()))
                        .toList();
        return new Token(
                token.id(), token.state(), token.expiry().toString(), token.node(), history);
    }

    private static List<Long> numbers(List<NodeId> nodes) {
        return nodes.stream().map(NodeId::value).toList();
    }
}
