package dev.quorate.transport;

import dev.quorate.types.NodeId;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;

/// A node's links to its peers: encrypted, authenticated both ways, re-formed by themselves.
///
/// Frames are delivered at most once. On one lane of one link they keep their order; across lanes,
/// and when a link breaks, they do not. All methods may be called from any thread and never block.
public interface Links extends AutoCloseable {
    /// Lanes of a link. Lane 0 carries what must not wait behind bulk: votes, heartbeats, reads.
    int LANES = 4;

    /// Longest frame, in bytes; a longer one is a protocol error and closes the link.
    int FRAME_BYTES_MAX = 4 << 20;

    /// Queues whole frames for a peer: each is a little-endian 32-bit length (of what follows it)
    /// and that many bytes. The buffer is the transport's from here on.
    ///
    /// @return false if the link is down or its queue is full: the frames are dropped
    boolean send(NodeId to, int lane, ByteBuffer frames);

    /// Sets who the peers are and where they were last seen. Links to others are closed.
    void peers(Map<NodeId, InetSocketAddress> addresses);

    /// Where this node listens.
    InetSocketAddress localAddress();

    @Override
    void close();

    /// Hears what happens on the links. Called from transport threads; must not block.
    interface Listener {
        /// Hello was answered: frames can pass.
        void linkUp(NodeId peer);

        /// What was in flight may be lost.
        void linkDown(NodeId peer, String cause);

        /// One frame, without its length; valid only during the call, little-endian.
        void received(NodeId from, ByteBuffer frame);

        /// Somebody was refused, or refused us; for the log and for status.
        ///
        /// @param who what is known of the other side: address, and name if it had one
        void refused(String who, String cause);
    }
}
