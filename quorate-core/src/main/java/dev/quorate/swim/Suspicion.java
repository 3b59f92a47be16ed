package dev.quorate.swim;

import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;

/// One suspicion of one incarnation of one member, with this node's own timer: whoever hears of it
/// arms one, so that it ends even if the first accuser is gone.
///
/// The timer shrinks as independent accusers are heard (Lifeguard, LHA-Suspicion):
///
/// ```text
/// timeout = max − (max − min) · log(C + 1) / log(K + 1), but at least min
/// ```
///
/// with C accusers after the first and K of them expected. With K = 0 it is min at once.
final class Suspicion {
    private final int expected;
    private final long minNanos;
    private final long maxNanos;
    private final List<NodeId> accusers = new ArrayList<>();
    private long startNanos;

    Suspicion(long startNanos, NodeId accuser, int expected, long minNanos, long maxNanos) {
        if (expected < 0 || minNanos > maxNanos) {
            throw new IllegalArgumentException(
                    "expected=" + expected + ", min=" + minNanos + ", max=" + maxNanos);
        }
        this.startNanos = startNanos;
        this.expected = expected;
        this.minNanos = minNanos;
        this.maxNanos = maxNanos;
        accusers.add(accuser);
    }

    /// Another accuser was heard.
    ///
    /// @return whether that is news: it is independent, and one of the first K
    boolean confirm(NodeId accuser) {
        if (accusers.size() > expected || accusers.contains(accuser)) {
            return false;
        }
        accusers.add(accuser);
        return true;
    }

    /// Time in which this node could not hear a defence does not count.
    void postpone(long nanos) {
        startNanos += nanos;
    }

    NodeId firstAccuser() {
        return accusers.getFirst();
    }

    long deadlineNanos() {
        return startNanos + timeoutNanos(accusers.size() - 1, expected, minNanos, maxNanos);
    }

    static long timeoutNanos(int confirmations, int expected, long minNanos, long maxNanos) {
        if (expected == 0) {
            return minNanos;
        }
        double progress = Math.log(confirmations + 1.0) / Math.log(expected + 1.0);
        long timeout = maxNanos - (long) ((maxNanos - minNanos) * progress);
        return Math.max(minNanos, timeout);
    }
}
