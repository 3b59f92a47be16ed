package dev.quorate.sim.swim;

import java.util.PriorityQueue;

/// Simulated time: one queue of things to do, by instant and then by the order they were planned
/// in.
final class SwimTimeline {
    private record Event(long atNanos, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    /// More than these, and a machine asks to be woken in the past, again and again.
    private static final int EVENTS_PER_INSTANT_MAX = 100_000;

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowNanos;
    private long planned;
    private int atThisInstant;

    long nowNanos() {
        return nowNanos;
    }

    void at(long atNanos, Runnable action) {
        events.add(new Event(Math.max(atNanos, nowNanos), planned++, action));
    }

    /// Runs the next event, unless none is due by `endNanos`; then time moves there.
    boolean next(long endNanos) {
        Event event = events.peek();
        if (event == null || event.atNanos() > endNanos) {
            nowNanos = Math.max(nowNanos, endNanos);
            return false;
        }
        events.remove();
        atThisInstant = event.atNanos() == nowNanos ? atThisInstant + 1 : 0;
        if (atThisInstant > EVENTS_PER_INSTANT_MAX) {
            throw new IllegalStateException("time stands still at " + nowNanos + " ns");
        }
        nowNanos = event.atNanos();
        event.action().run();
        return true;
    }
}
