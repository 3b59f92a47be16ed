package dev.quorate.kv;

import dev.quorate.api.StateMachine;
import dev.quorate.api.StateMachineFactory;
import dev.quorate.kv.engine.Engine;
import dev.quorate.kv.engine.MemoryEngine;
import dev.quorate.kv.engine.RocksEngine;
import dev.quorate.kv.state.KvStateMachine;
import dev.quorate.types.GroupId;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Opens the key–value state of each group that a node hosts, all in one engine.
///
/// Thread-safe. The engine is closed when this and every machine opened here are closed, whichever
/// comes last: a lane that is still busy never finds the store gone.
public final class KvStateMachines implements StateMachineFactory, AutoCloseable {
    private final Engine engine;

    /// One for this, one for each open machine.
    private final AtomicInteger users = new AtomicInteger(1);

    private final AtomicBoolean closed = new AtomicBoolean();

    private KvStateMachines(Engine engine) {
        this.engine = engine;
    }

    /// State in RocksDB, in `directory`, which no other process may use.
    ///
    /// @throws dev.quorate.kv.engine.EngineFailure if the store cannot be opened
    public static KvStateMachines rocks(Path directory) {
        return new KvStateMachines(RocksEngine.open(directory));
    }

    /// State on the heap: a restarted node replays its whole log.
    public static KvStateMachines memory() {
        return new KvStateMachines(new MemoryEngine());
    }

    @Override
    public StateMachine open(GroupId group) {
        if (users.getAndUpdate(n -> n == 0 ? 0 : n + 1) == 0) {
            throw new IllegalStateException("the store is closed; " + group + " cannot be opened");
        }
        AtomicBoolean done = new AtomicBoolean();
        Runnable once =
                () -> {
                    if (done.compareAndSet(false, true)) {
                        release();
                    }
                };
        try {
            return new KvStateMachine(engine, group, once);
        } catch (RuntimeException e) {
            once.run();
            throw e;
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            release();
        }
    }

    private void release() {
        if (users.decrementAndGet() == 0) {
            engine.close();
        }
    }
}
