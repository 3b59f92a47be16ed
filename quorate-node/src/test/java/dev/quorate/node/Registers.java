package dev.quorate.node;

import dev.quorate.api.StateMachine;
import dev.quorate.types.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Registers in memory: `k=v` writes and answers what was there, `k` reads. Nothing is durable, so
/// a restart replays the whole log.
final class Registers implements StateMachine {
    private final Map<String, String> values = new TreeMap<>();

    @Override
    public long durableApplied() {
        return 0;
    }

    @Override
    public List<Bytes> apply(List<Command> commands) {
        List<Bytes> results = new ArrayList<>();
        for (Command command : commands) {
            String text = command.command().toUtf8();
            int at = text.indexOf('=');
            String before =
                    at < 0 ? null : values.put(text.substring(0, at), text.substring(at + 1));
            results.add(Bytes.utf8(before == null ? "" : before));
        }
        return results;
    }

    @Override
    public Bytes query(Bytes query, QueryContext context) {
        return Bytes.utf8(values.getOrDefault(query.toUtf8(), ""));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
