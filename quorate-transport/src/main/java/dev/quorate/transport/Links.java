package dev.quorate.transport;

import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A node's links to its peers: encrypted, authenticated both ways, re-formed by themselves.
///
/// A link is one way: what this node sends to a peer travels on the connection that this node
/// dialled, and what the peer sends travels on the peer's own. So [Listener#linkUp] speaks of the
/// way out only, and frames may arrive from a peer that cannot be reached at the moment.
///
/// Frames are delivered at most once. On one lane of one link they keep their order; across lanes,
/// and when a link breaks, they do not. All methods may be called from any thread and, [#close]
/// excepted, never block.
public interface Links extends AutoCloseable {
    /// Lanes of a link. Lane 0 carries what must not wait behind bulk: votes, heartbeats, reads.
    int LANES = 4;

    /// Longest frame, in bytes; a longer one is a protocol error and closes the link.
    int FRAME_BYTES_MAX = 4 << 20;

    /// Queues whole frames for a peer: each is a little-endian 32-bit length (of what follows it,
    /// at least 1 and at most [#FRAME_BYTES_MAX]) and that many bytes. The buffer, from its
    /// position to its limit, is the transport's from here on.
    ///
    /// @param lane 0 to [#LANES] - 1
    /// @return false if the link is down or its queue is full: the frames are dropped
    /// @throws IllegalArgumentException if the lane does not exist or the buffer does not hold
    ///   whole frames
    boolean send(NodeId to, int lane, ByteBuffer frames);

    /// Sets who the peers are and where they were last seen; the node itself is ignored. Links to
    /// others are closed, links to a changed address are formed anew, and every live connection is
    /// held against the pins again: call this after a pin changed, too.
    ///
    /// An unresolved address is looked up each time the peer is dialled.
    void peers(Map<NodeId, InetSocketAddress> addresses);

    /// What a peer understands as well as this node does; null while the link to it is down. Frames
    /// of types that are not in it would be refused.
    @Nullable FeatureSet features(NodeId peer);

    /// How the links do, by node.
    List<LinkStats> stats();

    /// Transfers of what is too large for frames, on connections of their own.
    BulkLinks bulk();

    /// Where this node listens.
    InetSocketAddress localAddress();

    /// Closes every link and frees the port. Waits for that, for a few seconds at most. The
    /// listener hears nothing afterwards.
    @Override
    void close();

    /// Hears what happens on the links. Called from several transport threads at once; must not
    /// block.
    interface Listener {
        /// Hello was answered: frames can pass to the peer.
        void linkUp(NodeId peer);

        /// What was in flight to the peer may be lost.
        void linkDown(NodeId peer, String cause);

        /// One frame, without its length; valid only during the call, little-endian. Calls for one
        /// peer never overlap.
        void received(NodeId from, ByteBuffer frame);

        /// A peer says that this node is part of the cluster no more, for ever. It has proved who
        /// it is.
        default void turnedAway(NodeId by, String why) {}

        /// Somebody was refused, or refused us; for the log and for status. Repetitions are held
        /// back and counted.
        ///
        /// @param who what is known of the other side: address, and name if it had one
        void refused(String who, String cause);
    }
}
