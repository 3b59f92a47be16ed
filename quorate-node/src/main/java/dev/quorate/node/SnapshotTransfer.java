package dev.quorate.node;

import dev.quorate.api.Outcome.Retry;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Carries the content of snapshots between nodes: the receiver pulls, from any offset.
interface SnapshotTransfer {
    /// Begins to fetch. What comes of it is told to the sink, the end included. Does not block.
    Running fetch(NodeId from, Bytes request, long offset, Sink sink);

    /// Sets who answers what peers ask for.
    void serve(Server server);

    /// A transfer under way.
    @FunctionalInterface
    interface Running {
        /// Ends it; the sink hears [Sink#failed] unless it heard its end before.
        void cancel();
    }

    /// Takes what is fetched, on one thread at a time; it may block. Ends with exactly one of
    /// [#done] and [#failed].
    interface Sink {
        /// The next bytes, without gaps; the buffer is valid only during the call.
        ///
        /// @throws IOException if they cannot be kept: the transfer fails
        void chunk(long offset, ByteBuffer bytes) throws IOException;

        /// All came.
        void done();

        /// It ended early; what came is good.
        void failed(Retry retry, String why);
    }

    /// Answers what peers ask for.
    @FunctionalInterface
    interface Server {
        /// Opens what a peer asks for; may block.
        ///
        /// @throws NotServed if the peer cannot have it
        /// @throws IOException if it cannot be read
        Source open(NodeId peer, Bytes request, long offset) throws NotServed, IOException;
    }

    /// Bytes to be sent. Used by one thread.
    interface Source extends Closeable {
        /// Reads some of the next bytes, at least one; may block.
        ///
        /// @return how many, or -1 at the end
        int read(ByteBuffer into) throws IOException;
    }

    /// A peer asked for what is not here.
    final class NotServed extends Exception {
        private static final long serialVersionUID = 1L;

        NotServed(String sentence) {
            super(sentence);
        }
    }
}
