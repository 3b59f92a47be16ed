package dev.quorate.transport;

import dev.quorate.types.NodeId;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.Set;

/// How transfers get their streams. All methods but [#loop] and [#end] belong to the loop.
interface Fetching {
    /// The loop on which streams are opened. From any thread.
    EventLoop loop();

    /// Opens a stream to a peer for a transfer, or fails it.
    void begin(NodeId peer, InetSocketAddress address, BulkFetch fetch);

    /// Ends what is under way with others, and holds all certificates against the pins again.
    void peers(Set<NodeId> peers);

    /// Holds all certificates against pins and roots again.
    void judgeAgain();

    /// Ends all that is under way.
    void closeAll(String cause);

    /// Ends the loop. From any thread; waits for a few seconds at most.
    void end();
}
