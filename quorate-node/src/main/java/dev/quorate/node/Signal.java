package dev.quorate.node;

import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Wakes one sleeping thread when there is something for it, and costs the others next to nothing
/// while it is awake.
final class Signal {
    private volatile boolean asleep;
    private volatile Thread sleeper = Thread.currentThread();

    /// Called after something was put where the sleeper looks. Any thread.
    void raise() {
        // without the fence our put could become visible after we looked, and both sides would
        // conclude that the other has nothing to do
        VarHandle.fullFence();
        if (asleep) {
            asleep = false;
            LockSupport.unpark(sleeper);
        }
    }

    /// Sleeps until raised, until `nanos` have passed, or not at all unless `nothingToDo`. May
    /// return early. Only the one owning thread.
    void sleep(long nanos, BooleanSupplier nothingToDo) {
        if (nanos <= 0) {
            return;
        }
        sleeper = Thread.currentThread();
        asleep = true;
        VarHandle.fullFence();
        if (nothingToDo.getAsBoolean()) {
            LockSupport.parkNanos(this, nanos);
        }
        asleep = false;
    }
}
