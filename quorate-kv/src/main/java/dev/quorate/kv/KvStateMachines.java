package dev.quorate.kv;

import dev.quorate.api.StateMachine;
import dev.quorate.api.StateMachineFactory;
import dev.quorate.kv.engine.EngineHold;
import dev.quorate.kv.engine.MemoryEngine;
import dev.quorate.kv.engine.RocksEngine;
import dev.quorate.kv.state.KvStateMachine;
import dev.quorate.types.GroupId;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Opens the key–value state of each group that a node hosts, all in one engine.
///
/// Thread-safe. The engine is closed when this and every machine opened here are closed, whichever
/// comes last: a lane that is still busy never finds the store gone.
public final class KvStateMachines implements StateMachineFactory, AutoCloseable {
    private final EngineHold hold;
    private final @Nullable Path files;

    private KvStateMachines(EngineHold hold, @Nullable Path files) {
        this.hold = hold;
        this.files = files;
    }

    /// State in RocksDB, in `directory`, which no other process may use.
    ///
    /// @throws dev.quorate.kv.engine.EngineFailure if the store cannot be opened
    public static KvStateMachines rocks(Path directory) {
        return new KvStateMachines(EngineHold.first(RocksEngine.open(directory)), null);
    }

    /// State on the heap, and a file per group in `directory` that is written anew whenever about
    /// as much has changed as it holds: a restarted node replays its log from there.
    public static KvStateMachines memory(Path directory) {
        return new KvStateMachines(EngineHold.first(new MemoryEngine()), directory);
    }

    /// State on the heap and nowhere else: a restarted node replays its whole log, so none of it
    /// may ever be compacted.
    public static KvStateMachines memory() {
        return new KvStateMachines(EngineHold.first(new MemoryEngine()), null);
    }

    @Override
    public StateMachine open(GroupId group) {
        EngineHold its = hold.another();
        try {
            return new KvStateMachine(its, group, files);
        } catch (RuntimeException e) {
            its.close();
            throw e;
        }
    }

    @Override
    public void keepOnly(List<GroupId> hosted) {
        for (GroupId group : KvStateMachine.groups(hold.engine(), files)) {
            if (!hosted.contains(group)) {
                KvStateMachine.remove(hold.engine(), group, files);
            }
        }
    }

    @Override
    public void close() {
        hold.close();
    }
}
