package dev.quorate.node.supervision;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread whose work is begun anew when it fails: at once the first time, then after pauses that
/// double up to a limit, and at once again after it has worked for a while. For parts that keep no
/// promise to anybody and lose nothing when they start over.
///
/// [#trouble] and [#restarts] may be called from any thread; the rest is the owner's.
public final class SupervisedThread {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisedThread.class);

    private final Work work;
    private final Backoff backoff;
    private final Thread thread;
    private volatile boolean stopping;
    private volatile String trouble = "";
    private volatile int restarts;

    /// What the thread does.
    @FunctionalInterface
    public interface Work {
        /// Works until it is told to stop, by whatever means; begins with fresh state each time.
        ///
        /// @throws Exception to be begun anew
        void run() throws Exception;
    }

    /// How long to wait before another try.
    ///
    /// @param first the pause before the second try
    /// @param most the longest pause
    /// @param steady who has worked for so long is not held to former failures
    public record Backoff(Duration first, Duration most, Duration steady) {
        /// From 100 ms to 30 s; a minute of work makes good.
        public static final Backoff DEFAULT =
                new Backoff(Duration.ofMillis(100), Duration.ofSeconds(30), Duration.ofMinutes(1));

        public Backoff {
            if (first.isNegative() || first.isZero() || most.compareTo(first) < 0) {
                throw new IllegalArgumentException("pauses from " + first + " to " + most);
            }
        }

        long nanos(int failures) {
            int doublings = Math.min(failures - 2, 40);
            return failures < 2
                    ? 0
                    : Math.min(most.toNanos(), saturated(first.toNanos(), doublings));
        }

        private static long saturated(long nanos, int doublings) {
            return nanos > Long.MAX_VALUE >> doublings ? Long.MAX_VALUE : nanos << doublings;
        }
    }

    public SupervisedThread(String name, Backoff backoff, Work work) {
        this.work = work;
        this.backoff = backoff;
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    /// Begins.
    public void start() {
        thread.start();
    }

    /// Why the work is not done just now; empty while it is.
    public String trouble() {
        return trouble;
    }

    /// How often the work was begun anew.
    public int restarts() {
        return restarts;
    }

    /// Begins the work no more, ends a pause, and waits for the thread to end. The work itself must
    /// have been told to stop.
    public void join() {
        stopping = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive() && thread != Thread.currentThread()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        int failures = 0;
        int begunAnew = 0;
        while (!stopping) {
            long begunNanos = System.nanoTime();
            trouble = "";
            try {
                work.run();
                return;
            } catch (Exception | Error failure) {
                boolean steady = System.nanoTime() - begunNanos - backoff.steady().toNanos() >= 0;
                failures = steady ? 1 : failures + 1;
                trouble = "failed and will be started again: " + failure;
                long pauseNanos = backoff.nanos(failures);
                LOG.error(
                        "{} has failed; it starts again in {} ms",
                        thread.getName(),
                        pauseNanos / 1_000_000,
                        failure);
                pause(pauseNanos);
                restarts = ++begunAnew;
            }
        }
    }

    private void pause(long nanos) {
        long untilNanos = System.nanoTime() + nanos;
        while (!stopping && untilNanos - System.nanoTime() > 0) {
            LockSupport.parkNanos(this, untilNanos - System.nanoTime());
            // whoever interrupts a thread that pauses wants it to go on, not to spin
            var _ = Thread.interrupted();
        }
    }
}
