package dev.quorate.transport;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import org.jspecify.annotations.Nullable;

/// Says which key belongs to which node; whoever shows another key is refused.
///
/// Asked from transport threads at every handshake and at every [Links#peers]; must not block.
@FunctionalInterface
public interface Pins {
    /// The SHA-256 of the node's public key (its SubjectPublicKeyInfo in DER), or null if the node
    /// is unknown, removed or revoked.
    @Nullable Bytes pinOf(NodeId node);

    /// Why a node that shows this key is part of the cluster no more, for ever; null if nobody can
    /// say that. It is told so, that it need not go on trying.
    default @Nullable String whyGone(NodeId node, Bytes spkiSha256) {
        return null;
    }
}
