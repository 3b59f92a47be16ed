package dev.quorate.node;

import dev.quorate.api.Outcome;
import java.time.Duration;

/// Counts what the reactor does: plain fields of one thread, published as a record once a second.
final class Counters {
    private static final long EVERY_NANOS = Duration.ofSeconds(1).toNanos();

    private long turns;
    private long inputs;
    private long applied;
    private long rejected;
    private long unknown;
    private long publishedNanos;
    private boolean ever;
    private volatile Snapshot published = new Snapshot(0, 0, 0, 0, 0, 0, 0, 0);

    /// Counts since the node started.
    ///
    /// @param turns of the reactor
    /// @param inputs taken from the mailbox
    /// @param applied requests answered with success
    /// @param rejected requests refused by the core
    /// @param unknown requests whose end is not known
    /// @param pending requests being worked on just now
    /// @param sent messages handed to the links
    /// @param unsent messages the links did not take
    record Snapshot(
            long turns,
            long inputs,
            long applied,
            long rejected,
            long unknown,
            int pending,
            long sent,
            long unsent) {}

    /// Counts a turn.
    ///
    /// @return whether a second has passed and the counts were published
    boolean turn(long nowNanos, int taken, int pending, PeerOutbox outbox) {
        turns++;
        inputs += taken;
        if (ever && nowNanos - publishedNanos < EVERY_NANOS) {
            return false;
        }
        ever = true;
        publishedNanos = nowNanos;
        published =
                new Snapshot(
                        turns,
                        inputs,
                        applied,
                        rejected,
                        unknown,
                        pending,
                        outbox.sent(),
                        outbox.dropped());
        return true;
    }

    void answered(Outcome outcome) {
        switch (outcome) {
            case Outcome.Applied _ -> applied++;
            case Outcome.Rejected _ -> rejected++;
            case Outcome.Unknown _ -> unknown++;
        }
    }

    Snapshot published() {
        return published;
    }
}
