package dev.quorate.metadata;

import dev.quorate.types.NodeId;

/// A node's right to plan against one version of a descriptor, for a while.
///
/// @param incarnation the holder's life that it was granted to: a restarted node has no lease of
///   its earlier life
/// @param expiresAtMicros log time from which the right is gone
public record DescriptorLease(
        DescriptorId descriptor,
        long version,
        NodeId node,
        long incarnation,
        long expiresAtMicros) {
    /// Longest lease, in microseconds of log time: an hour.
    public static final long LEASE_MICROS_MAX = 3_600_000_000L;

    public DescriptorLease {
        GroupInfo.requireNotNegative("version", version);
        GroupInfo.requireNotNegative("incarnation", incarnation);
        GroupInfo.requireNotNegative("expiry", expiresAtMicros);
    }

    /// Whether the right still holds at that log time.
    public boolean isLive(long stampMicros) {
        return stampMicros < expiresAtMicros;
    }
}
