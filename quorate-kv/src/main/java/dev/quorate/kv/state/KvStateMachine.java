package dev.quorate.kv.state;

import dev.quorate.api.StateMachine;
import dev.quorate.kv.command.KvQuery;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.MalformedException;
import dev.quorate.kv.command.QueryCodec;
import dev.quorate.kv.command.Reply;
import dev.quorate.kv.command.ReplyCodec;
import dev.quorate.kv.command.WriteCodec;
import dev.quorate.kv.engine.Engine;
import dev.quorate.kv.engine.EngineHold;
import dev.quorate.kv.engine.WriteSet;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keys of one group.
///
/// Time comes from the log (rule R14): a key is gone once an entry stamped at or after its expiry
/// is applied, and whatever is due is removed before the entry itself takes effect, so where a
/// batch begins and ends changes nothing.
public final class KvStateMachine implements StateMachine {
    /// How many due keys one entry removes at most; the rest wait for the next one.
    static final int SWEEP_MAX = 1_000;

    private final EngineHold hold;
    private final Engine engine;
    private final Generations generations;
    private final GroupId group;
    private final @Nullable StateFile file;
    private Keyspace keys;
    private Writes writes;
    private Queries queries;
    private long durableApplied;

    /// Opens the group's keys.
    ///
    /// @param hold let go when the machine is closed
    /// @param files where an engine that forgets keeps its groups; null if nothing is to survive
    public KvStateMachine(EngineHold hold, GroupId group, @Nullable Path files) {
        this.hold = hold;
        this.engine = hold.engine();
        this.group = group;
        this.generations = new Generations(engine, group);
        if (engine.persistent()) {
            file = null;
            generations.dropOthers();
            // an earlier machine of this process may have left rows that are not durable yet
            engine.flush(engine.lastWrite());
        } else {
            file = files == null ? null : new StateFile(files, group);
            generations.removeAll();
            if (file != null) {
                file.load(in -> become(in, 0));
            }
        }
        keys = new Keyspace(engine, generations.current());
        writes = new Writes(keys);
        queries = new Queries(keys);
        durableApplied = keys.status().index();
    }

    @Override
    public long durableApplied() {
        return durableApplied;
    }

    @Override
    public List<Bytes> apply(List<Command> commands) {
        List<Bytes> results = new ArrayList<>(commands.size());
        for (Command command : commands) {
            results.add(apply(command));
        }
        if (!commands.isEmpty()) {
            keys.write();
        }
        return results;
    }

    private Bytes apply(Command command) {
        Status status = keys.status();
        if (command.index() <= status.index() || command.stampMicros() <= status.stampMicros()) {
            throw new IllegalStateException(
                    "entry "
                            + command.index()
                            + " stamped "
                            + command.stampMicros()
                            + " after entry "
                            + status.index()
                            + " stamped "
                            + status.stampMicros());
        }
        keys.sweep(command.stampMicros(), SWEEP_MAX);
        command.forget().forEach(keys::forget);
        Bytes result = Bytes.EMPTY;
        if (!command.command().isEmpty()) {
            result = ReplyCodec.encode(execute(command));
        }
        Bytes name = command.rememberAs();
        if (name != null) {
            keys.remember(name, result);
        }
        keys.applied(command.index(), command.stampMicros());
        return result;
    }

    private Reply execute(Command command) {
        KvWrite write;
        try {
            write = WriteCodec.decode(command.command());
        } catch (MalformedException e) {
            return new Reply.Failure("ERR malformed command: " + e.getMessage());
        }
        return writes.execute(write, command.stampMicros());
    }

    @Override
    public Bytes query(Bytes query, QueryContext context) {
        // after a restart the node may know less of log time than the rows do, and a key that was
        // gone must not come back
        long logMicros = Math.max(context.appliedMicros(), keys.status().stampMicros());
        Reply reply;
        try {
            KvQuery decoded = QueryCodec.decode(query);
            reply = queries.answer(decoded, logMicros, context.nowMicros());
        } catch (MalformedException e) {
            reply = new Reply.Failure("ERR malformed query: " + e.getMessage());
        }
        return ReplyCodec.encode(reply);
    }

    @Override
    public long tickAtMicros() {
        return keys.firstExpiryMicros();
    }

    @Override
    public List<Remembered> remembered() {
        return keys.remembered();
    }

    @Override
    public Checkpoint checkpoint() {
        return new KvCheckpoint(hold.another(), generations.current());
    }

    /// Rows under a generation that nothing points to yet; then, in one flushed step, the
    /// generation and how far it reaches; the old rows go last (rule R4). A crash before the flush
    /// leaves the old state and some rows that the next opening removes.
    @Override
    public void restore(long index, SnapshotReader in) {
        become(in, index);
        keys = new Keyspace(engine, generations.current());
        writes = new Writes(keys);
        queries = new Queries(keys);
        if (file != null) {
            save(file);
        }
        durableApplied = engine.persistent() || file != null ? index : 0;
        generations.dropOthers();
    }

    /// Makes the content of a snapshot the state, durably if the engine is persistent.
    ///
    /// @param index how far it reaches; more than its last command if others followed that
    private void become(SnapshotReader in, long index) {
        Rows rows = generations.unused();
        SnapshotRows.Reading reading = new SnapshotRows.Reading(in);
        try (Engine.Load load = engine.load()) {
            SnapshotRows.Reading.Row row = reading.next();
            while (row != null) {
                load.add(rows.withSuffix(row.key()), row.value());
                row = reading.next();
            }
            load.finish();
        }
        Bytes stored = engine.get(rows.status());
        Status status = stored == null ? Status.NEW : Status.decode(stored);
        if (index > 0 && status.index() > index) {
            throw new IllegalStateException(
                    "a snapshot at %d holds the effects of %d".formatted(index, status.index()));
        }
        WriteSet flip = new WriteSet();
        flip.put(rows.status(), status.at(Math.max(index, status.index())).encode());
        generations.flip(flip, rows);
        engine.flush(engine.write(flip));
    }

    @Override
    public void destroy() {
        if (file != null) {
            file.delete();
        }
        generations.removeAll();
        durableApplied = 0;
    }

    /// Removes everything that a group left, durably; no machine of it may be open.
    ///
    /// @param files as for the constructor
    public static void remove(Engine engine, GroupId group, @Nullable Path files) {
        if (files != null) {
            new StateFile(files, group).delete();
        }
        Generations.removeAll(engine, group);
    }

    /// The groups that left something.
    ///
    /// @param files as for the constructor
    public static List<GroupId> groups(Engine engine, @Nullable Path files) {
        return files == null ? Generations.groups(engine) : StateFile.groups(files);
    }

    @Override
    public void flush() {
        if (engine.persistent()) {
            long reached = keys.status().index();
            engine.flush(keys.lastWrite());
            durableApplied = reached;
        } else if (file != null && file.isDue(keys.writtenBytes())) {
            save(file);
        }
    }

    private void save(StateFile target) {
        long reached = keys.status().index();
        try (Checkpoint checkpoint = checkpoint()) {
            target.save(checkpoint, keys.writtenBytes());
        }
        durableApplied = reached;
    }

    @Override
    public void close() {
        hold.close();
    }

    @Override
    public String toString() {
        return "the keys of " + group;
    }
}
