package dev.quorate.examples;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.api.StateMachine;
import dev.quorate.node.Quorate;
import dev.quorate.node.Session;
import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A counter that survives restarts: each call of [#countOnce] starts a node, counts, and stops.
///
/// Counting twice would be wrong, so it counts through a session: whatever must be sent again is
/// applied once.
public final class ReplicatedCounter implements StateMachine {
    private static final byte[] KEY = "starts".getBytes(StandardCharsets.UTF_8);
    private static final byte[] PLUS_ONE = "+1".getBytes(StandardCharsets.UTF_8);

    private final Map<Bytes, Bytes> remembered = new HashMap<>();
    private long count;

    /// Adds one to the counter kept in `directory` and returns it, read back.
    static long countOnce(Path directory) throws Exception {
        try (Quorate node = Quorate.startSingle(directory, group -> new ReplicatedCounter())) {
            Session session = node.shards().session();
            switch (session.write(KEY, PLUS_ONE)) {
                case Outcome.Applied _ -> {}
                case Outcome.Rejected refused ->
                        throw new IllegalStateException("not counted: " + refused.sentence());
                case Outcome.Unknown(String why) ->
                        throw new IllegalStateException("perhaps counted: " + why);
            }
            byte[] count = node.shards().read(KEY, new byte[0], ReadLevel.LINEARIZABLE).get();
            return Long.parseLong(new String(count, StandardCharsets.UTF_8));
        }
    }

    @Override
    public List<Bytes> apply(List<Command> commands) {
        List<Bytes> results = new ArrayList<>();
        for (Command command : commands) {
            command.forget().forEach(remembered::remove);
            if (!command.command().isEmpty()) {
                count += Long.parseLong(command.command().toUtf8());
            }
            Bytes result = Bytes.utf8(Long.toString(count));
            Bytes name = command.rememberAs();
            if (name != null) {
                remembered.put(name, result);
            }
            results.add(result);
        }
        return results;
    }

    @Override
    public Bytes query(Bytes query, QueryContext context) {
        return Bytes.utf8(Long.toString(count));
    }

    /// Nothing is kept outside the log, so every start replays it, and none of it is ever dropped.
    @Override
    public long durableApplied() {
        return 0;
    }

    @Override
    public List<Remembered> remembered() {
        List<Remembered> all = new ArrayList<>();
        remembered.forEach((name, result) -> all.add(new Remembered(name, result)));
        return all;
    }

    /// All of it fits a copy; a machine with much data freezes it instead.
    @Override
    public Checkpoint checkpoint() {
        long frozenCount = count;
        Map<Bytes, Bytes> frozen = new HashMap<>(remembered);
        return new Checkpoint() {
            @Override
            public void writeTo(SnapshotWriter out) {
                write(out, Bytes.utf8(Long.toString(frozenCount)));
                frozen.forEach((name, result) -> {
                    write(out, name);
                    write(out, result);
                });
            }

            @Override
            public void close() {}
        };
    }

    private static void write(SnapshotWriter out, Bytes bytes) {
        out.write(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length()).array(), 0, 4);
        out.write(bytes.toByteArray(), 0, bytes.length());
    }

    @Override
    public void restore(long index, SnapshotReader in) {
        count = Long.parseLong(read(in).toUtf8());
        remembered.clear();
        for (Bytes name = read(in); !name.isEmpty(); name = read(in)) {
            remembered.put(name, read(in));
        }
    }

    /// The next bytes; none at the end.
    private static Bytes read(SnapshotReader in) {
        byte[] length = new byte[Integer.BYTES];
        if (fill(in, length) < length.length) {
            return Bytes.EMPTY;
        }
        byte[] bytes = new byte[ByteBuffer.wrap(length).getInt()];
        if (fill(in, bytes) < bytes.length) {
            throw new IllegalStateException("the snapshot ends early");
        }
        return Bytes.wrap(bytes);
    }

    private static int fill(SnapshotReader in, byte[] bytes) {
        int filled = 0;
        int read = 0;
        while (filled < bytes.length && read >= 0) {
            read = in.read(bytes, filled, bytes.length - filled);
            filled += Math.max(0, read);
        }
        return filled;
    }

    @Override
    public void destroy() {
        count = 0;
        remembered.clear();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
