package dev.quorate.node;

import dev.quorate.transport.Links;
import dev.quorate.types.NodeId;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;

/// The links of a node that is its whole cluster: there are none.
final class Unlinked implements Links {
    @Override
    public boolean send(NodeId to, int lane, ByteBuffer frames) {
        return false;
    }

    @Override
    public void peers(Map<NodeId, InetSocketAddress> addresses) {}

    @Override
    public InetSocketAddress localAddress() {
        return InetSocketAddress.createUnresolved("none", 0);
    }

    @Override
    public void close() {}
}
