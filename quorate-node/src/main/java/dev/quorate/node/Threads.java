package dev.quorate.node;

/// Waiting for threads to end, whatever happens to the one that waits.
final class Threads {
    private Threads() {}

    /// Waits until `thread` has ended; an interrupt is kept for the caller.
    static void join(Thread thread) {
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
}
