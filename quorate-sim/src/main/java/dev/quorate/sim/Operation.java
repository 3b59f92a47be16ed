package dev.quorate.sim;

/// One operation on a register, as its client saw it.
///
/// @param kind what was asked
/// @param argument the value written; unique in the run
/// @param expected the value that a compare-and-set asks for
/// @param observed the value that the register held before, as the answer said
/// @param callNanos simulated time of the request
/// @param returnNanos simulated time of the answer; [Long#MAX_VALUE] when there was none, so that
///   the operation may take effect at any later time, or never
public record Operation(
        Kind kind, long argument, long expected, long observed, long callNanos, long returnNanos) {
    /// What an operation does.
    public enum Kind {
        /// Observes the value.
        READ,
        /// Replaces the value.
        WRITE,
        /// Replaces the value if it is the expected one; observes it in any case.
        COMPARE_AND_SET,
    }

    /// Whether an answer came.
    public boolean isAnswered() {
        return returnNanos != Long.MAX_VALUE;
    }

    /// Whether the operation fits a register that holds `value`.
    boolean fits(long value) {
        return !isAnswered() || observed == value;
    }

    /// What the register holds afterwards.
    long after(long value) {
        return switch (kind) {
            case READ -> value;
            case WRITE -> argument;
            case COMPARE_AND_SET -> expected == value ? argument : value;
        };
    }
}
