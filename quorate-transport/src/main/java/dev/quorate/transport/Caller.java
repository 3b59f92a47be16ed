package dev.quorate.transport;

import dev.quorate.types.NodeId;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;

/// The carrier of a connection that a peer dialled, as its [AcceptedConnection] sees it. All
/// methods belong to the accepting event loop.
interface Caller {
    /// The TLS engine, which knows the caller's certificate.
    SSLEngine engine();

    /// Where it calls from.
    SocketAddress remote();

    /// Answers on lane 0.
    void reply(ByteBuffer frame);

    /// Hands on a frame that came after hello; valid only during the call.
    ///
    /// @throws Refused if the peer has nothing to say here
    void received(NodeId from, ByteBuffer frame) throws Refused;

    /// Ends it with a sentence for the caller.
    ///
    /// @param certified whether the handshake is over, so that the caller can read the sentence
    void close(boolean certified, RefusalCode code, String sentence);
}
