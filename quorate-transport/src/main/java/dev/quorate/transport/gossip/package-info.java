/// Datagrams between nodes: small, unordered, unreliable, sealed.
///
/// Start with [dev.quorate.transport.gossip.Datagrams]; [dev.quorate.transport.gossip.SealedUdp]
/// sends them over UDP under the cluster's key ring. May use the core's `types`.
@NullMarked
package dev.quorate.transport.gossip;

import org.jspecify.annotations.NullMarked;
