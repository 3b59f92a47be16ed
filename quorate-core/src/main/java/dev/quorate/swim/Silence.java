package dev.quorate.swim;

import dev.quorate.types.Moment;
import java.time.Duration;

/// How long this node has heard nobody at all. While others are many and all of them are silent,
/// the likelier fault is our own: our packets wait somewhere, in or out. So we blame nobody, for a
/// while; after that it is a partition, and we are its smallest side.
///
/// With a single other member its silence cannot be told from our deafness: there is no such guard.
final class Silence {
    private final SwimConfig config;
    private final Table table;
    private long heardNanos;

    Silence(SwimConfig config, Table table, Moment start) {
        this.config = config;
        this.table = table;
        heardNanos = start.nanos();
    }

    /// Somebody was heard.
    ///
    /// @return for how long nobody had been, if that was long enough to matter; else zero
    Duration broken(Moment now) {
        boolean mattered = isDeaf(now);
        Duration silence = Duration.ofNanos(now.nanos() - heardNanos);
        heardNanos = now.nanos();
        return mattered ? silence : Duration.ZERO;
    }

    /// Time in which this process stood still was no silence of others.
    void postpone(Duration late) {
        heardNanos += late.toNanos();
    }

    /// Whether nobody has been heard for so long that our own verdicts are of no use to others.
    boolean isDeaf(Moment now) {
        return config.isLifeguard()
                && now.nanos() - heardNanos > 2 * config.timing().probeInterval().toNanos();
    }

    /// Whether a probe that began then says more about us than about its target.
    boolean covers(Moment now, long sinceNanos) {
        return isGuarded() && heardNanos - sinceNanos < 0 && !isPatienceOver(now);
    }

    /// Whether suspects must be given more time, since we would not hear their defence.
    boolean isIsolated(Moment now) {
        return isGuarded() && isDeaf(now) && !isPatienceOver(now);
    }

    /// When patience ends.
    long patienceEndNanos() {
        return heardNanos + config.suspicion().isolation().toNanos();
    }

    private boolean isPatienceOver(Moment now) {
        return now.nanos() - patienceEndNanos() >= 0;
    }

    private boolean isGuarded() {
        return config.isLifeguard() && table.size() > 2;
    }
}
