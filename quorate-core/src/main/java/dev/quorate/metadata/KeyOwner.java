package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;

/// Whose a key is, by what group 0 has committed: the answer that a link needs when it sees a
/// certificate.
public sealed interface KeyOwner {
    /// The key of a node of the cluster, pinned or about to be.
    record Member(NodeId node) implements KeyOwner {}

    /// The key of a node that presented a join token and is not part of the cluster yet.
    record Arriving(NodeId node, Bytes tokenHash) implements KeyOwner {}

    /// A key that must not be let in.
    record Revoked(String reason) implements KeyOwner {}

    /// Nobody's.
    record Stranger() implements KeyOwner {}
}
