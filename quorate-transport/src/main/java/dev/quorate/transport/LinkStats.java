package dev.quorate.transport;

import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import org.jspecify.annotations.Nullable;

/// How the link to one peer does, at one moment. Counts are since this node started.
///
/// @param up whether frames can pass to the peer
/// @param breaker whether the peer counts as reachable
/// @param features what both sides understand; null while the link is down
/// @param rttMicros from a keepalive to its echo, the last one; 0 if none was measured on this
///   connection. What waits on lane 0 is part of it
/// @param bytesOut bytes of frames handed to the carrier
/// @param framesOut frames queued
/// @param bytesIn bytes of frames from the peer, on the connection that it dialled
/// @param framesIn frames from the peer
/// @param queuedBytes what waits to be handed to the carrier
/// @param inFlightBytes what the carrier has not taken yet
/// @param framesRefused frames not queued: the link was down or its budget spent
/// @param dials attempts to reach the peer
/// @param losses how often an established link was lost
public record LinkStats(
        NodeId peer,
        boolean up,
        Reach breaker,
        @Nullable FeatureSet features,
        long rttMicros,
        long bytesOut,
        long framesOut,
        long bytesIn,
        long framesIn,
        long queuedBytes,
        long inFlightBytes,
        long framesRefused,
        long dials,
        long losses) {
    /// Whether a peer counts as reachable.
    public enum Reach {
        /// It does, until it proves otherwise.
        REACHABLE,
        /// Several attempts in a row failed; the next is a probe.
        UNREACHABLE,
        /// One attempt is under way to find out.
        PROBING
    }
}
