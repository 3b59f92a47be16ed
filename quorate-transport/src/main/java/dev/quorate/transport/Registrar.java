package dev.quorate.transport;

import dev.quorate.types.NodeId;
import org.jspecify.annotations.Nullable;

/// Decides who gets a certificate: what the [EnrolmentDoor] asks.
@FunctionalInterface
public interface Registrar {
    /// Answers a request for this node's cluster. Called on a thread of its own and may wait, for
    /// group 0 above all; several calls run at once.
    ///
    /// @param caller who the other side has proved to be; null if it proved nothing
    EnrolmentReply answer(@Nullable NodeId caller, EnrolmentRequest request);
}
