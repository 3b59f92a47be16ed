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
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.List;

/// The keys of one group.
///
/// Time comes from the log (rule R14): a key is gone once an entry stamped at or after its expiry
/// is applied, and whatever is due is removed before the entry itself takes effect, so where a
/// batch begins and ends changes nothing.
public final class KvStateMachine implements StateMachine {
    /// How many due keys one entry removes at most; the rest wait for the next one.
    static final int SWEEP_MAX = 1_000;

    private final Engine engine;
    private final Keyspace keys;
    private final Writes writes;
    private final Queries queries;
    private final Runnable onClose;
    private long durableApplied;

    /// Opens the group's keys in `engine`.
    ///
    /// @param onClose told once the machine no longer uses the engine
    public KvStateMachine(Engine engine, GroupId group, Runnable onClose) {
        this.engine = engine;
        this.onClose = onClose;
        if (engine.persistent()) {
            // an earlier machine of this process may have left rows that are not durable yet
            engine.flush(engine.lastWrite());
        } else {
            Keyspace.clear(engine, group);
        }
        this.keys = new Keyspace(engine, group);
        this.writes = new Writes(keys);
        this.queries = new Queries(keys);
        this.durableApplied = keys.status().index();
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
        Bytes result = Bytes.EMPTY;
        if (!command.command().isEmpty()) {
            result = ReplyCodec.encode(execute(command));
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
    public void flush() {
        long reached = keys.status().index();
        engine.flush(keys.lastWrite());
        if (engine.persistent()) {
            durableApplied = reached;
        }
    }

    @Override
    public void close() {
        onClose.run();
    }
}
