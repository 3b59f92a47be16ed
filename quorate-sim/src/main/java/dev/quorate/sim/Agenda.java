package dev.quorate.sim;

import java.util.PriorityQueue;

/// Simulated time: one queue of things to do, by instant and then by the order they were planned
/// in, so that a run has exactly one possible order.
final class Agenda {
    private record Event(long atNanos, long sequence, Runnable action)
            implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowNanos;
    private long planned;
    private long ran;

    /// Simulated nanoseconds since the run began.
    public long nowNanos() {
        return nowNanos;
    }

    /// How many events have run.
    public long ran() {
        return ran;
    }

    /// Plans an action at an instant; one in the past runs now.
    public void at(long atNanos, Runnable action) {
        events.add(new Event(Math.max(atNanos, nowNanos), planned++, action));
    }

    /// Plans an action after a delay in nanoseconds.
    public void after(long delayNanos, Runnable action) {
        at(nowNanos + delayNanos, action);
    }

    /// Runs the next event, unless none is due by `endNanos`; then time moves there.
    ///
    /// @return whether an event ran
    public boolean next(long endNanos) {
        Event event = events.peek();
        if (event == null || event.atNanos() > endNanos) {
            nowNanos = Math.max(nowNanos, endNanos);
            return false;
        }
        events.remove();
        nowNanos = event.atNanos();
        ran++;
        event.action().run();
        return true;
    }
}
