package dev.quorate.sim;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeInput;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.session.SessionCommand;
import dev.quorate.session.SessionKey;
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
    /// @param what what is asked, whatever the attempt
    /// @param deadlineNanos simulated time after which the node must have answered
    /// @param inDoubt whether an earlier attempt may have taken effect
    private record Call(What what, long deadlineNanos, int attempt, NodeId node, boolean inDoubt) {
        Call again(NodeId to, long nextDeadlineNanos) {
            return new Call(what, nextDeadlineNanos, attempt, to, inDoubt);
        }

        Call retried() {
            return new Call(what, 0, attempt + 1, node, inDoubt);
        }

        Call doubted() {
            return new Call(what, 0, attempt + 1, node, true);
        }
    }

    /// What a client wants.
    ///
    /// @param client who waits; negative for a probe
    /// @param session null for a write that is not to be sent again once its outcome is unknown
    private record What(
            int client,
            long register,
            Kind kind,
            ReadLevel level,
            long argument,
            long expected,
            long calledNanos,
            @Nullable SessionKey session) {
        /// Whether the answer must fit the history of its register.
        boolean isLinearizable() {
            return level instanceof ReadLevel.Linearizable || level instanceof ReadLevel.Lease;
        }
    }

    private final World world;
    private final Invariants invariants;
    private final List<SimNode> nodes;
    private final Prng random;
    private final TreeMap<Long, Call> pending = new TreeMap<>();
    private final TreeMap<Long, Call> resting = new TreeMap<>();
    private long lastRest;
    private final TreeMap<Long, List<Operation>> histories = new TreeMap<>();
    private final TreeMap<Long, TreeSet<Long>> proposed = new TreeMap<>();
    private final Map<Long, Long> lastSeen = new TreeMap<>();
    private final TreeSet<GroupId> served = new TreeSet<>();
    private boolean running;
    private long lastRequest;
    private long lastValue;
    private long lastSequence;
    private final Staleness staleness;
    private final Operator operator;
    private final Survey survey;
    private long applied;
    private long rejected;
    private long unknown;

    /// @param nodes where requests go; filled by the caller
    Workload(
            World world,
            Invariants invariants,
            List<SimNode> nodes,
            Operator operator,
            Survey survey) {
        this.survey = survey;
        this.operator = operator;
        this.world = world;
        this.invariants = invariants;
        this.nodes = nodes;
        random = world.random.fork();
        staleness = new Staleness(world);
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

    /// Writes to every data group that can serve, until each has answered.
    void probe() {
        served.clear();
        for (int group = 1; group <= world.config.groups(); group++) {
            probe(group);
        }
    }

    /// Whether every data group that can serve has answered since the last [#probe].
    boolean allServed() {
        for (int group = 1; group <= world.config.groups(); group++) {
            GroupId id = new GroupId(group);
            if (!served.contains(id) && survey.isAble(id)) {
                return false;
            }
        }
        return true;
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
            issue(client, register, Kind.READ, level(dice), 0, 0);
        }
    }

    private ReadLevel level(int dice) {
        return switch (dice) {
            case 6, 7 -> ReadLevel.LINEARIZABLE;
            case 8 -> random.chance(0.7) ? ReadLevel.LEASE : ReadLevel.LOCAL;
            default -> new ReadLevel.Bounded(random.nextLong(3_000_000L));
        };
    }

    private void issue(
            int client, long register, Kind kind, ReadLevel level, long argument, long expected) {
        if (kind != Kind.READ) {
            proposed.computeIfAbsent(register, _ -> new TreeSet<>()).add(argument);
        }
        boolean inSession = kind != Kind.READ && client >= 0 && random.chance(0.5);
        What what =
                new What(
                        client,
                        register,
                        kind,
                        level,
                        argument,
                        expected,
                        world.nowNanos(),
                        inSession ? session(client) : null);
        send(new Call(what, 0, 1, random.pick(nodes).id(), false), null);
    }

    /// A new write of a client's session, to be applied within some seconds of log time.
    private SessionKey session(int client) {
        long nowMicros = random.pick(nodes).now().wallMicros();
        long patience = random.pick(List.of(0L, 500_000L, 5_000_000L, 60_000_000L));
        return new SessionKey(
                SessionKey.NO_VSHARD, 7, client, ++lastSequence, nowMicros + patience);
    }

    /// Sends a request, the first time or again.
    private void send(Call call, @Nullable NodeId hint) {
        NodeId to = hint != null ? hint : random.pick(nodes).id();
        SimNode node = nodes.get((int) to.value() - 1);
        if (!node.isUp()) {
            world.agenda.after(10_000_000L, () -> retry(call.retried(), null));
            return;
        }
        long id = ++lastRequest;
        long patience = random.nextLong(200_000_000L, 2_000_000_000L);
        Call sent = call.again(to, world.nowNanos() + patience);
        pending.put(id, sent);
        node.post(input(id, sent.what, node.now().nanos() + patience));
        world.agenda.after(patience, () -> overdue(id, to, world.nowNanos()));
    }

    private NodeInput input(long id, What what, long deadlineNanos) {
        Reach reach = random.chance(0.7) ? Reach.FORWARD : Reach.REDIRECT;
        GroupId group = group(what.register);
        Bytes command =
                switch (what.kind) {
                    case READ -> RegisterState.number(what.register);
                    case WRITE -> RegisterState.write(what.register, what.argument);
                    case COMPARE_AND_SET ->
                            RegisterState.compareAndSet(
                                    what.register, what.expected, what.argument);
                };
        if (what.kind == Kind.READ) {
            Reach readReach = random.chance(0.3) ? Reach.HERE : reach;
            return new NodeInput.Read(id, group, command, what.level, deadlineNanos, readReach);
        }
        SessionKey session = what.session;
        return session == null
                ? new NodeInput.Write(id, group, command, deadlineNanos, reach)
                : new NodeInput.SessionWrite(
                        id,
                        group,
                        new SessionCommand(session, command).encode(),
                        deadlineNanos,
                        reach);
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
        if (reply.requestId() < 0) {
            operator.replied(reply.requestId());
            return;
        }
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
        What what = call.what;
        if (done.result().length() != Long.BYTES) {
            throw world.unsafe(node + " answered " + done.result() + " to " + call);
        }
        long observed = RegisterState.number(done.result());
        GroupId group = group(what.register);
        if (observed != 0
                && !proposed.getOrDefault(what.register, new TreeSet<>()).contains(observed)) {
            throw world.unsafe(node + " invented the value " + observed + " for " + call);
        }
        requireServed(node, call, done);
        if (what.isLinearizable()) {
            lastSeen.put(what.register, observed);
            if (what.kind != Kind.READ) {
                invariants.acknowledged(group, done.at());
                staleness.acknowledged(group, done.at().index(), world.nowNanos());
            }
            record(what, observed, world.nowNanos());
        }
        if (what.client < 0) {
            served.add(group);
        } else {
            think(what.client);
        }
    }

    /// An answer never claims more than was asked, and a bounded one keeps its bound.
    private void requireServed(NodeId node, Call call, Outcome.Applied done) {
        What what = call.what;
        boolean fits =
                switch (done.served()) {
                    case WRITTEN -> what.kind != Kind.READ;
                    case REPEATED -> what.session != null;
                    case LINEARIZABLE -> what.kind == Kind.READ;
                    case LEASE -> what.level instanceof ReadLevel.Lease;
                    case BOUNDED -> what.level instanceof ReadLevel.Bounded;
                    case LOCAL -> what.level instanceof ReadLevel.Local;
                    case SNAPSHOT -> false;
                };
        if (!fits) {
            throw world.unsafe(node + " served " + done.served() + " to " + call);
        }
        if (done.served() == Outcome.Served.BOUNDED
                && what.level instanceof ReadLevel.Bounded(long maxMicros)) {
            long must =
                    staleness.mustHave(group(what.register), what.calledNanos, maxMicros * 1_000);
            if (done.at().index() < must) {
                throw world.unsafe(
                        "%s answered %s from %s, but entry %d was acknowledged longer ago"
                                .formatted(node, call, done.at(), must));
            }
        }
    }

    private void rejected(Call call, Outcome.Rejected refusal) {
        rejected++;
        boolean timeIsOver =
                call.what.session != null
                        && (refusal.code() == Outcome.Code.EXPIRED
                                || refusal.code() == Outcome.Code.INVALID);
        if (timeIsOver) {
            if (call.inDoubt) {
                finish(call, true);
            } else {
                think(call.what.client);
            }
            return;
        }
        long pauseNanos =
                switch (refusal.retry()) {
                    case NOW, REDIRECT -> 1_000_000L;
                    case LATER -> 20_000_000L;
                    case NEVER ->
                            throw world.unsafe("a good request was refused for ever: " + refusal);
                };
        rest(call.retried(), pauseNanos, refusal.leader());
    }

    /// Tries again after a pause.
    private void rest(Call call, long nanos, @Nullable NodeId hint) {
        long mark = ++lastRest;
        resting.put(mark, call);
        world.agenda.after(
                nanos,
                () -> {
                    resting.remove(mark);
                    retry(call, hint);
                });
    }

    private void retry(Call call, @Nullable NodeId hint) {
        if (call.what.client >= 0 && (call.attempt >= ATTEMPTS_MAX || !running)) {
            finish(call, call.inDoubt);
        } else {
            send(call, hint);
        }
    }

    /// Nobody knows whether it took effect. With a session it can be tried again: it is applied
    /// once all the same.
    private void unknown(Call call) {
        unknown++;
        if (call.what.session != null) {
            rest(call.doubted(), 1_000_000L, null);
        } else {
            finish(call, true);
        }
    }

    /// The client gives up.
    private void finish(Call call, boolean inDoubt) {
        What what = call.what;
        if (inDoubt && what.kind != Kind.READ) {
            record(what, 0, Long.MAX_VALUE);
        }
        if (what.client < 0) {
            world.agenda.after(10_000_000L, () -> probe((int) group(what.register).value()));
        } else {
            think(what.client);
        }
    }

    private void record(What what, long observed, long returnNanos) {
        histories
                .computeIfAbsent(what.register, _ -> new ArrayList<>())
                .add(
                        new Operation(
                                what.kind,
                                what.argument,
                                what.expected,
                                observed,
                                what.calledNanos,
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
            recordUnanswered(call);
        }
        for (Call call : resting.values()) {
            recordUnanswered(call);
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

    private void recordUnanswered(Call call) {
        if (call.what.kind != Kind.READ) {
            record(call.what, 0, Long.MAX_VALUE);
        }
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
