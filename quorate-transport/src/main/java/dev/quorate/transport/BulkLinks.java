package dev.quorate.transport;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Bulk transfers between peers, such as snapshots: on connections, a port and event loops of their
/// own, so that they do not hold up what the [Links] carry.
///
/// The receiver pulls. It says what it wants in a request that only both ends understand, and from
/// which byte on; so a transfer that broke is resumed by asking again with another offset. At most
/// [#WINDOW_BYTES] are under way at once: whoever is slow slows the other down.
///
/// All methods may be called from any thread and never block.
public interface BulkLinks {
    /// Longest request, in bytes.
    int REQUEST_BYTES_MAX = 4096;

    /// Longest chunk, in bytes.
    int CHUNK_BYTES_MAX = 32 << 10;

    /// Most that one transfer has under way, in bytes.
    int WINDOW_BYTES = 128 << 10;

    /// Those of a node without peers.
    BulkLinks NONE = new NoBulk();

    /// Begins to fetch from a peer. What comes of it is told to the sink, the end included.
    ///
    /// @param request what is wanted, at most [#REQUEST_BYTES_MAX] bytes
    /// @param offset bytes that are there already: the first chunk begins here
    /// @throws IllegalArgumentException if the request is too long or the offset negative
    Transfer fetch(NodeId from, Bytes request, long offset, Sink sink);

    /// Sets who answers the requests of peers; until then all are refused, to be asked again later.
    void serve(Server server);

    /// A transfer under way.
    interface Transfer {
        /// Ends it, at both sides. The sink hears [Sink#failed] unless it heard its end before.
        void cancel();
    }

    /// Takes what is fetched. Called on one virtual thread per transfer, so it may block: nothing
    /// more is asked for until it returns. Ends with exactly one of [#done] and [#failed].
    interface Sink {
        /// The next bytes, without gaps; the buffer is valid only during the call.
        ///
        /// @param offset where they belong
        /// @throws IOException if they cannot be kept: the transfer fails
        void chunk(long offset, ByteBuffer bytes) throws IOException;

        /// All came.
        ///
        /// @param totalBytes the length of the whole, the part before the first offset included
        /// @param sha256 of the whole, as computed and compared by both sides; null if the transfer
        ///   did not start at 0
        /// @throws IOException if it cannot be kept; nothing more is called
        void done(long totalBytes, @Nullable Bytes sha256) throws IOException;

        /// It ended early. What came is good: go on from there, or start anew.
        void failed(BulkFailure failure);
    }

    /// Answers the requests of peers.
    @FunctionalInterface
    interface Server {
        /// Opens what a peer asks for. Called on a virtual thread, so it may block, though not for
        /// longer than the idle timeout.
        ///
        /// @param peer who asks, as its certificate says
        /// @param offset where to begin
        /// @throws BulkRefused if the peer cannot have it
        /// @throws IOException if it cannot be read
        BulkSource open(NodeId peer, Bytes request, long offset) throws BulkRefused, IOException;
    }

    /// Bytes to be sent. Used by one virtual thread.
    interface BulkSource extends Closeable {
        /// Reads some of the next bytes into the buffer, at least one unless it is full; may block.
        ///
        /// @return how many, or -1 at the end
        int read(ByteBuffer into) throws IOException;
    }
}
