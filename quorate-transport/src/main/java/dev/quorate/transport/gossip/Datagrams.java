package dev.quorate.transport.gossip;

import dev.quorate.types.NodeId;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;

/// Carries datagrams between nodes. They may be lost, repeated and reordered, but neither read nor
/// forged by outsiders. All methods may be called from any thread and, [#close] excepted, never
/// block for long.
public interface Datagrams extends AutoCloseable {
    /// Sends one datagram, from the buffer's position to its limit. Lost if nobody knows where the
    /// receiver is.
    void send(NodeId to, ByteBuffer datagram);

    /// Sets where the peers are; others are forgotten.
    void peers(Map<NodeId, InetSocketAddress> addresses);

    /// Stops, and frees the port. The listener hears nothing afterwards.
    @Override
    void close();

    /// Hears what arrives. Called from one transport thread; must not block.
    interface Listener {
        /// One datagram; valid only during the call.
        ///
        /// @param from the sender, as far as the seal proves it
        void received(NodeId from, ByteBuffer datagram);

        /// The socket has failed; nothing more will arrive.
        void failed(String cause);
    }
}
