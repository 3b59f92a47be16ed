package dev.quorate.sim.differential;

import java.util.Comparator;
import java.util.PriorityQueue;

/// Virtual time: what is to happen, in the order of its moments, equal ones in the order planned.
final class Timeline {
    private record Event(long nanos, long order, Runnable action) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::nanos).thenComparingLong(Event::order));
    private long nowNanos;
    private long planned;

    long nowNanos() {
        return nowNanos;
    }

    void after(long nanos, Runnable action) {
        events.add(new Event(nowNanos + nanos, planned++, action));
    }

    /// Lets time pass.
    void runUntil(long nanos) {
        while (!events.isEmpty() && events.peek().nanos() <= nanos) {
            Event next = events.remove();
            nowNanos = next.nanos();
            next.action().run();
        }
        nowNanos = nanos;
    }
}
