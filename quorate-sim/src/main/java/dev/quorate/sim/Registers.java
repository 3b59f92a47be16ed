package dev.quorate.sim;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.session.SessionKey;
import dev.quorate.sim.Operation.Kind;
import dev.quorate.sim.Workload.Next;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Operations on registers, and the history of each.
final class Registers {
    private static final long STEPS_MAX = 400_000;

    /// One operation.
    private final class Errand implements Courier.Errand {
        private final long register;
        private final Kind kind;
        private final @Nullable ReadLevel level;
        private final long argument;
        private final long expected;
        private final @Nullable SessionKey session;
        private final Next then;
        private final long calledNanos = world.nowNanos();

        Errand(
                long register,
                Kind kind,
                @Nullable ReadLevel level,
                long argument,
                long expected,
                @Nullable SessionKey session,
                Next then) {
            this.register = register;
            this.kind = kind;
            this.level = level;
            this.argument = argument;
            this.expected = expected;
            this.session = session;
            this.then = then;
        }

        @Override
        public GroupId group() {
            return Registers.this.group(register);
        }

        @Override
        public Bytes body() {
            return switch (kind) {
                case READ -> RegisterState.number(register);
                case WRITE -> RegisterState.write(register, argument);
                case COMPARE_AND_SET -> RegisterState.compareAndSet(register, expected, argument);
            };
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
            Bytes result = how.result();
            if (result.length() != Long.BYTES) {
                throw world.unsafe(by + " answered " + result + " to " + this);
            }
            long observed = RegisterState.number(result);
            if (observed != 0 && !proposed(register).contains(observed)) {
                throw world.unsafe(by + " invented the value " + observed + " for " + this);
            }
            if (level == null || Courier.isExact(level)) {
                lastSeen.put(register, observed);
                history(register).add(operation(observed, world.nowNanos()));
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
                history(register).add(unanswered());
            }
            then.givenUp();
        }

        Operation unanswered() {
            return operation(0, Long.MAX_VALUE);
        }

        private Operation operation(long observed, long returnNanos) {
            return new Operation(kind, argument, expected, observed, calledNanos, returnNanos);
        }

        @Override
        public String toString() {
            return "%s %d (%d, %d) of register %d in session %s"
                    .formatted(kind, argument, expected, calledNanos, register, session);
        }
    }

    private final World world;
    private final Courier courier;
    private final TreeMap<Long, List<Operation>> histories = new TreeMap<>();
    private final TreeMap<Long, TreeSet<Long>> proposed = new TreeMap<>();
    private final Map<Long, Long> lastSeen = new TreeMap<>();
    private long lastValue;

    Registers(World world, Courier courier) {
        this.world = world;
        this.courier = courier;
    }

    void read(long register, ReadLevel level, Next then) {
        courier.send(new Errand(register, Kind.READ, level, 0, 0, null, then));
    }

    void write(long register, @Nullable SessionKey session, Next then) {
        courier.send(writing(register, session, then));
    }

    void compareAndSet(long register, @Nullable SessionKey session, Next then) {
        long expected = lastSeen.getOrDefault(register, 0L);
        courier.send(
                new Errand(
                        register,
                        Kind.COMPARE_AND_SET,
                        null,
                        fresh(register),
                        expected,
                        session,
                        then));
    }

    /// Writes until it is answered.
    void insist(long register, Next then) {
        courier.insist(writing(register, null, then));
    }

    /// Checks all histories; those still on their way count as unanswered.
    ///
    /// @return how many were too hard to decide
    int check() {
        TreeMap<Long, List<Operation>> open = new TreeMap<>();
        courier.forEachOpen(errand -> {
            if (errand instanceof Errand mine && mine.level == null) {
                open.computeIfAbsent(mine.register, _ -> new ArrayList<>()).add(mine.unanswered());
            }
        });
        int undecided = 0;
        LinearizabilityChecker checker = new LinearizabilityChecker(STEPS_MAX);
        for (Map.Entry<Long, List<Operation>> answered : histories.entrySet()) {
            List<Operation> history = new ArrayList<>(answered.getValue());
            history.addAll(open.getOrDefault(answered.getKey(), List.of()));
            switch (checker.check(history)) {
                case LINEARIZABLE -> {}
                case UNDECIDED -> undecided++;
                case VIOLATED ->
                        throw world.unsafe(
                                "register %d is not linearizable; its history: %s"
                                        .formatted(answered.getKey(), history));
            }
        }
        return undecided;
    }

    private Errand writing(long register, @Nullable SessionKey session, Next then) {
        return new Errand(register, Kind.WRITE, null, fresh(register), 0, session, then);
    }

    private long fresh(long register) {
        long value = ++lastValue;
        proposed(register).add(value);
        return value;
    }

    private Set<Long> proposed(long register) {
        return proposed.computeIfAbsent(register, _ -> new TreeSet<>());
    }

    private List<Operation> history(long register) {
        return histories.computeIfAbsent(register, _ -> new ArrayList<>());
    }

    private GroupId group(long register) {
        return new GroupId(1 + register % world.config.groups());
    }
}
