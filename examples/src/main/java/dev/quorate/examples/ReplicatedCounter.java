package dev.quorate.examples;

import dev.quorate.api.ReadLevel;
import dev.quorate.api.StateMachine;
import dev.quorate.node.Quorate;
import dev.quorate.types.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A counter that survives restarts: each call of [#countOnce] starts a node, counts, and stops.
public final class ReplicatedCounter implements StateMachine {
    private static final byte[] KEY = "starts".getBytes(StandardCharsets.UTF_8);
    private long count;

    /// Adds one to the counter kept in `directory` and returns it, read back.
    static long countOnce(Path directory) throws Exception {
        try (Quorate node = Quorate.startSingle(directory, group -> new ReplicatedCounter())) {
            node.shards().write(KEY, "+1".getBytes(StandardCharsets.UTF_8)).get();
            byte[] count = node.shards().read(KEY, new byte[0], ReadLevel.LINEARIZABLE).get();
            return Long.parseLong(new String(count, StandardCharsets.UTF_8));
        }
    }

    @Override
    public List<Bytes> apply(List<Command> commands) {
        List<Bytes> results = new ArrayList<>();
        for (Command command : commands) {
            count += Long.parseLong(command.command().toUtf8());
            results.add(Bytes.utf8(Long.toString(count)));
        }
        return results;
    }

    @Override
    public Bytes query(Bytes query, QueryContext context) {
        return Bytes.utf8(Long.toString(count));
    }

    /// Nothing is kept outside the log, so every start replays it.
    @Override
    public long durableApplied() {
        return 0;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
