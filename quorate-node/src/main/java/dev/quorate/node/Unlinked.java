package dev.quorate.node;

import dev.quorate.transport.BulkLinks;
import dev.quorate.transport.LinkStats;
import dev.quorate.transport.Links;
import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The links of a node that is its whole cluster: there are none.
final class Unlinked implements Links {
    @Override
    public boolean send(NodeId to, int lane, ByteBuffer frames) {
        return false;
    }

    @Override
    public void peers(Map<NodeId, InetSocketAddress> addresses) {}

    @Override
    public @Nullable FeatureSet features(NodeId peer) {
        return null;
    }

    @Override
    public List<LinkStats> stats() {
        return List.of();
    }

    @Override
    public BulkLinks bulk() {
        return BulkLinks.NONE;
    }

    @Override
    public InetSocketAddress localAddress() {
        return InetSocketAddress.createUnresolved("none", 0);
    }

    @Override
    public void close() {}
}
