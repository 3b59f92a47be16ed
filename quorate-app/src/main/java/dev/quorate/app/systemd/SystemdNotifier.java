package dev.quorate.app.systemd;

import dev.quorate.node.Lifecycle;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells systemd how a node is: READY once it is, STATUS whenever that changes, WATCHDOG while it
/// works, STOPPING when it ends. What systemd does not take is logged once; it never stops a node.
public final class SystemdNotifier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SystemdNotifier.class);
    private static final Duration LOOK = Duration.ofMillis(200);
    // the node publishes its count of turns once a second, and makes one a second at least
    private static final long STILL_NANOS_MAX = Duration.ofSeconds(5).toNanos();

    private final NotifySocket socket;
    private final Watch watch;
    private final long watchdogNanos;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private String told = "";
    private boolean ready;
    private boolean stopping;
    private boolean complained;
    private long turns = -1;
    private long turnedNanos = System.nanoTime();
    private long pingedNanos;

    /// What is watched.
    ///
    /// @param turns grows as long as the node works
    public record Watch(Supplier<Lifecycle> lifecycle, LongSupplier turns) {}

    private SystemdNotifier(NotifySocket socket, Duration watchdog, Watch watch) {
        this.socket = socket;
        this.watch = watch;
        // twice per period, as sd_watchdog_enabled(3) asks
        watchdogNanos = watchdog.toNanos() / 2;
        pingedNanos = System.nanoTime() - watchdogNanos;
        thread = Thread.ofPlatform().daemon().name("quorate-systemd").unstarted(this::run);
    }

    /// A notifier if the environment asks for one, else null.
    public static @Nullable SystemdNotifier start(Map<String, String> environment, Watch watch) {
        String address = environment.getOrDefault("NOTIFY_SOCKET", "");
        if (address.isEmpty() || !System.getProperty("os.name", "").equals("Linux")) {
            return null;
        }
        try {
            SystemdNotifier notifier =
                    new SystemdNotifier(new NotifySocket(address), watchdog(environment), watch);
            notifier.thread.start();
            return notifier;
        } catch (IOException e) {
            LOG.warn("systemd is not told how this node is: {}", e.getMessage());
            return null;
        }
    }

    /// Zero if no watchdog is asked for, or not of this process.
    private static Duration watchdog(Map<String, String> environment) {
        String process = environment.getOrDefault("WATCHDOG_PID", "");
        if (!process.isEmpty() && !process.equals(Long.toString(ProcessHandle.current().pid()))) {
            return Duration.ZERO;
        }
        try {
            long micros = Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0"));
            return Duration.of(Math.max(0, micros), ChronoUnit.MICROS);
        } catch (ArithmeticException | NumberFormatException e) {
            LOG.warn("WATCHDOG_USEC is no number: {}", e.getMessage());
            return Duration.ZERO;
        }
    }

    private void run() {
        try {
            do {
                look();
            } while (!closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS));
            look();
        } catch (InterruptedException e) {
            LOG.info("systemd is told no more: interrupted");
        }
    }

    private void look() {
        Lifecycle now = watch.lifecycle().get();
        StringBuilder message = new StringBuilder();
        if (!ready && (now instanceof Lifecycle.Ready)) {
            ready = true;
            message.append("READY=1\n");
        }
        boolean ends =
                now instanceof Lifecycle.Draining
                        || now instanceof Lifecycle.Stopping
                        || now instanceof Lifecycle.Stopped
                        || now instanceof Lifecycle.Removed
                        || now instanceof Lifecycle.Failed;
        if (!stopping && ends) {
            stopping = true;
            message.append("STOPPING=1\n");
        }
        String status = now.describe().replace('\n', ' ');
        if (!status.equals(told)) {
            told = status;
            message.append("STATUS=").append(status).append('\n');
        }
        if (watchdogIsDue()) {
            message.append("WATCHDOG=1\n");
        }
        if (!message.isEmpty()) {
            send(message.toString());
        }
    }

    private boolean watchdogIsDue() {
        long nowNanos = System.nanoTime();
        long counted = watch.turns().getAsLong();
        if (counted != turns) {
            turns = counted;
            turnedNanos = nowNanos;
        }
        boolean due = watchdogNanos > 0 && nowNanos - pingedNanos >= watchdogNanos;
        if (due && nowNanos - turnedNanos <= STILL_NANOS_MAX) {
            pingedNanos = nowNanos;
            return true;
        }
        return false;
    }

    private void send(String message) {
        try {
            socket.send(message);
        } catch (IOException e) {
            if (!complained) {
                complained = true;
                LOG.warn("systemd did not take a message: {}", e.getMessage());
            }
        }
    }

    /// Tells the last state and ends.
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
