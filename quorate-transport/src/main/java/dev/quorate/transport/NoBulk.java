package dev.quorate.transport;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;

/// The bulk transfers of a node that has no links: every fetch fails, and nobody asks.
final class NoBulk implements BulkLinks {
    @Override
    public Transfer fetch(NodeId from, Bytes request, long offset, Sink sink) {
        BulkFailure failure =
                new BulkFailure(BulkFailure.Code.LINK, Retry.NEVER, "this node has no links");
        Thread.ofVirtual().start(() -> sink.failed(failure));
        return () -> {};
    }

    @Override
    public void serve(Server server) {}
}
