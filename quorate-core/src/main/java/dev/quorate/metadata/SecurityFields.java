package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The fields of entries and parts of the state that say which authorities and keys count. Tags are
/// never changed or used again.
final class SecurityFields {
    private SecurityFields() {}

    static FieldWriter write(FieldWriter to, MetadataEntry.RevokeIdentity e) {
        return to.optionalNode(1, e.node()).bytes(2, e.spkiSha256()).text(3, e.reason());
    }

    static FieldWriter write(FieldWriter to, MetadataEntry.DenyNode e) {
        return to.number(1, e.node().value())
                .text(2, e.reason())
                .numbers(3, e.silent().stream().mapToLong(NodeId::value).toArray())
                .flag(4, e.care() == MetadataEntry.DenyNode.Care.FORCED);
    }

    static FieldWriter write(FieldWriter to, CaTrustChange change) {
        return switch (change) {
            case CaTrustChange.Establish e -> certificate(to, e.certificate());
            case CaTrustChange.Stage e -> certificate(to, e.certificate());
            case CaTrustChange.NodeReissued e ->
                    to.number(1, e.node().value()).bytes(2, e.caSha256());
            case CaTrustChange.Finalize e -> to.bytes(1, e.caSha256());
            case CaTrustChange.Abandon e -> to.bytes(1, e.caSha256());
        };
    }

    static FieldWriter write(FieldWriter to, NodeKeyChange change) {
        FieldWriter node = to.number(1, change.node().value());
        return switch (change) {
            case NodeKeyChange.Stage e -> node.bytes(2, e.next()).bytes(3, e.current());
            case NodeKeyChange.Confirm e -> node.bytes(2, e.next());
            case NodeKeyChange.Abandon e -> node.bytes(2, e.next());
        };
    }

    static MetadataEntry read(EntryKind kind, FieldReader from) {
        return switch (kind) {
            case REVOKE_IDENTITY -> {
                NodeId node = from.optionalNode(1);
                Bytes key = from.bytes(2);
                String reason = from.text(3);
                yield new MetadataEntry.RevokeIdentity(node, key, reason, from.unknown());
            }
            case DENY_NODE -> {
                NodeId node = from.node(1);
                String reason = from.text(2);
                List<NodeId> silent = new ArrayList<>();
                for (long id : from.numbers(3)) {
                    silent.add(new NodeId(id));
                }
                MetadataEntry.DenyNode.Care care =
                        from.flag(4)
                                ? MetadataEntry.DenyNode.Care.FORCED
                                : MetadataEntry.DenyNode.Care.SAFE;
                yield new MetadataEntry.DenyNode(node, reason, silent, care, from.unknown());
            }
            case CA_ESTABLISH -> {
                CaCertificate certificate = readCertificate(from);
                yield new CaTrustChange.Establish(certificate, from.unknown());
            }
            case CA_STAGE -> {
                CaCertificate certificate = readCertificate(from);
                yield new CaTrustChange.Stage(certificate, from.unknown());
            }
            case CA_NODE_REISSUED -> {
                NodeId node = from.node(1);
                Bytes ca = from.bytes(2);
                yield new CaTrustChange.NodeReissued(node, ca, from.unknown());
            }
            case CA_FINALIZE -> new CaTrustChange.Finalize(from.bytes(1), from.unknown());
            case CA_ABANDON -> new CaTrustChange.Abandon(from.bytes(1), from.unknown());
            case NODE_KEY_STAGE -> {
                NodeId node = from.node(1);
                Bytes next = from.bytes(2);
                Bytes current = from.bytes(3);
                yield new NodeKeyChange.Stage(node, current, next, from.unknown());
            }
            case NODE_KEY_CONFIRM -> {
                NodeId node = from.node(1);
                Bytes next = from.bytes(2);
                yield new NodeKeyChange.Confirm(node, next, from.unknown());
            }
            case NODE_KEY_ABANDON -> {
                NodeId node = from.node(1);
                Bytes next = from.bytes(2);
                yield new NodeKeyChange.Abandon(node, next, from.unknown());
            }
            default -> throw from.malformed("not an entry about authorities or keys: " + kind);
        };
    }

    static FieldWriter trust(CaTrust trust) {
        long[] reissued = trust.reissued().stream().mapToLong(NodeId::value).toArray();
        List<byte[]> retired = new ArrayList<>();
        for (CaTrust.Retired gone : trust.retired()) {
            retired.add(
                    new FieldWriter()
                            .bytes(1, gone.sha256())
                            .number(2, gone.index())
                            .toByteArray());
        }
        return new FieldWriter()
                .message(1, optional(trust.issuer()))
                .message(2, optional(trust.staged()))
                .flag(3, trust.returning())
                .numbers(4, reissued)
                .sequence(5, retired);
    }

    static CaTrust readTrust(ByteBuffer encoded) {
        FieldReader from = new FieldReader("trust", encoded);
        CaCertificate issuer = readOptional(from.message(1));
        CaCertificate staged = readOptional(from.message(2));
        boolean returning = from.flag(3);
        List<NodeId> reissued = new ArrayList<>();
        for (long node : from.numbers(4)) {
            reissued.add(new NodeId(node));
        }
        List<CaTrust.Retired> retired = new ArrayList<>();
        for (ByteBuffer part : from.sequence(5)) {
            FieldReader gone = new FieldReader("retired authority", part);
            retired.add(new CaTrust.Retired(gone.bytes(1), gone.number(2)));
            gone.requireAllKnown();
        }
        from.requireAllKnown();
        return new CaTrust(issuer, staged, returning, reissued, retired);
    }

    static FieldWriter identities(Identities identities) {
        List<byte[]> staged = new ArrayList<>();
        for (Identities.StagedKey key : identities.staged()) {
            staged.add(
                    new FieldWriter()
                            .number(1, key.node().value())
                            .bytes(2, key.spkiSha256())
                            .toByteArray());
        }
        List<byte[]> revoked = new ArrayList<>();
        for (Identities.RevokedKey key : identities.revoked()) {
            revoked.add(
                    new FieldWriter()
                            .bytes(1, key.spkiSha256())
                            .optionalNode(2, key.node())
                            .text(3, key.reason())
                            .number(4, key.index())
                            .toByteArray());
        }
        return new FieldWriter().sequence(1, staged).sequence(2, revoked);
    }

    static Identities readIdentities(ByteBuffer encoded) {
        FieldReader from = new FieldReader("identities", encoded);
        List<Identities.StagedKey> staged = new ArrayList<>();
        for (ByteBuffer part : from.sequence(1)) {
            FieldReader key = new FieldReader("staged key", part);
            staged.add(new Identities.StagedKey(key.node(1), key.bytes(2)));
            key.requireAllKnown();
        }
        List<Identities.RevokedKey> revoked = new ArrayList<>();
        for (ByteBuffer part : from.sequence(2)) {
            FieldReader key = new FieldReader("revoked key", part);
            revoked.add(
                    new Identities.RevokedKey(
                            key.bytes(1), key.optionalNode(2), key.text(3), key.number(4)));
            key.requireAllKnown();
        }
        from.requireAllKnown();
        return new Identities(staged, revoked);
    }

    private static FieldWriter certificate(FieldWriter to, CaCertificate certificate) {
        return to.bytes(1, certificate.der()).bytes(2, certificate.sha256());
    }

    private static CaCertificate readCertificate(FieldReader from) {
        return new CaCertificate(from.bytes(1), from.bytes(2));
    }

    private static FieldWriter optional(@Nullable CaCertificate certificate) {
        FieldWriter to = new FieldWriter();
        return certificate == null ? to : certificate(to, certificate);
    }

    private static @Nullable CaCertificate readOptional(ByteBuffer encoded) {
        if (!encoded.hasRemaining()) {
            return null;
        }
        FieldReader from = new FieldReader("CA certificate", encoded);
        CaCertificate certificate = readCertificate(from);
        from.requireAllKnown();
        return certificate;
    }
}
