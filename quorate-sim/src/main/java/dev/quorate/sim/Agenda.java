package dev.quorate.sim;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Simulated time: one queue of things to do, by instant and then by the order they were planned
/// in, so that a run has exactly one possible order.
///
/// A heap of four branches in plain arrays: every event passes through here, and a queue of objects
/// took a tenth of all time.
final class Agenda {
    private static final int BRANCHES = 4;

    private long[] times = new long[1024];
    private long[] sequences = new long[1024];
    private @Nullable Runnable[] actions = new @Nullable Runnable[1024];
    private int size;
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
        if (size == times.length) {
            times = Arrays.copyOf(times, size * 2);
            sequences = Arrays.copyOf(sequences, size * 2);
            actions = Arrays.copyOf(actions, size * 2);
        }
        up(size++, Math.max(atNanos, nowNanos), planned++, action);
    }

    /// Plans an action after a delay in nanoseconds.
    public void after(long delayNanos, Runnable action) {
        at(nowNanos + delayNanos, action);
    }

    /// Runs the next event, unless none is due by `endNanos`; then time moves there.
    ///
    /// @return whether an event ran
    public boolean next(long endNanos) {
        if (size == 0 || times[0] > endNanos) {
            nowNanos = Math.max(nowNanos, endNanos);
            return false;
        }
        nowNanos = times[0];
        Runnable action = Objects.requireNonNull(actions[0]);
        removeFirst();
        ran++;
        action.run();
        return true;
    }

    private void removeFirst() {
        size--;
        long time = times[size];
        long sequence = sequences[size];
        Runnable action = actions[size];
        actions[size] = null;
        if (size > 0) {
            down(time, sequence, action);
        }
    }

    /// Places an event, from `hole` upwards.
    private void up(int hole, long time, long sequence, Runnable action) {
        int at = hole;
        while (at > 0) {
            int parent = (at - 1) / BRANCHES;
            // planned later: goes behind those of the same instant
            if (times[parent] <= time) {
                break;
            }
            move(parent, at);
            at = parent;
        }
        place(at, time, sequence, action);
    }

    /// Places an event, from the top downwards.
    private void down(long time, long sequence, @Nullable Runnable action) {
        int at = 0;
        while (true) {
            int first = at * BRANCHES + 1;
            if (first >= size) {
                break;
            }
            int least = first;
            int end = Math.min(first + BRANCHES, size);
            for (int child = first + 1; child < end; child++) {
                if (isBefore(times[child], sequences[child], times[least], sequences[least])) {
                    least = child;
                }
            }
            if (isBefore(time, sequence, times[least], sequences[least])) {
                break;
            }
            move(least, at);
            at = least;
        }
        place(at, time, sequence, action);
    }

    private static boolean isBefore(long time, long sequence, long otherTime, long otherSequence) {
        return time < otherTime || (time == otherTime && sequence < otherSequence);
    }

    private void move(int from, int to) {
        times[to] = times[from];
        sequences[to] = sequences[from];
        actions[to] = actions[from];
    }

    private void place(int at, long time, long sequence, @Nullable Runnable action) {
        times[at] = time;
        sequences[at] = sequence;
        actions[at] = action;
    }
}
