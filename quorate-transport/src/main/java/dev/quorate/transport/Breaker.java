package dev.quorate.transport;

import java.util.random.RandomGenerator;

/// Keeps a node from dialling a peer that cannot be reached again and again: after a few faults in
/// a row it opens, and lets one probe through after each pause.
///
/// Only the link's own faults count. That a peer refuses to talk, or fails at what it was asked,
/// says nothing about the link. Owned by one event loop; the state may be read from any thread.
final class Breaker {
    /// Whether the peer counts as reachable.
    enum State {
        /// It does.
        CLOSED,
        /// It does not; the next attempt is a probe.
        OPEN,
        /// One attempt is under way to find out.
        PROBING
    }

    /// Faults in a row that open it.
    static final int FAULTS_MAX = 3;

    private static final int DOUBLINGS_MAX = 16;

    private final long pauseMinNanos;
    private final long pauseMaxNanos;
    private final RandomGenerator random;
    private int faults;
    private int refusals;
    private volatile State state = State.CLOSED;

    /// @param pauseMinNanos after the first fault; doubles up to `pauseMaxNanos`
    Breaker(long pauseMinNanos, long pauseMaxNanos, RandomGenerator random) {
        this.pauseMinNanos = pauseMinNanos;
        this.pauseMaxNanos = pauseMaxNanos;
        this.random = random;
    }

    State state() {
        return state;
    }

    /// An attempt begins.
    void attempted() {
        if (state == State.OPEN) {
            state = State.PROBING;
        }
    }

    /// The peer was reached.
    void succeeded() {
        faults = 0;
        refusals = 0;
        state = State.CLOSED;
    }

    /// There is reason to believe in the peer: it called, or has another address.
    void encouraged() {
        faults = 0;
        refusals = 0;
    }

    /// An attempt failed, or the connection broke.
    ///
    /// @return how long to wait before the next attempt, in nanoseconds
    long faulted() {
        faults++;
        state = faults >= FAULTS_MAX ? State.OPEN : State.CLOSED;
        return pauseNanos(faults);
    }

    /// One side would not talk to the other: whoever was reached is no fault of the link.
    ///
    /// @return how long to wait before the next attempt, in nanoseconds
    long refused() {
        faults = 0;
        refusals++;
        state = State.CLOSED;
        return pauseNanos(refusals);
    }

    private long pauseNanos(int times) {
        long pause = pauseMinNanos << Math.min(times - 1, DOUBLINGS_MAX);
        pause = Math.min(pause, pauseMaxNanos);
        // half fixed, half random: peers that lost each other together do not return together
        return pause / 2 + random.nextLong(pause / 2 + 1);
    }
}
