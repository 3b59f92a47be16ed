package dev.quorate.node.identity;

import dev.quorate.metadata.CaCertificate;
import dev.quorate.metadata.CaTrust;
import dev.quorate.metadata.Identities.RevokedKey;
import dev.quorate.metadata.JoinTokenState;
import dev.quorate.metadata.JoinTokenState.Lifecycle;
import dev.quorate.metadata.JoinTokenState.Presenter;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.node.identity.SecurityReport.Certificate;
import dev.quorate.node.identity.SecurityReport.Revoked;
import dev.quorate.node.identity.SecurityReport.Step;
import dev.quorate.node.identity.SecurityReport.Token;
import dev.quorate.node.identity.SecurityReport.Trust;
import dev.quorate.transport.NodeIdentity;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Renders what group 0 knows about certificates for those who ask.
final class SecurityView {
    private SecurityView() {}

    static Certificate certificate(NodeIdentity used, Instant renewAt) {
        return new Certificate(
                used.name().uri(),
                used.chain().getFirst().getSerialNumber().toString(16),
                hex(used.spkiSha256()),
                hex(used.issuerSha256()),
                used.notBefore(),
                used.notAfter(),
                renewAt);
    }

    static Trust trust(MetadataView view, List<Bytes> keysHere) {
        CaTrust trust = view.trust();
        List<NodeId> waiting = new ArrayList<>();
        for (NodeInfo node : view.topology().nodes()) {
            if (node.state() != NodeState.DECOMMISSIONED && trust.needsReissue(node.id())) {
                waiting.add(node.id());
            }
        }
        String phase;
        if (trust.staged() == null) {
            phase = "steady";
        } else if (trust.returning()) {
            phase = "returning";
        } else {
            phase = waiting.isEmpty() ? "ready-to-finalize" : "reissuing";
        }
        return new Trust(
                hash(trust.issuer()),
                hash(trust.staged()),
                phase,
                trust.reissued(),
                waiting,
                keysHere.stream().map(SecurityView::hex).toList());
    }

    static List<Revoked> revoked(MetadataView view) {
        List<Revoked> revoked = new ArrayList<>();
        for (RevokedKey key : view.identities().revoked()) {
            NodeId node = key.node();
            revoked.add(
                    new Revoked(
                            hex(key.spkiSha256()), node == null ? 0 : node.value(), key.reason()));
        }
        return revoked;
    }

    static List<Token> tokens(MetadataView view) {
        List<Token> tokens = new ArrayList<>();
        for (JoinTokenState token : view.tokens().tokens()) {
            List<Step> history = new ArrayList<>();
            for (JoinTokenState.Step step : token.history()) {
                history.add(
                        new Step(
                                instant(step.stampMicros()),
                                step.index(),
                                name(step.lifecycle()),
                                node(step.presenter())));
            }
            tokens.add(
                    new Token(
                            hex(token.hash()),
                            name(token.lifecycle()),
                            instant(token.expiresAtMicros()),
                            node(token.presenter()),
                            history));
        }
        return tokens;
    }

    static String hex(Bytes hash) {
        return HexFormat.of().formatHex(hash.toByteArray());
    }

    static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    private static long node(@Nullable Presenter presenter) {
        return presenter == null ? 0 : presenter.node().value();
    }

    private static String hash(@Nullable CaCertificate certificate) {
        return certificate == null ? "" : hex(certificate.sha256());
    }

    private static String name(Lifecycle lifecycle) {
        return switch (lifecycle) {
            case ISSUED -> "issued";
            case IN_FLIGHT -> "in-flight";
            case CONSUMED -> "consumed";
            case EXPIRED -> "expired";
            case ABORTED -> "aborted";
        };
    }
}
