package dev.quorate.transport;

/// How a connection, or the attempt to make one, came to its end.
enum Ending {
    /// The network's fault, or the peer's process is gone: counts against the link.
    FAULT,
    /// One side would not talk to the other. The link itself is in order.
    REFUSED,
    /// Somebody wanted it so.
    CLOSED
}
