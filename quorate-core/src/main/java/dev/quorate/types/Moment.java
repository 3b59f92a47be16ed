package dev.quorate.types;

/// What the shell's clocks said at the start of a turn. The core never asks a clock itself.
///
/// @param nanos monotonic, in nanoseconds, arbitrary origin: subtract before comparing
/// @param wallMicros microseconds since the Unix epoch; may jump
public record Moment(long nanos, long wallMicros) {}
