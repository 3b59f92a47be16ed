package dev.quorate.node.liveness;

import dev.quorate.types.NodeId;
import java.nio.ByteBuffer;

/// Carries datagrams to other nodes. They may be lost, repeated and reordered, but neither read nor
/// forged by outsiders.
@FunctionalInterface
public interface Datagrams {
    /// Sends one datagram, from the buffer's position to its limit. Lost if there is no way to the
    /// receiver. Never blocks.
    void send(NodeId to, ByteBuffer datagram);
}
