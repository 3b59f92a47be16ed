package dev.quorate.kv.state;

import dev.quorate.api.StateMachine.Command;
import dev.quorate.api.StateMachine.QueryContext;
import dev.quorate.kv.command.KvQuery;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.MalformedException;
import dev.quorate.kv.command.QueryCodec;
import dev.quorate.kv.command.Reply;
import dev.quorate.kv.command.ReplyCodec;
import dev.quorate.kv.command.WriteCodec;
import dev.quorate.kv.engine.Engine;
import dev.quorate.kv.engine.EngineHold;
import dev.quorate.kv.engine.MemoryEngine;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A machine on a bench: entries go in one by one, at log times that the test chooses.
final class Bench {
    final Engine engine;
    final KvStateMachine machine;
    private long index;
    private long stampMicros = 1_000_000;

    Bench() {
        this(new MemoryEngine());
    }

    Bench(Engine engine) {
        this.engine = engine;
        this.machine = machine(engine, 1);
        this.index = machine.durableApplied();
    }

    /// A machine in an engine that the test closes.
    static KvStateMachine machine(Engine engine, long group) {
        return new KvStateMachine(EngineHold.first(engine), new GroupId(group), null);
    }

    Reply write(KvWrite write) {
        return raw(WriteCodec.encode(write));
    }

    Reply raw(Bytes command) {
        Bytes result = machine.apply(List.of(next(command))).getFirst();
        return decode(result);
    }

    void tick() {
        machine.apply(List.of(next(Bytes.EMPTY)));
    }

    Command next(Bytes command) {
        return new Command(++index, ++stampMicros, command);
    }

    /// The stamp of the next entry.
    Bench at(long nextStampMicros) {
        stampMicros = nextStampMicros - 1;
        return this;
    }

    Reply read(KvQuery query) {
        return read(query, stampMicros);
    }

    Reply read(KvQuery query, long nowMicros) {
        return decode(
                machine.query(
                        QueryCodec.encode(query),
                        new QueryContext(index, stampMicros, nowMicros, Long.MAX_VALUE)));
    }

    Map<String, String> rows() {
        return rows(engine);
    }

    static Map<String, String> rows(Engine engine) {
        Map<String, String> rows = new TreeMap<>();
        engine.scan(
                Bytes.wrap(new byte[8]),
                Bytes.wrap(new byte[] {-1}),
                (key, value) -> {
                    rows.put(hex(key), hex(value));
                    return true;
                });
        return rows;
    }

    private static String hex(Bytes bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    private static Reply decode(Bytes reply) {
        try {
            return ReplyCodec.decode(reply);
        } catch (MalformedException e) {
            throw new AssertionError(e);
        }
    }
}
