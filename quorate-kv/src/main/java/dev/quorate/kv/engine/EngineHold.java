package dev.quorate.kv.engine;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// One user's claim on an engine, which is closed when the last user lets go: whoever is still busy
/// never finds the store gone. Thread-safe.
public final class EngineHold implements AutoCloseable {
    private final Engine engine;
    private final AtomicInteger users;
    private final AtomicBoolean released = new AtomicBoolean();

    private EngineHold(Engine engine, AtomicInteger users) {
        this.engine = engine;
        this.users = users;
    }

    /// The first claim on an engine, which belongs to its users from now on.
    public static EngineHold first(Engine engine) {
        return new EngineHold(engine, new AtomicInteger(1));
    }

    /// The engine; only until [#close()].
    public Engine engine() {
        return engine;
    }

    /// A claim for one more user.
    ///
    /// @throws IllegalStateException if the engine is closed
    public EngineHold another() {
        if (users.getAndUpdate(n -> n == 0 ? 0 : n + 1) == 0) {
            throw new IllegalStateException("the store is closed");
        }
        return new EngineHold(engine, users);
    }

    /// Lets go; harmless when repeated.
    @Override
    public void close() {
        if (released.compareAndSet(false, true) && users.decrementAndGet() == 0) {
            engine.close();
        }
    }
}
