package dev.quorate.node;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Snapshots between nodes of one process; transfers can be made to break.
final class LocalTransfers {
    private final Map<NodeId, SnapshotTransfer.Server> servers = new ConcurrentHashMap<>();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicLong carriedBytes = new AtomicLong();
    private volatile long breakAfterBytes = Long.MAX_VALUE;

    /// The transfers of one node.
    SnapshotTransfer of(NodeId self) {
        return new SnapshotTransfer() {
            @Override
            public Running fetch(NodeId from, Bytes request, long offset, Sink sink) {
                AtomicBoolean cancelled = new AtomicBoolean();
                Thread.ofVirtual().start(() -> carry(self, from, request, offset, sink, cancelled));
                return () -> cancelled.set(true);
            }

            @Override
            public void serve(Server server) {
                servers.put(self, server);
            }
        };
    }

    /// From now on each transfer breaks after so many bytes.
    void breakAfter(long bytes) {
        breakAfterBytes = bytes;
    }

    /// A node serves nobody any more.
    void leave(NodeId node) {
        servers.remove(node);
    }

    /// How many transfers were begun.
    int begun() {
        return begun.get();
    }

    /// How many bytes were carried by all of them.
    long carriedBytes() {
        return carriedBytes.get();
    }

    private void carry(
            NodeId self,
            NodeId from,
            Bytes request,
            long offset,
            SnapshotTransfer.Sink sink,
            AtomicBoolean cancelled) {
        SnapshotTransfer.Server server = servers.get(from);
        if (server == null) {
            sink.failed(Retry.LATER, from + " is not there");
            return;
        }
        begun.incrementAndGet();
        long carried = 0;
        try (SnapshotTransfer.Source source = server.open(self, request, offset)) {
            ByteBuffer buffer = ByteBuffer.allocate(1_000);
            while (source.read(buffer.clear()) >= 0) {
                if (cancelled.get() || carried >= breakAfterBytes) {
                    sink.failed(Retry.LATER, "the line broke");
                    return;
                }
                int length = buffer.flip().remaining();
                sink.chunk(offset + carried, buffer);
                carried += length;
                carriedBytes.addAndGet(length);
            }
            sink.done();
        } catch (SnapshotTransfer.NotServed | IOException refused) {
            sink.failed(Retry.LATER, String.valueOf(refused.getMessage()));
        }
    }
}
