package dev.quorate.sim;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeInput;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.sim.LinearizabilityChecker.Verdict;
import dev.quorate.sim.Operation.Kind;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Clients that read and write registers through any node, retry as told, and remember everything
/// that they were answered.
final class Workload implements SimNode.Clients {
    private static final int ATTEMPTS_MAX = 20;
    private static final long STEPS_MAX = 400_000;

    /// An operation on its way.
    ///
    /// @param client who waits; negative for a probe
    /// @param deadlineNanos simulated time after which the node must have answered
    private record Call(
            int client,
            long register,
            Kind kind,
            ReadLevel level,
            long argument,
            long expected,
            long calledNanos,
            long deadlineNanos,
            int attempt,
            NodeId node) {}

    private final World world;
    private final Invariants invariants;
    private final List<SimNode> nodes;
    private final Prng random;
    private final TreeMap<Long, Call> pending = new TreeMap<>();
    private final TreeMap<Long, List<Operation>> histories = new TreeMap<>();
    private final TreeMap<Long, TreeSet<Long>> proposed = new TreeMap<>();
    private final Map<Long, Long> lastSeen = new TreeMap<>();
    private final TreeSet<GroupId> served = new TreeSet<>();
    private boolean running;
    private long lastRequest;
    private long lastValue;
    private long applied;
    private long rejected;
    private long unknown;

    /// @param nodes where requests go; filled by the caller
    Workload(World world, Invariants invariants, List<SimNode> nodes) {
        this.world = world;
        this.invariants = invariants;
        this.nodes = nodes;
        random = world.random.fork();
    }

    /// Lets the clients begin.
    void start() {
        if (!running) {
            running = true;
            for (int client = 0; client < world.config.clients(); client++) {
                think(client);
            }
        }
    }

    /// Lets the clients finish what they have begun, and nothing more.
    void stop() {
        running = false;
    }

    /// Writes to every data group until each has answered.
    void probe() {
        served.clear();
        for (int group = 1; group <= world.config.groups(); group++) {
            probe(group);
        }
    }

    /// Whether every data group has answered since the last [#probe].
    boolean allServed() {
        return served.size() == world.config.groups();
    }

    List<GroupId> unserved() {
        List<GroupId> missing = new ArrayList<>();
        for (int group = 1; group <= world.config.groups(); group++) {
            if (!served.contains(new GroupId(group))) {
                missing.add(new GroupId(group));
            }
        }
        return missing;
    }

    boolean isQuiet() {
        return pending.isEmpty();
    }

    private void probe(int group) {
        // registers of group g are those with (register % groups) + 1 = g
        issue(-1, group - 1, Kind.WRITE, ReadLevel.LINEARIZABLE, ++lastValue, 0);
    }

    private void think(int client) {
        world.agenda.after(
                1 + random.nextLong(world.config.thinkMax().toNanos()), () -> next(client));
    }

    private void next(int client) {
        if (!running) {
            return;
        }
        long register = random.nextInt(world.config.keys());
        int dice = random.nextInt(10);
        if (dice < 4) {
            issue(client, register, Kind.WRITE, ReadLevel.LINEARIZABLE, ++lastValue, 0);
        } else if (dice < 6) {
            long expected = lastSeen.getOrDefault(register, 0L);
            issue(
                    client,
                    register,
                    Kind.COMPARE_AND_SET,
                    ReadLevel.LINEARIZABLE,
                    ++lastValue,
                    expected);
        } else {
            ReadLevel level = dice < 9 ? ReadLevel.LINEARIZABLE : ReadLevel.LOCAL;
            issue(client, register, Kind.READ, level, 0, 0);
        }
    }

    private void issue(
            int client, long register, Kind kind, ReadLevel level, long argument, long expected) {
        if (kind != Kind.READ) {
            proposed.computeIfAbsent(register, _ -> new TreeSet<>()).add(argument);
        }
        send(
                new Call(
                        client,
                        register,
                        kind,
                        level,
                        argument,
                        expected,
                        world.nowNanos(),
                        0,
                        1,
                        random.pick(nodes).id()),
                null);
    }

    /// Sends a request, the first time or again.
    private void send(Call call, @Nullable NodeId hint) {
        NodeId to = hint != null ? hint : random.pick(nodes).id();
        SimNode node = nodes.get((int) to.value() - 1);
        if (!node.isUp()) {
            world.agenda.after(10_000_000L, () -> retry(call, null));
            return;
        }
        long id = ++lastRequest;
        long patience = random.nextLong(200_000_000L, 2_000_000_000L);
        Call sent =
                new Call(
                        call.client,
                        call.register,
                        call.kind,
                        call.level,
                        call.argument,
                        call.expected,
                        call.calledNanos,
                        world.nowNanos() + patience,
                        call.attempt,
                        to);
        pending.put(id, sent);
        node.post(input(id, sent, node.now().nanos() + patience));
        world.agenda.after(patience, () -> overdue(id, to, world.nowNanos()));
    }

    private NodeInput input(long id, Call call, long deadlineNanos) {
        Reach reach = random.chance(0.7) ? Reach.FORWARD : Reach.REDIRECT;
        GroupId group = group(call.register);
        Bytes command =
                switch (call.kind) {
                    case READ -> RegisterState.number(call.register);
                    case WRITE -> RegisterState.write(call.register, call.argument);
                    case COMPARE_AND_SET ->
                            RegisterState.compareAndSet(
                                    call.register, call.expected, call.argument);
                };
        return call.kind == Kind.READ
                ? new NodeInput.Read(id, group, command, call.level, deadlineNanos, reach)
                : new NodeInput.Write(id, group, command, deadlineNanos, reach);
    }

    /// Every request is answered by its deadline, give or take what lanes and pauses cost.
    private void overdue(long id, NodeId to, long sinceNanos) {
        SimNode node = nodes.get((int) to.value() - 1);
        if (!pending.containsKey(id)) {
            return;
        }
        if (node.isPaused() || world.nowNanos() - sinceNanos < 3_000_000_000L) {
            long since = node.isPaused() ? world.nowNanos() : sinceNanos;
            world.agenda.after(500_000_000L, () -> overdue(id, to, since));
            return;
        }
        throw world.stuck("request " + id + " was never answered: " + pending.get(id));
    }

    @Override
    public void reply(NodeId node, NodeEffect.Reply reply) {
        Call call = pending.remove(reply.requestId());
        if (call == null) {
            throw world.unsafe(node + " answered request " + reply.requestId() + " again");
        }
        switch (reply.outcome()) {
            case Outcome.Applied done -> applied(node, call, done);
            case Outcome.Rejected refusal -> rejected(call, refusal);
            case Outcome.Unknown _ -> unknown(call);
        }
    }

    @Override
    public void crashed(NodeId node) {
        List<Long> lost = new ArrayList<>();
        pending.forEach((id, call) -> {
            if (call.node.equals(node)) {
                lost.add(id);
            }
        });
        for (long id : lost) {
            Call call = pending.remove(id);
            if (call != null) {
                unknown(call);
            }
        }
    }

    private void applied(NodeId node, Call call, Outcome.Applied done) {
        applied++;
        if (done.result().length() != Long.BYTES) {
            throw world.unsafe(node + " answered " + done.result() + " to " + call);
        }
        long observed = RegisterState.number(done.result());
        GroupId group = group(call.register);
        if (observed != 0
                && !proposed.getOrDefault(call.register, new TreeSet<>()).contains(observed)) {
            throw world.unsafe(node + " invented the value " + observed + " for " + call);
        }
        if (call.level == ReadLevel.LINEARIZABLE) {
            lastSeen.put(call.register, observed);
            if (call.kind != Kind.READ) {
                invariants.acknowledged(group, done.at());
            }
            record(call, observed, world.nowNanos());
        }
        if (call.client < 0) {
            served.add(group);
        } else {
            think(call.client);
        }
    }

    private void rejected(Call call, Outcome.Rejected refusal) {
        rejected++;
        long pauseNanos =
                switch (refusal.retry()) {
                    case NOW, REDIRECT -> 1_000_000L;
                    case LATER -> 20_000_000L;
                    case NEVER ->
                            throw world.unsafe("a good request was refused for ever: " + refusal);
                };
        world.agenda.after(pauseNanos, () -> retry(call, refusal.leader()));
    }

    private void retry(Call call, @Nullable NodeId hint) {
        if (call.client >= 0 && (call.attempt >= ATTEMPTS_MAX || !running)) {
            think(call.client);
            return;
        }
        send(
                new Call(
                        call.client,
                        call.register,
                        call.kind,
                        call.level,
                        call.argument,
                        call.expected,
                        call.calledNanos,
                        0,
                        call.attempt + 1,
                        call.node),
                hint);
    }

    /// Nobody knows whether it took effect: it may at any time from now on.
    private void unknown(Call call) {
        unknown++;
        if (call.kind != Kind.READ) {
            record(call, 0, Long.MAX_VALUE);
        }
        if (call.client < 0) {
            world.agenda.after(10_000_000L, () -> probe((int) group(call.register).value()));
        } else {
            think(call.client);
        }
    }

    private void record(Call call, long observed, long returnNanos) {
        histories
                .computeIfAbsent(call.register, _ -> new ArrayList<>())
                .add(
                        new Operation(
                                call.kind,
                                call.argument,
                                call.expected,
                                observed,
                                call.calledNanos,
                                returnNanos));
    }

    private GroupId group(long register) {
        return new GroupId(1 + register % world.config.groups());
    }

    /// Checks all histories; those still on their way count as unanswered.
    ///
    /// @return how many were too hard to decide
    int check() {
        for (Call call : pending.values()) {
            if (call.kind != Kind.READ) {
                record(call, 0, Long.MAX_VALUE);
            }
        }
        int undecided = 0;
        LinearizabilityChecker checker = new LinearizabilityChecker(STEPS_MAX);
        for (Map.Entry<Long, List<Operation>> history : histories.entrySet()) {
            Verdict verdict = checker.check(history.getValue());
            switch (verdict) {
                case LINEARIZABLE -> {}
                case UNDECIDED -> undecided++;
                case VIOLATED ->
                        throw world.unsafe(
                                "register %d is not linearizable; its history: %s"
                                        .formatted(history.getKey(), history.getValue()));
            }
        }
        return undecided;
    }

    long applied() {
        return applied;
    }

    long rejected() {
        return rejected;
    }

    long unknown() {
        return unknown;
    }
}
