package dev.quorate.transport;

import io.netty.channel.EventLoop;

/// Makes connections to peers, all on one event loop.
interface Dialler {
    /// The loop that owns every connection made here.
    EventLoop loop();

    /// Begins to reach the connection's peer; what comes of it is told to the connection.
    Carrier dial(DialedConnection connection);

    /// Ends the loop and all that is left on it. From any thread; waits for a few seconds at most.
    void close();
}
