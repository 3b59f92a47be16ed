package dev.quorate.swim;

import dev.quorate.types.NodeId;

/// What is believed of one member, to be shown.
///
/// @param sinceNanos when that began, on the owner's monotonic clock
/// @param rttNanos smoothed round-trip time in nanoseconds, 0 while unknown
public record MemberStatus(
        NodeId id, Liveness state, Incarnation incarnation, long sinceNanos, long rttNanos) {}
