package dev.quorate.core;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.core.Request.Kind;
import dev.quorate.core.Request.Stage;
import dev.quorate.raft.RaftEffect;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Takes each request to whoever can serve it, and sees to it that each gets exactly one answer.
///
/// A request is *parked* while nobody is known to lead its group, *forwarded* to another node,
/// *proposed*, or *reading*. "Certainly not applied" is said only when that is certain; a write
/// that was given to a leader ends as applied, as refused by the log, or as unknown (rule R21).
final class Requests {
    /// The id by which the node knows requests of its own, whose answers nobody waits for.
    static final long NODE_ITSELF = Long.MIN_VALUE;

    private static final int HOPS_MAX = 4;
    private static final long SWEEP_NANOS = 20_000_000;

    /// Finds the hosted replica of a group, or a node that hosts one.
    interface Directory {
        @Nullable HostedGroup hosted(GroupId group);

        /// The leader of a group that is not hosted here; null while nobody is known to lead it.
        @Nullable NodeId leader(GroupId group);

        /// A member of a group that is not hosted here; null when there is no such group.
        @Nullable NodeId member(GroupId group);

        /// Whether there may be such a group: there is, or group 0 has not told us of the cluster
        /// yet.
        boolean mayExist(GroupId group);

        void touched(HostedGroup group);
    }

    private final Turn turn;
    private final Directory directory;
    private final int requestsMax;
    private final long leaderWaitNanos;
    private final int rememberedMax;
    private final RequestTable table = new RequestTable();
    private final ArrayDeque<Request> reroutes = new ArrayDeque<>();
    private long lastId;
    private long nextSweepNanos;
    private @Nullable String closed;

    /// @param idsAfter ids are counted from here; random, because a peer may still answer what this
    ///   node asked before it restarted, and must not be taken to answer something else
    Requests(Turn turn, Directory directory, NodeConfig.NodeLimits limits, long idsAfter) {
        this.turn = turn;
        this.lastId = idsAfter;
        this.directory = directory;
        this.requestsMax = limits.requestsMax();
        this.leaderWaitNanos = limits.leaderWaitNanos();
        this.rememberedMax = limits.rememberedMax();
    }

    /// Takes a new request in and sends it on its way.
    ///
    /// @param origin the node that forwarded it; null for a client of this node
    void accept(@Nullable NodeId origin, long clientId, Request.Asked asked) {
        Request request = admit(origin, clientId, asked);
        if (request != null) {
            route(request);
        }
    }

    /// Takes a new request in, if there is room for it: else it is refused.
    @Nullable Request admit(@Nullable NodeId origin, long clientId, Request.Asked asked) {
        Request request = new Request(++lastId, origin, clientId, asked);
        if (closed != null) {
            refuse(request, Code.STOPPING, Retry.LATER, null, closed);
            return null;
        }
        if (table.size() >= requestsMax) {
            refuse(
                    request,
                    Code.OVERLOADED,
                    Retry.LATER,
                    null,
                    "this node already works on " + requestsMax + " requests; try again later");
            return null;
        }
        if (table.size() == 0) {
            nextSweepNanos = turn.now().nanos() + SWEEP_NANOS;
        }
        table.add(request);
        request.parked(turn.now().nanos());
        return request;
    }

    @Nullable Request find(long id) {
        return table.find(id);
    }

    /// When [#sweep] must be called next.
    long nextDeadlineNanos() {
        return table.size() == 0 ? turn.now().nanos() + NodeCore.FOREVER_NANOS : nextSweepNanos;
    }

    /// Sends a request on its way, or parks it.
    void route(Request request) {
        HostedGroup group = directory.hosted(request.group());
        if (group == null) {
            routeElsewhere(request);
        } else if (!group.serves(request.kind())) {
            refuse(
                    request,
                    Code.STOPPING,
                    Retry.LATER,
                    null,
                    request.group() + " stands still on this node: " + cause(group));
        } else if (request.kind() == Kind.READ && group.reads().answersAtOnce(request)) {
            directory.touched(group);
        } else if (group.raft().isLeader()) {
            directory.touched(group);
            routeHere(request, group);
        } else if (asksFromHere(request, group)) {
            directory.touched(group);
            group.read(request);
        } else {
            redirect(request, group.leader());
        }
    }

    private void routeHere(Request request, HostedGroup group) {
        String shortage = turn.admission().shortage(request.group());
        if (request.kind() == Kind.READ) {
            group.read(request);
        } else if (!group.raft().takesProposals()) {
            request.parked(turn.now().nanos());
        } else if (shortage != null) {
            refuse(request, Code.OVERLOADED, Retry.LATER, null, shortage);
        } else if (request.kind() == Kind.SESSION_WRITE && group.remembered() >= rememberedMax) {
            refuse(
                    request,
                    Code.OVERLOADED,
                    Retry.LATER,
                    null,
                    "%s already remembers the results of %d writes; try again later"
                            .formatted(request.group(), group.remembered()));
        } else {
            group.propose(request);
        }
    }

    /// Whether a follower may ask its leader up to where the read must have applied, and answer
    /// itself. It cannot make log time pass.
    private static boolean asksFromHere(Request request, HostedGroup group) {
        return request.kind() == Kind.READ
                && request.reach() == Reach.HERE
                && group.leader() != null
                && !(request.level() instanceof ReadLevel.Snapshot);
    }

    private void routeElsewhere(Request request) {
        NodeId member = directory.member(request.group());
        NodeId leader = directory.leader(request.group());
        // a client is only ever sent to a leader (rule R21); we may ask any member ourselves
        NodeId next = leader == null && request.reach() != Reach.REDIRECT ? member : leader;
        if (next != null && !next.equals(request.forwardedTo())) {
            redirect(request, next);
        } else if (directory.mayExist(request.group())) {
            request.parked(turn.now().nanos());
        } else {
            refuse(
                    request,
                    Code.NO_SUCH_GROUP,
                    Retry.NEVER,
                    null,
                    "there is no group " + request.group() + " in this cluster");
        }
    }

    private void redirect(Request request, @Nullable NodeId leader) {
        if (leader == null) {
            if (request.stage() != Stage.PARKED) {
                request.parked(turn.now().nanos());
            }
        } else if (request.origin() != null || request.reach() == Reach.REDIRECT) {
            refuse(
                    request,
                    Code.NOT_LEADER,
                    Retry.REDIRECT,
                    leader,
                    leader + " leads " + request.group());
        } else if (request.hops() >= HOPS_MAX) {
            refuse(
                    request,
                    Code.NO_LEADER,
                    Retry.LATER,
                    null,
                    "the nodes do not agree yet on who leads " + request.group());
        } else {
            forward(request, leader);
        }
    }

    private void forward(Request request, NodeId leader) {
        request.forwarded(leader);
        long remaining = Math.max(0, request.deadlineNanos() - turn.now().nanos()) / 1_000;
        PeerMessage.RequestKind kind =
                switch (request.kind()) {
                    case WRITE -> PeerMessage.RequestKind.WRITE;
                    case SESSION_WRITE -> PeerMessage.RequestKind.SESSION_WRITE;
                    case READ -> PeerMessage.RequestKind.READ;
                    case CHANGE, TRANSFER ->
                            throw new IllegalStateException(request.kind() + " is not forwarded");
                };
        turn.emit(
                new NodeEffect.Send(
                        leader,
                        new PeerMessage.Forward(
                                request.id(),
                                request.group(),
                                kind,
                                request.level(),
                                remaining,
                                request.payload())));
    }

    /// The node that a request was forwarded to has answered.
    void answered(NodeId from, PeerMessage.Answer answer) {
        Request request = table.find(answer.requestId());
        if (request == null || !from.equals(request.forwardedTo())) {
            return;
        }
        if (answer.outcome() instanceof Outcome.Rejected rejected
                && rejected.code() == Code.NOT_LEADER) {
            request.parked(turn.now().nanos());
            NodeId leader = rejected.leader();
            if (leader != null && !leader.equals(from)) {
                redirect(request, leader);
            }
        } else {
            answer(request, answer.outcome());
        }
    }

    /// The node that forwarded a request does not wait for its answer any more. What is in the log
    /// stays there; everything else is forgotten.
    void cancelled(NodeId from, long forwardedId) {
        table.forEach(request -> {
            if (from.equals(request.origin()) && request.clientId() == forwardedId) {
                table.remove(request);
                HostedGroup group = directory.hosted(request.group());
                if (group != null) {
                    group.forget(request);
                }
            }
        });
    }

    /// The link to a node broke: what was forwarded there may or may not have arrived.
    void linkDown(NodeId peer) {
        table.forEach(request -> {
            if (request.stage() == Stage.FORWARDED && peer.equals(request.forwardedTo())) {
                lost(request, peer);
            }
        });
    }

    private void lost(Request request, NodeId peer) {
        if (request.kind().hasEffect()) {
            answer(
                    request,
                    new Outcome.Unknown(
                            "the link to " + peer + " broke while it worked on the request"));
        } else {
            request.parked(turn.now().nanos());
        }
    }

    /// A replica did not take a request it was offered.
    void notTaken(long requestId, RaftEffect.Reason reason) {
        Request request = table.find(requestId);
        if (request == null) {
            return;
        }
        switch (reason) {
            case OVERLOADED ->
                    refuse(
                            request,
                            Code.OVERLOADED,
                            Retry.LATER,
                            null,
                            request.group() + " has too much that is not committed yet");
            case NOT_LEADER -> {
                if (request.kind().isWrite() || request.kind() == Kind.READ) {
                    again(request);
                } else {
                    redirect(request);
                }
            }
            case CHANGE_UNDER_WAY ->
                    refuse(
                            request,
                            Code.CHANGE_UNDER_WAY,
                            Retry.LATER,
                            null,
                            "another change of " + request.group() + " is under way");
            case NOT_CAUGHT_UP ->
                    refuse(
                            request,
                            Code.REFUSED,
                            Retry.LATER,
                            null,
                            "a replica that shall vote in "
                                    + request.group()
                                    + " is not a learner that keeps up");
        }
    }

    /// Only the leader's own node can do this.
    void redirect(Request request) {
        HostedGroup group = directory.hosted(request.group());
        NodeId leader = group == null ? directory.leader(request.group()) : group.leader();
        refuse(
                request,
                leader == null ? Code.NO_LEADER : Code.NOT_LEADER,
                leader == null ? Retry.LATER : Retry.REDIRECT,
                leader,
                leader == null
                        ? "nobody is known to lead " + request.group()
                        : leader + " leads " + request.group());
    }

    /// The request was certainly not applied: it is sent on its way again at the end of the step.
    void again(Request request) {
        request.parked(turn.now().nanos());
        reroutes.add(request);
    }

    /// Somebody leads the group now: what is parked may go.
    void leaderKnown(GroupId group) {
        table.forEach(request -> {
            if (request.stage() == Stage.PARKED && request.group().equals(group)) {
                reroutes.add(request);
            }
        });
    }

    /// Routes what [#again] and [#leaderKnown] collected. Not done on the spot, since both are
    /// called while a replica is in the middle of a step.
    void reroute() {
        for (int rounds = reroutes.size(); rounds > 0; rounds--) {
            Request request = reroutes.removeFirst();
            if (table.find(request.id()) != null && request.stage() == Stage.PARKED) {
                route(request);
            }
        }
    }

    boolean mustReroute() {
        return !reroutes.isEmpty();
    }

    /// Answers what has waited too long.
    void sweep() {
        long now = turn.now().nanos();
        if (table.size() == 0 || now - nextSweepNanos < 0) {
            return;
        }
        nextSweepNanos = now + SWEEP_NANOS;
        table.forEach(request -> sweep(now, request));
    }

    private void sweep(long now, Request request) {
        boolean late = now - request.deadlineNanos() >= 0;
        switch (request.stage()) {
            case PARKED -> {
                if (late || now - request.parkedSinceNanos() >= leaderWaitNanos) {
                    refuse(
                            request,
                            Code.NO_LEADER,
                            Retry.LATER,
                            null,
                            "nobody is known to lead " + request.group());
                }
            }
            case READING, SETTLED -> {
                if (late) {
                    refuse(
                            request,
                            Code.TIMEOUT,
                            Retry.NOW,
                            null,
                            "the read was not confirmed in time");
                }
            }
            case FORWARDED, PROPOSED -> {
                if (late) {
                    cancelForwarded(request);
                    expire(request);
                }
            }
        }
    }

    /// The other node's clock may run slower than ours: it need not go on for nobody.
    private void cancelForwarded(Request request) {
        NodeId worker = request.forwardedTo();
        if (request.stage() == Stage.FORWARDED && worker != null) {
            turn.emit(new NodeEffect.Send(worker, new PeerMessage.Cancel(request.id())));
        }
    }

    private void expire(Request request) {
        if (request.kind().hasEffect()) {
            String seen =
                    request.stage() == Stage.FORWARDED
                            ? request.forwardedTo() + " did not answer in time"
                            : request.kind().isWrite()
                                    ? "the write is in the log at "
                                            + request.position()
                                            + " but was not committed in time"
                                    : "the change was begun but did not end in time";
            answer(request, new Outcome.Unknown(seen));
        } else {
            refuse(
                    request,
                    Code.TIMEOUT,
                    Retry.NOW,
                    null,
                    request.forwardedTo() + " did not answer in time");
        }
    }

    /// Gives every request of a group its answer: the group will not.
    void failAll(HostedGroup group, String why) {
        table.forEach(request -> {
            if (request.group().equals(group.id())) {
                fail(request, why);
            }
        });
    }

    /// Gives every request its answer and refuses all that come later: the node cannot go on.
    void close(String why) {
        closed = why;
        table.forEach(request -> fail(request, why));
    }

    private void fail(Request request, String why) {
        boolean mayBeApplied =
                request.kind().hasEffect()
                        && (request.stage() == Stage.PROPOSED
                                || request.stage() == Stage.FORWARDED);
        if (mayBeApplied) {
            answer(request, new Outcome.Unknown(why));
        } else {
            refuse(request, Code.STOPPING, Retry.LATER, null, why);
        }
    }

    private void refuse(
            Request request, Code code, Retry retry, @Nullable NodeId leader, String sentence) {
        answer(request, new Outcome.Rejected(code, retry, leader, sentence));
    }

    /// Ends a request.
    void answer(Request request, Outcome outcome) {
        table.remove(request);
        HostedGroup group = directory.hosted(request.group());
        if (group != null) {
            group.forget(request);
        }
        NodeId origin = request.origin();
        if (request.clientId() == NODE_ITSELF) {
            return; // nobody waits
        }
        if (origin == null) {
            turn.emit(new NodeEffect.Reply(request.clientId(), outcome));
        } else {
            turn.emit(
                    new NodeEffect.Send(
                            origin, new PeerMessage.Answer(request.clientId(), outcome)));
        }
    }

    private static String cause(HostedGroup group) {
        String halted = group.halted();
        return halted != null ? halted : String.valueOf(group.applyStopped());
    }
}
