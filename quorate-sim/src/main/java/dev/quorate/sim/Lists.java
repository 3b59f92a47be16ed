package dev.quorate.sim;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.session.SessionKey;
import dev.quorate.sim.Workload.Next;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Clients that append unique numbers to lists and read whole lists: the history shows every write
/// that was lost, doubled or moved, which a register may hide under the next write.
final class Lists {
    /// One operation: an append, or a read if `value` is 0.
    private final class Errand implements Courier.Errand {
        private final long list;
        private final long value;
        private final @Nullable ReadLevel level;
        private final @Nullable SessionKey session;
        private final Next then;
        private final long calledNanos = world.nowNanos();

        Errand(
                long list,
                long value,
                @Nullable ReadLevel level,
                @Nullable SessionKey session,
                Next then) {
            this.list = list;
            this.value = value;
            this.level = level;
            this.session = session;
            this.then = then;
        }

        @Override
        public GroupId group() {
            return Lists.this.group(list);
        }

        @Override
        public Bytes body() {
            return level == null
                    ? RegisterState.append(list, value)
                    : RegisterState.wholeList(list);
        }

        @Override
        public @Nullable ReadLevel level() {
            return level;
        }

        @Override
        public @Nullable SessionKey session() {
            return session;
        }

        @Override
        public void answered(NodeId by, Outcome.Applied how) {
            if (level == null) {
                int length = (int) RegisterState.number(how.result());
                history(list).add(new Appending(value, length, calledNanos, world.nowNanos()));
            } else {
                long[] values = RegisterState.numbers(how.result());
                String complaint = history(list).seen(values);
                if (complaint != null) {
                    throw world.unsafe("list " + list + ", read at " + by + ", " + complaint);
                }
                if (Courier.isExact(level)) {
                    history(list).add(Appending.read(values.length, calledNanos, world.nowNanos()));
                }
            }
            then.done();
        }

        @Override
        public void refused() {
            then.givenUp();
        }

        @Override
        public void inDoubt() {
            if (level == null) {
                history(list).add(unanswered());
            }
            then.givenUp();
        }

        Appending unanswered() {
            return Appending.unanswered(value, calledNanos);
        }

        @Override
        public String toString() {
            return (level == null ? "append of " + value + " to" : level + " read of")
                    + " list "
                    + list
                    + " at "
                    + calledNanos;
        }
    }

    private final World world;
    private final Courier courier;
    private final TreeMap<Long, ListHistory> histories = new TreeMap<>();
    private long lastValue;

    Lists(World world, Courier courier) {
        this.world = world;
        this.courier = courier;
    }

    void append(long list, @Nullable SessionKey session, Next then) {
        long value = ++lastValue;
        history(list).proposed(value);
        courier.send(new Errand(list, value, null, session, then));
    }

    void read(long list, ReadLevel level, Next then) {
        courier.send(new Errand(list, 0, level, null, then));
    }

    /// Reads until it is answered.
    void insist(long list, Next then) {
        courier.insist(new Errand(list, 0, ReadLevel.LINEARIZABLE, null, then));
    }

    /// The lists that anybody has worked on.
    List<Long> used() {
        return List.copyOf(new TreeSet<>(histories.keySet()));
    }

    /// Checks all histories.
    void check() {
        TreeMap<Long, List<Appending>> open = new TreeMap<>();
        courier.forEachOpen(errand -> {
            if (errand instanceof Errand mine && mine.level == null) {
                open.computeIfAbsent(mine.list, _ -> new ArrayList<>()).add(mine.unanswered());
            }
        });
        histories.forEach((list, history) -> {
            String complaint = history.complaint(open.getOrDefault(list, List.of()));
            if (complaint != null) {
                throw world.unsafe(
                        "list %d is not linearizable: %s; its history: %s"
                                .formatted(list, complaint, history));
            }
        });
    }

    private ListHistory history(long list) {
        return histories.computeIfAbsent(list, _ -> new ListHistory());
    }

    GroupId group(long list) {
        return new GroupId(1 + list % world.config.groups());
    }
}
