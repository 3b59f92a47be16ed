package dev.quorate.node.supervision;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The register of what runs in a node. A part is entered once it has started, and only while all
/// it needs is running, so the order of the entries is an order of dependency; parts stop in the
/// opposite one, each within its own time. A part that does not is left behind, loudly: those after
/// it matter more (the journal is among the last).
///
/// Thread-safe.
public final class Subsystems {
    private static final Logger LOG = LoggerFactory.getLogger(Subsystems.class);

    private final List<Subsystem> running = new ArrayList<>();
    private boolean stopped;

    /// How one part is.
    ///
    /// @param trouble why it does not do its work just now; empty while it does
    public record State(String name, String trouble) {}

    /// How the stop of one part ended badly.
    public record Misstop(String name, String cause) {}

    /// Enters a part that has started.
    ///
    /// @throws IllegalStateException if its name is taken, something it needs is not running, or
    ///   all were stopped: the part was not entered, and is the caller's to stop
    public synchronized void started(Subsystem part) {
        if (stopped) {
            throw new IllegalStateException(part.name() + " has started after the stop");
        }
        if (find(part.name()) != null) {
            throw new IllegalStateException(part.name() + " is running already");
        }
        for (String need : part.needs()) {
            if (find(need) == null) {
                throw new IllegalStateException(
                        part.name() + " needs " + need + ", which is not running");
            }
        }
        running.add(part);
    }

    /// Something else stops a running part from now on.
    ///
    /// @throws IllegalStateException if no part of that name is running
    public synchronized void handedOver(Subsystem part) {
        Subsystem before = find(part.name());
        if (before == null) {
            throw new IllegalStateException(part.name() + " is not running");
        }
        running.set(running.indexOf(before), part);
    }

    /// Stops one part out of turn; nothing that needs it may be running.
    ///
    /// @throws IllegalStateException if something does
    public void stop(String name) {
        Subsystem part;
        synchronized (this) {
            part = find(name);
            if (part == null) {
                return;
            }
            for (Subsystem other : running) {
                if (other.needs().contains(name)) {
                    throw new IllegalStateException(other.name() + " needs " + name);
                }
            }
            running.remove(part);
        }
        var _ = stop(part);
    }

    /// Stops all parts, last started first.
    ///
    /// @return those that failed to stop, or not in time
    public List<Misstop> stopAll() {
        List<Misstop> bad = new ArrayList<>();
        for (Subsystem part = next(); part != null; part = next()) {
            Misstop misstop = stop(part);
            if (misstop != null) {
                bad.add(misstop);
            }
        }
        return bad;
    }

    private synchronized @Nullable Subsystem next() {
        stopped = true;
        return running.isEmpty() ? null : running.removeLast();
    }

    /// On a thread of its own, so that one that hangs holds up nobody for ever.
    private static @Nullable Misstop stop(Subsystem part) {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread stopping =
                Thread.ofPlatform()
                        .name("quorate-stop-" + part.name())
                        .daemon()
                        .start(() -> {
                            try {
                                part.stop().run();
                            } catch (RuntimeException | Error e) {
                                failure.set(e);
                            }
                        });
        boolean ended = joined(stopping, part.stopWithin());
        Throwable failed = failure.get();
        if (!ended) {
            StringBuilder where = new StringBuilder();
            for (StackTraceElement frame : stopping.getStackTrace()) {
                where.append("\n    at ").append(frame);
            }
            LOG.error(
                    "{} did not stop within {} and is left behind{}",
                    part.name(),
                    part.stopWithin(),
                    where);
            return new Misstop(part.name(), "did not stop within " + part.stopWithin());
        }
        if (failed != null) {
            LOG.error("{} did not stop in order", part.name(), failed);
            return new Misstop(part.name(), failed.toString());
        }
        return null;
    }

    /// Waits whatever happens to the thread that waits; an interrupt is kept for the caller.
    private static boolean joined(Thread thread, Duration limit) {
        long untilNanos = System.nanoTime() + limit.toNanos();
        boolean interrupted = false;
        boolean ended = false;
        while (!ended && untilNanos - System.nanoTime() > 0) {
            try {
                ended = thread.join(Duration.ofNanos(untilNanos - System.nanoTime()));
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return ended || !thread.isAlive();
    }

    /// How every part is, in the order in which they started.
    public synchronized List<State> states() {
        return running.stream().map(part -> new State(part.name(), part.trouble().get())).toList();
    }

    /// What is wrong with the first part that is in trouble; empty when none is.
    public String trouble() {
        for (State state : states()) {
            if (!state.trouble().isEmpty()) {
                return state.name() + ": " + state.trouble();
            }
        }
        return "";
    }

    private @Nullable Subsystem find(String name) {
        for (Subsystem part : running) {
            if (part.name().equals(name)) {
                return part;
            }
        }
        return null;
    }
}
