package dev.quorate.transport;

import java.net.InetSocketAddress;

/// A port on which peers call.
interface Listening {
    /// Keeps the connections that come of it.
    Acceptor acceptor();

    /// Where it listens.
    InetSocketAddress address();

    /// Says goodbye to all callers and frees the port; waits for a few seconds at most.
    void close();
}
