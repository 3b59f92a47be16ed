package dev.quorate.node;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.transport.BulkFailure;
import dev.quorate.transport.BulkLinks;
import dev.quorate.transport.BulkRefused;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Carries snapshots over the bulk connections. Made before the links are, since lanes that use it
/// start before them: until [#attach] it reaches nobody.
///
/// Thread-safe.
final class BulkTransfer implements SnapshotTransfer {
    private @Nullable BulkLinks bulk;
    private @Nullable Server server;

    /// The links are there.
    synchronized void attach(BulkLinks links) {
        bulk = links;
        if (server != null) {
            links.serve(serving(server));
        }
    }

    @Override
    public synchronized void serve(Server answering) {
        server = answering;
        if (bulk != null) {
            bulk.serve(serving(answering));
        }
    }

    @Override
    public Running fetch(NodeId from, Bytes request, long offset, Sink sink) {
        BulkLinks links;
        synchronized (this) {
            links = bulk;
        }
        if (links == null) {
            sink.failed(Retry.LATER, "the links of this node are not open yet");
            return () -> {};
        }
        return links.fetch(from, request, offset, new Arriving(sink))::cancel;
    }

    private static BulkLinks.Server serving(Server server) {
        return (peer, request, offset) -> {
            try {
                return new Leaving(server.open(peer, request, offset));
            } catch (NotServed none) {
                throw new BulkRefused(
                        BulkFailure.Code.NOT_FOUND, Retry.LATER, String.valueOf(none.getMessage()));
            }
        };
    }

    /// Bytes on their way to a peer.
    private record Leaving(Source source) implements BulkLinks.BulkSource {
        @Override
        public int read(ByteBuffer into) throws IOException {
            return source.read(into);
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }

    /// Bytes that come from a peer. The digest is compared where they are kept.
    private record Arriving(Sink sink) implements BulkLinks.Sink {
        @Override
        public void chunk(long offset, ByteBuffer bytes) throws IOException {
            sink.chunk(offset, bytes);
        }

        @Override
        public void done(long totalBytes, @Nullable Bytes sha256) {
            sink.done();
        }

        @Override
        public void failed(BulkFailure failure) {
            sink.failed(failure.retry(), failure.sentence());
        }
    }
}
