package dev.quorate.sim;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeInput;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.session.SessionCommand;
import dev.quorate.session.SessionKey;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Takes what clients want to any node, tries again as told, and tells them how it ended. Checks
/// that every request is answered once and in time, and that no answer claims more than was asked.
final class Courier implements SimNode.Clients {
    private static final int ATTEMPTS_MAX = 20;

    /// What a client wants, whatever the attempt.
    interface Errand {
        GroupId group();

        /// The command or the query.
        Bytes body();

        /// How fresh a read must be; null for a write.
        @Nullable ReadLevel level();

        /// In what session a write is sent; null for one that is not to be sent again once its
        /// outcome is unknown.
        @Nullable SessionKey session();

        /// It was done.
        void answered(NodeId by, Outcome.Applied how);

        /// It was given up, and certainly had no effect.
        void refused();

        /// It was given up, and may have had an effect, or have it later. For a read, that is the
        /// same as [#refused].
        void inDoubt();
    }

    /// An errand on its way.
    ///
    /// @param mayGiveUp whether it is not tried for ever
    /// @param deadlineNanos simulated time after which the node must have answered
    /// @param inDoubt whether an earlier attempt may have taken effect
    private record Call(
            Errand errand,
            boolean mayGiveUp,
            long calledNanos,
            long deadlineNanos,
            int attempt,
            NodeId node,
            boolean inDoubt) {
        Call again(NodeId to, long nextDeadlineNanos) {
            return new Call(
                    errand, mayGiveUp, calledNanos, nextDeadlineNanos, attempt, to, inDoubt);
        }

        Call retried() {
            return new Call(errand, mayGiveUp, calledNanos, 0, attempt + 1, node, inDoubt);
        }

        Call doubted() {
            return new Call(errand, mayGiveUp, calledNanos, 0, attempt + 1, node, true);
        }

        boolean isRead() {
            return errand.level() != null;
        }
    }

    private final World world;
    private final List<SimNode> nodes;
    private final Operator operator;
    private final Invariants invariants;
    private final Staleness staleness;
    private final Prng random;
    private final TreeMap<Long, Call> pending = new TreeMap<>();
    private final TreeMap<Long, Call> resting = new TreeMap<>();
    private long lastRest;
    private long lastRequest;
    private boolean hurries;
    private final Map<Outcome.Served, Long> served = new EnumMap<>(Outcome.Served.class);
    private long logTimeMicros;
    private long applied;
    private long rejected;
    private long unknown;

    /// @param nodes where requests go; filled by the caller
    Courier(World world, Invariants invariants, List<SimNode> nodes, Operator operator) {
        this.world = world;
        this.invariants = invariants;
        this.nodes = nodes;
        this.operator = operator;
        random = world.random.fork();
        staleness = new Staleness(world);
    }

    /// Sends an errand that is given up after a while.
    void send(Errand errand) {
        begin(errand, true);
    }

    /// Sends an errand that is tried until it is answered.
    void insist(Errand errand) {
        begin(errand, false);
    }

    private void begin(Errand errand, boolean mayGiveUp) {
        NodeId to = random.pick(nodes).id();
        send(new Call(errand, mayGiveUp, world.nowNanos(), 0, 1, to, false), to);
    }

    /// Whether attempts are not repeated any more, but for those that insist.
    void hurry(boolean soon) {
        hurries = soon;
    }

    /// Everything that has no answer yet and may have an effect.
    void forEachOpen(Consumer<Errand> action) {
        pending.values().forEach(call -> action.accept(call.errand));
        resting.values().forEach(call -> action.accept(call.errand));
    }

    /// Whether the answer must fit the history of what is read.
    static boolean isExact(ReadLevel level) {
        return level instanceof ReadLevel.Linearizable || level instanceof ReadLevel.Lease;
    }

    // ---- there ---------------------------------------------------------------------------------

    /// Sends a request, the first time or again.
    private void send(Call call, @Nullable NodeId hint) {
        NodeId to = hint != null ? hint : random.pick(nodes).id();
        SimNode node = node(to);
        if (!node.isUp()) {
            rest(call.retried(), 10_000_000L, null);
            return;
        }
        long id = ++lastRequest;
        long patience = random.nextLong(200_000_000L, 2_000_000_000L);
        Call sent = call.again(to, world.nowNanos() + patience);
        pending.put(id, sent);
        node.post(input(id, sent.errand, node.now().nanos() + patience));
        world.agenda.after(patience, () -> overdue(id, to, world.nowNanos()));
    }

    private NodeInput input(long id, Errand errand, long deadlineNanos) {
        Reach reach = random.chance(0.7) ? Reach.FORWARD : Reach.REDIRECT;
        GroupId group = errand.group();
        ReadLevel level = errand.level();
        if (level != null) {
            Reach readReach = random.chance(0.3) ? Reach.HERE : reach;
            return new NodeInput.Read(id, group, errand.body(), level, deadlineNanos, readReach);
        }
        SessionKey session = errand.session();
        return session == null
                ? new NodeInput.Write(id, group, errand.body(), deadlineNanos, reach)
                : new NodeInput.SessionWrite(
                        id,
                        group,
                        new SessionCommand(session, errand.body()).encode(),
                        deadlineNanos,
                        reach);
    }

    /// Every request is answered by its deadline, give or take what lanes and pauses cost.
    private void overdue(long id, NodeId to, long sinceNanos) {
        SimNode node = node(to);
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

    // ---- and back ------------------------------------------------------------------------------

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
            case Outcome.Applied done -> {
                applied++;
                served.merge(done.served(), 1L, Long::sum);
                requireServed(node, call, done);
                if (!call.isRead()) {
                    GroupId group = call.errand.group();
                    world.requireLogTime(done.stampMicros());
                    logTimeMicros = Math.max(logTimeMicros, done.stampMicros());
                    invariants.acknowledged(group, done.at());
                    staleness.acknowledged(group, done.at().index(), world.nowNanos());
                }
                call.errand.answered(node, done);
            }
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

    /// An answer never claims more than was asked, and a bounded one keeps its bound.
    private void requireServed(NodeId node, Call call, Outcome.Applied done) {
        ReadLevel level = call.errand.level();
        boolean fits =
                switch (done.served()) {
                    case WRITTEN -> level == null;
                    case REPEATED -> call.errand.session() != null;
                    case LINEARIZABLE -> level != null;
                    case LEASE -> level instanceof ReadLevel.Lease;
                    case BOUNDED -> level instanceof ReadLevel.Bounded;
                    case LOCAL -> level instanceof ReadLevel.Local;
                    case SNAPSHOT -> false;
                };
        if (!fits) {
            throw world.unsafe(node + " served " + done.served() + " to " + call);
        }
        if (done.served() == Outcome.Served.BOUNDED
                && level instanceof ReadLevel.Bounded(long maxMicros)) {
            long must =
                    staleness.mustHave(call.errand.group(), call.calledNanos, maxMicros * 1_000);
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
                call.errand.session() != null
                        && (refusal.code() == Outcome.Code.EXPIRED
                                || refusal.code() == Outcome.Code.INVALID);
        if (timeIsOver) {
            giveUp(call);
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

    /// Nobody knows whether it took effect. With a session it can be tried again: it is applied
    /// once all the same.
    private void unknown(Call call) {
        unknown++;
        if (call.errand.session() != null) {
            rest(call.doubted(), 1_000_000L, null);
        } else {
            giveUp(call.doubted());
        }
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
        if (call.mayGiveUp && (call.attempt >= ATTEMPTS_MAX || hurries)) {
            giveUp(call);
        } else {
            send(call, hint);
        }
    }

    private static void giveUp(Call call) {
        if (call.inDoubt) {
            call.errand.inDoubt();
        } else {
            call.errand.refused();
        }
    }

    private SimNode node(NodeId id) {
        return nodes.get((int) id.value() - 1);
    }

    long served(Outcome.Served how) {
        return served.getOrDefault(how, 0L);
    }

    long logTimeMicros() {
        return logTimeMicros;
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
