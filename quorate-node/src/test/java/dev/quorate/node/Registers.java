package dev.quorate.node;

import dev.quorate.api.StateMachine;
import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Registers in memory: `k=v` writes and answers what was there, `k+` counts and answers the sum,
/// `k` reads, `!` throws. Nothing is durable, so a restart replays the whole log.
class Registers implements StateMachine {
    private static final String RESULTS = "results/";

    private final TreeMap<String, String> values = new TreeMap<>();
    private long applied;

    @Override
    public long durableApplied() {
        return 0;
    }

    /// The last entry whose effects are here.
    long applied() {
        return applied;
    }

    @Override
    public List<Bytes> apply(List<Command> commands) {
        List<Bytes> results = new ArrayList<>();
        for (Command command : commands) {
            String text = command.command().toUtf8();
            if (text.equals("!")) {
                throw new IllegalStateException("as asked");
            }
            command.forget().forEach(name -> values.remove(resultKey(name)));
            Bytes result = Bytes.utf8(execute(text));
            Bytes name = command.rememberAs();
            if (name != null) {
                values.put(resultKey(name), result.toUtf8());
            }
            applied = command.index();
            results.add(result);
        }
        return results;
    }

    private String execute(String text) {
        if (text.isEmpty()) {
            return "";
        }
        if (text.endsWith("+")) {
            return values.merge(
                    text.substring(0, text.length() - 1),
                    "1",
                    (sum, one) -> Long.toString(Long.parseLong(sum) + Long.parseLong(one)));
        }
        int at = text.indexOf('=');
        String before = values.put(text.substring(0, at), text.substring(at + 1));
        return before == null ? "" : before;
    }

    private static String resultKey(Bytes name) {
        return RESULTS + new String(name.toByteArray(), StandardCharsets.ISO_8859_1);
    }

    @Override
    public Bytes query(Bytes query, QueryContext context) {
        if (query.toUtf8().equals("!")) {
            throw new IllegalArgumentException("as asked");
        }
        return Bytes.utf8(values.getOrDefault(query.toUtf8(), ""));
    }

    @Override
    public List<Remembered> remembered() {
        List<Remembered> all = new ArrayList<>();
        for (Map.Entry<String, String> row : values.tailMap(RESULTS).entrySet()) {
            if (row.getKey().startsWith(RESULTS)) {
                byte[] name =
                        row.getKey()
                                .substring(RESULTS.length())
                                .getBytes(StandardCharsets.ISO_8859_1);
                all.add(new Remembered(Bytes.wrap(name), Bytes.utf8(row.getValue())));
            }
        }
        return all;
    }

    @Override
    public Checkpoint checkpoint() {
        TreeMap<String, String> frozen = new TreeMap<>(values);
        return new Checkpoint() {
            @Override
            public void writeTo(SnapshotWriter out) {
                frozen.forEach((key, value) -> {
                    write(out, key);
                    write(out, value);
                });
            }

            @Override
            public void close() {}
        };
    }

    private static void write(SnapshotWriter out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.write(ByteBuffer.allocate(4).putInt(bytes.length).array(), 0, 4);
        out.write(bytes, 0, bytes.length);
    }

    @Override
    public void restore(long index, SnapshotReader in) {
        TreeMap<String, String> restored = new TreeMap<>();
        String key = read(in);
        while (key != null) {
            String value = read(in);
            restored.put(key, value == null ? "" : value);
            key = read(in);
        }
        values.clear();
        values.putAll(restored);
        applied = index;
    }

    private static String read(SnapshotReader in) {
        byte[] length = read(in, 4);
        return length.length == 0
                ? null
                : new String(read(in, ByteBuffer.wrap(length).getInt()), StandardCharsets.UTF_8);
    }

    private static byte[] read(SnapshotReader in, int length) {
        byte[] bytes = new byte[length];
        for (int at = 0; at < length; ) {
            int read = in.read(bytes, at, length - at);
            if (read < 0) {
                return new byte[0];
            }
            at += read;
        }
        return bytes;
    }

    @Override
    public void destroy() {
        values.clear();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
