package dev.quorate.kv.door;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.api.StateMachine;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.kv.KvStateMachines;
import dev.quorate.node.Cluster;
import dev.quorate.node.ClusterView;
import dev.quorate.node.Shards;
import dev.quorate.session.SessionCommand;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.types.VShardId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A cluster of three nodes of which only this one exists: real state machines behind one thread,
/// answers that can be held back or replaced.
final class FakeCluster implements Cluster, Shards, AutoCloseable {
    static final NodeId SELF = new NodeId(1);
    static final NodeId OTHER = new NodeId(2);
    static final NodeId THIRD = new NodeId(3);
    private static final int GROUPS = 4;

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final KvStateMachines machines = KvStateMachines.memory();
    private final TreeMap<GroupId, StateMachine> open = new TreeMap<>();
    private final List<Runnable> held = new ArrayList<>();
    private final TreeMap<GroupId, NodeId> leaders = new TreeMap<>();
    private final AtomicInteger submitted = new AtomicInteger();
    private boolean holding;
    private long index;
    private long nowMicros = 1_700_000_000_000_000L;
    private volatile @Nullable Outcome outcome;
    private volatile String otherClient = "127.0.0.1:7002";
    private volatile @Nullable Reach lastReach;
    private volatile @Nullable ReadLevel lastLevel;
    private volatile ClusterView view;

    FakeCluster() {
        for (int i = 1; i <= GROUPS; i++) {
            leaders.put(new GroupId(i), SELF);
        }
        view = build();
    }

    static GroupId groupOf(int slot) {
        return new GroupId(1 + (slot / 16) % GROUPS);
    }

    /// From now on every request ends like this; null brings the machines back.
    void outcome(@Nullable Outcome wanted) {
        outcome = wanted;
    }

    /// Sets who leads a group; null for nobody.
    synchronized void leader(GroupId group, @Nullable NodeId leader) {
        if (leader == null) {
            leaders.remove(group);
        } else {
            leaders.put(group, leader);
        }
        view = build();
    }

    synchronized void otherClient(String address) {
        otherClient = address;
        view = build();
    }

    @Nullable Reach lastReach() {
        return lastReach;
    }

    @Nullable ReadLevel lastLevel() {
        return lastLevel;
    }

    /// How many writes and reads have come.
    int submitted() {
        return submitted.get();
    }

    synchronized void hold() {
        holding = true;
    }

    /// Carries out what was held, the latest first.
    synchronized void releaseReversed() {
        holding = false;
        held.reversed().forEach(thread::execute);
        held.clear();
    }

    void tickAfter(Duration passed) {
        CompletableFuture.runAsync(
                        () -> {
                            nowMicros += passed.toNanos() / 1000;
                            open.values()
                                    .forEach(machine ->
                                            machine.apply(List.of(command(Bytes.EMPTY))));
                        },
                        thread)
                .join();
    }

    @Override
    public ClusterView view() {
        return view;
    }

    @Override
    public Shards shards() {
        return this;
    }

    @Override
    public CompletableFuture<Outcome> submit(
            VShardId vshard, Bytes command, Duration deadline, Reach reach) {
        return run(reach, () -> machine(vshard).apply(List.of(command(command))).getFirst());
    }

    @Override
    public CompletableFuture<Outcome> submitOnce(
            VShardId vshard, Bytes payload, Duration deadline, Reach reach) {
        return submit(vshard, SessionCommand.decode(payload).command(), deadline, reach);
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public CompletableFuture<Outcome> ask(
            VShardId vshard, Bytes query, ReadLevel level, Duration deadline, Reach reach) {
        lastLevel = level;
        return run(
                reach,
                () ->
                        machine(vshard)
                                .query(
                                        query,
                                        new StateMachine.QueryContext(
                                                index, nowMicros, nowMicros, Long.MAX_VALUE)));
    }

    private synchronized CompletableFuture<Outcome> run(Reach reach, Supplier<Bytes> work) {
        submitted.incrementAndGet();
        lastReach = reach;
        Outcome forced = outcome;
        if (forced != null) {
            return CompletableFuture.completedFuture(forced);
        }
        CompletableFuture<Outcome> future = new CompletableFuture<>();
        Runnable task =
                () -> {
                    try {
                        Bytes result = work.get();
                        future.complete(
                                new Outcome.Applied(
                                        new LogPosition(1, index),
                                        nowMicros,
                                        Outcome.Served.WRITTEN,
                                        result));
                    } catch (RuntimeException e) {
                        future.completeExceptionally(e);
                    }
                };
        if (holding) {
            held.add(task);
        } else {
            thread.execute(task);
        }
        return future;
    }

    private StateMachine machine(VShardId vshard) {
        return open.computeIfAbsent(view.groupOfVShard().get(vshard.value()), machines::open);
    }

    private StateMachine.Command command(Bytes bytes) {
        return new StateMachine.Command(++index, ++nowMicros, bytes);
    }

    private ClusterView build() {
        List<ClusterView.Node> nodes =
                List.of(
                        new ClusterView.Node(
                                SELF, "up", "127.0.0.1:1", "", true, ClusterView.Reach.ALIVE),
                        new ClusterView.Node(
                                OTHER,
                                "up",
                                "127.0.0.1:2",
                                otherClient,
                                true,
                                ClusterView.Reach.ALIVE),
                        new ClusterView.Node(
                                THIRD,
                                "up",
                                "127.0.0.1:3",
                                "127.0.0.1:7003",
                                false,
                                ClusterView.Reach.DEAD));
        List<ClusterView.Group> groups = new ArrayList<>();
        groups.add(new ClusterView.Group(GroupId.METADATA, List.of(SELF), SELF, 1));
        for (int i = 1; i <= GROUPS; i++) {
            GroupId id = new GroupId(i);
            groups.add(new ClusterView.Group(id, List.of(SELF, OTHER, THIRD), leaders.get(id), 1));
        }
        List<GroupId> owners = new ArrayList<>();
        for (int vshard = 0; vshard < VShardId.COUNT; vshard++) {
            owners.add(new GroupId(1 + vshard % GROUPS));
        }
        return new ClusterView(new ClusterId(0xabcdef, 1), SELF, 42, nodes, groups, owners);
    }

    @Override
    public void close() {
        thread.shutdownNow();
        machines.close();
    }
}
