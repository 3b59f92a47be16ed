package dev.quorate.kv.door;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.kv.command.KvQuery;
import dev.quorate.kv.command.KvWrite;
import dev.quorate.kv.command.MalformedException;
import dev.quorate.kv.command.QueryCodec;
import dev.quorate.kv.command.Reply;
import dev.quorate.kv.command.ReplyCodec;
import dev.quorate.kv.command.WriteCodec;
import dev.quorate.node.Cluster;
import dev.quorate.node.ClusterView;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.KeySlot;
import dev.quorate.types.NodeId;
import dev.quorate.types.VShardId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Takes writes and queries to the group that owns their slot, or tells the client where to go.
///
/// The answers that clients retry by themselves (`MOVED`, `TRYAGAIN`, `CLUSTERDOWN`) are given only
/// when the command certainly was not and will not be applied; otherwise the answer is `UNKNOWN`,
/// which no client retries (rule R21). Thread-safe.
final class ShardRoute {
    private static final Reply DOWN = new Reply.Failure("CLUSTERDOWN Hash slot not served");

    private final Cluster cluster;
    private final Duration deadline;
    private final int commandBytesMax;
    private final ReadLevel readOnly;

    ShardRoute(Cluster cluster, KvServerOptions options) {
        this.cluster = cluster;
        this.deadline = options.deadline();
        this.commandBytesMax = options.requestBytesMax();
        this.readOnly = options.readOnly();
    }

    /// Replicates a write. The future never fails.
    CompletableFuture<Reply> write(int slot, KvWrite write) {
        Bytes command = WriteCodec.encode(write);
        if (command.length() > commandBytesMax) {
            return CompletableFuture.completedFuture(
                    new Reply.Failure("ERR command exceeds " + commandBytesMax + " bytes"));
        }
        VShardId vshard = KeySlot.vshardOfSlot(slot);
        ClusterView view = cluster.view();
        Reply elsewhere = elsewhere(slot, view);
        if (elsewhere != null) {
            return CompletableFuture.completedFuture(elsewhere);
        }
        return cluster.shards()
                .submit(vshard, command, deadline, reach(view, vshard))
                .handle((outcome, failure) ->
                        failure == null
                                ? reply(slot, outcome, false)
                                : unknown(failure.getMessage()));
    }

    /// Asks the leader, or this node's own replica if the client does not mind. The future never
    /// fails.
    ///
    /// @param mayBeHere whether a replica that does not lead may answer
    CompletableFuture<Reply> read(int slot, KvQuery query, boolean mayBeHere) {
        VShardId vshard = KeySlot.vshardOfSlot(slot);
        ClusterView view = cluster.view();
        if (mayBeHere && replicates(view, vshard)) {
            return ask(slot, query, readOnly, Reach.HERE);
        }
        Reply elsewhere = elsewhere(slot, view);
        return elsewhere == null
                ? ask(slot, query, ReadLevel.LINEARIZABLE, reach(view, vshard))
                : CompletableFuture.completedFuture(elsewhere);
    }

    /// Counts the keys of all groups that this node leads. The future never fails.
    CompletableFuture<Reply> size() {
        ClusterView view = cluster.view();
        List<CompletableFuture<Reply>> sizes = new ArrayList<>();
        for (ClusterView.Group group : view.groups()) {
            int vshard = view.groupOfVShard().indexOf(group.id());
            boolean leads = view.self().equals(group.leader());
            if (leads && vshard >= 0 && !group.id().equals(GroupId.METADATA)) {
                sizes.add(
                        ask(
                                vshard * KeySlot.PER_VSHARD,
                                new KvQuery.Size(),
                                ReadLevel.LINEARIZABLE,
                                Reach.REDIRECT));
            }
        }
        CompletableFuture<Reply> sum = CompletableFuture.completedFuture(new Reply.Int(0));
        for (CompletableFuture<Reply> size : sizes) {
            sum = sum.thenCombine(size, ShardRoute::plus);
        }
        return sum;
    }

    private static Reply plus(Reply left, Reply right) {
        if (left instanceof Reply.Int(long a) && right instanceof Reply.Int(long b)) {
            return new Reply.Int(a + b);
        }
        if (left instanceof Reply.Failure) {
            return left;
        }
        // a group that was led a moment ago: its new leader is no better place to ask
        return right instanceof Reply.Failure(String text) && text.startsWith("MOVED ")
                ? DOWN
                : right;
    }

    private CompletableFuture<Reply> ask(int slot, KvQuery query, ReadLevel level, Reach reach) {
        return cluster.shards()
                .ask(KeySlot.vshardOfSlot(slot), QueryCodec.encode(query), level, deadline, reach)
                .handle((outcome, failure) ->
                        failure == null
                                ? reply(slot, outcome, true)
                                : unread(failure.getMessage()));
    }

    private Reply reply(int slot, Outcome outcome, boolean read) {
        return switch (outcome) {
            case Outcome.Applied applied -> decode(applied.result());
            case Outcome.Rejected rejected -> refusal(slot, rejected);
            case Outcome.Unknown(String sentence) -> read ? unread(sentence) : unknown(sentence);
        };
    }

    private Reply refusal(int slot, Outcome.Rejected rejected) {
        return switch (rejected.code()) {
            case NOT_LEADER -> {
                Reply moved = moved(slot, cluster.view(), rejected.leader());
                yield moved == null ? DOWN : moved;
            }
            case NO_LEADER, NO_SUCH_GROUP, TIMEOUT, STOPPING -> DOWN;
            case OVERLOADED -> new Reply.Failure("TRYAGAIN " + rejected.sentence());
            case INVALID, REFUSED, EXPIRED, UNSUPPORTED, QUERY_FAILED, CHANGE_UNDER_WAY ->
                    new Reply.Failure("ERR " + rejected.sentence());
        };
    }

    /// The answer that sends the client to another node, or null if this one can help.
    private static @Nullable Reply elsewhere(int slot, ClusterView view) {
        ClusterView.Group group = view.groupOf(KeySlot.vshardOfSlot(slot));
        return group == null ? DOWN : moved(slot, view, group.leader());
    }

    private static @Nullable Reply moved(int slot, ClusterView view, @Nullable NodeId leader) {
        HostPort address = leader == null ? null : clientAddress(view, leader);
        if (address == null || view.self().equals(leader)) {
            return null;
        }
        return new Reply.Failure("MOVED " + slot + " " + address);
    }

    /// A leader without a front door cannot be named to the client, so the node forwards.
    private static Reach reach(ClusterView view, VShardId vshard) {
        ClusterView.Group group = view.groupOf(vshard);
        NodeId leader = group == null ? null : group.leader();
        boolean doorless =
                leader != null
                        && !leader.equals(view.self())
                        && clientAddress(view, leader) == null;
        return doorless ? Reach.FORWARD : Reach.REDIRECT;
    }

    private static boolean replicates(ClusterView view, VShardId vshard) {
        ClusterView.Group group = view.groupOf(vshard);
        return group != null && group.replicas().contains(view.self());
    }

    private static @Nullable HostPort clientAddress(ClusterView view, NodeId id) {
        ClusterView.Node node = view.node(id);
        return node == null ? null : HostPort.parse(node.client());
    }

    private static Reply decode(Bytes result) {
        try {
            return ReplyCodec.decode(result);
        } catch (MalformedException e) {
            return new Reply.Failure(
                    "ERR the command was carried out, but its answer is of a version this node does"
                            + " not know: "
                            + e.getMessage());
        }
    }

    private static Reply unknown(@Nullable String detail) {
        return new Reply.Failure("UNKNOWN the outcome of this command is not known: " + detail);
    }

    /// A read leaves no trace, so it may always be tried again.
    private static Reply unread(@Nullable String detail) {
        return new Reply.Failure("TRYAGAIN the read was not answered: " + detail);
    }
}
