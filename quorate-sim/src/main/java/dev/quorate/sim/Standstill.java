package dev.quorate.sim;

import java.util.ArrayDeque;

/// Keeps back what a process that stands still would do, until it goes on.
final class Standstill {
    private final World world;
    private final ArrayDeque<Runnable> postponed = new ArrayDeque<>();
    private long untilNanos;

    Standstill(World world) {
        this.world = world;
    }

    boolean isPaused() {
        return world.nowNanos() < untilNanos;
    }

    /// Begins, or lasts longer.
    void begin(long nanos) {
        untilNanos = Math.max(untilNanos, world.nowNanos() + nanos);
        world.agenda.at(untilNanos, this::resume);
    }

    /// Ends it soon.
    void end() {
        untilNanos = Math.min(untilNanos, world.nowNanos());
        world.agenda.after(0, this::resume);
    }

    /// The process died: there is nothing to hold up any more.
    void forget() {
        untilNanos = 0;
    }

    void postpone(Runnable action) {
        postponed.add(action);
    }

    /// Does, in order, what was held up, unless it goes on.
    private void resume() {
        for (int left = postponed.size(); left > 0 && !isPaused(); left--) {
            postponed.removeFirst().run();
        }
    }
}
