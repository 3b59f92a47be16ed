package dev.quorate.sim;

/// One operation on a list, as its client saw it.
///
/// @param value the number appended, unique in the run; 0 for a read
/// @param length how long the list was: before an append, and as a read found it; -1 while an
///   append has no answer
/// @param callNanos simulated time of the request
/// @param returnNanos simulated time of the answer; [Long#MAX_VALUE] when there was none, so that
///   the append may take effect at any later time, or never
record Appending(long value, int length, long callNanos, long returnNanos) {
    static Appending read(int length, long callNanos, long returnNanos) {
        return new Appending(0, length, callNanos, returnNanos);
    }

    static Appending unanswered(long value, long callNanos) {
        return new Appending(value, -1, callNanos, Long.MAX_VALUE);
    }

    boolean isRead() {
        return value == 0;
    }

    boolean isAnswered() {
        return returnNanos != Long.MAX_VALUE;
    }
}
