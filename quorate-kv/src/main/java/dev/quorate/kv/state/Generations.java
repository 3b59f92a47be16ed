package dev.quorate.kv.state;

import dev.quorate.kv.engine.Engine;
import dev.quorate.kv.engine.WriteSet;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Which rows are a group's state: those of the generation that its head row names. Everything else
/// of the group is a leftover of an earlier state, or of one that never came to be.
final class Generations {
    private static final byte VERSION = 1;
    private static final int ROW_BYTES = 9;

    private final Engine engine;
    private final GroupId group;

    Generations(Engine engine, GroupId group) {
        this.engine = engine;
        this.group = group;
    }

    /// The rows of the state.
    Rows current() {
        Bytes head = engine.get(Rows.head(group));
        return new Rows(group, head == null ? 0 : decode(head));
    }

    /// Where a new state may be put together: no row has this generation yet.
    Rows unused() {
        long last = current().generation();
        // the rows of a generation are many, so they are stepped over by generation
        for (long next = firstFrom(last + 1); next > last; next = firstFrom(last + 1)) {
            last = next;
        }
        return new Rows(group, last + 1);
    }

    /// The first generation from `generation` on that has a row; -1 if none has.
    private long firstFrom(long generation) {
        long[] found = {-1};
        engine.scan(
                new Rows(group, generation).first(),
                Rows.end(group),
                (row, _) -> {
                    found[0] = Rows.generationOf(row);
                    return false;
                });
        return found[0];
    }

    /// Adds to `rows` that they, and all of their generation, are the state from now on.
    void flip(WriteSet set, Rows rows) {
        set.put(
                Rows.head(group),
                Bytes.wrap(
                        ByteBuffer.allocate(ROW_BYTES)
                                .put(VERSION)
                                .putLong(rows.generation())
                                .array()));
    }

    /// Removes everything that is not the state. Needs no flush: what comes back is removed again.
    void dropOthers() {
        Rows current = current();
        removeIfAny(Rows.generations(group), current.first());
        removeIfAny(current.end(), Rows.end(group));
    }

    private void removeIfAny(Bytes from, Bytes to) {
        boolean[] any = new boolean[1];
        engine.scan(
                from,
                to,
                (_, _) -> {
                    any[0] = true;
                    return false;
                });
        if (any[0]) {
            engine.removeRange(from, to);
        }
    }

    /// Removes everything durably.
    void removeAll() {
        removeAll(engine, group);
    }

    /// Removes all rows of a group durably.
    static void removeAll(Engine engine, GroupId group) {
        engine.flush(engine.removeRange(Rows.first(group), Rows.end(group)));
    }

    /// The groups that have rows in an engine.
    static List<GroupId> groups(Engine engine) {
        List<GroupId> groups = new ArrayList<>();
        long[] next = {0};
        boolean more = true;
        while (more) {
            long from = next[0];
            next[0] = -1;
            engine.scan(
                    Rows.first(from),
                    Rows.first(-1),
                    (row, _) -> {
                        next[0] = Rows.groupOf(row);
                        return false;
                    });
            more = next[0] >= 0;
            if (more) {
                groups.add(new GroupId(next[0]));
                next[0]++;
            }
        }
        return groups;
    }

    private static long decode(Bytes head) {
        if (head.length() != ROW_BYTES || head.at(0) != VERSION) {
            throw new IllegalStateException(
                    "a head row of " + head.length() + " bytes is not one of this version");
        }
        return head.asBuffer().getLong(1);
    }
}
