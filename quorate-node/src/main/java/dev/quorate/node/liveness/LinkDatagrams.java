package dev.quorate.node.liveness;

import dev.quorate.transport.Links;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import dev.quorate.wire.FrameType;
import dev.quorate.wire.PeerCodec;
import dev.quorate.wire.PeerMessage;
import java.nio.ByteBuffer;

/// Carries the failure detector's datagrams as frames of the links. So they are encrypted, their
/// sender is proven by its key, and a revoked node is not heard; no further port is needed.
///
/// A datagram to a peer without a link is lost: whoever cannot be reached so is asked for through
/// others.
public final class LinkDatagrams implements Datagrams {
    private static final int URGENT_LANE = 0;

    private final Links links;

    /// @param links opened and closed by the caller
    public LinkDatagrams(Links links) {
        this.links = links;
    }

    @Override
    public void send(NodeId to, ByteBuffer datagram) {
        FeatureSet theirs = links.features(to);
        if (theirs == null || !theirs.allows(FrameType.GOSSIP)) {
            return;
        }
        PeerMessage.Gossip message =
                new PeerMessage.Gossip(Bytes.read(datagram, datagram.remaining()));
        ByteBuffer frame = ByteBuffer.allocate(PeerCodec.encodedBytes(message));
        PeerCodec.encode(message, frame);
        var _ = links.send(to, URGENT_LANE, frame.flip());
    }
}
