package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.VShardId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// The cluster's shards through this node: finds the group of a vShard and asks there.
final class LocalShards implements Shards {
    private final Door door;
    private final Supplier<ClusterView> view;

    LocalShards(Door door, Supplier<ClusterView> view) {
        this.door = door;
        this.view = view;
    }

    @Override
    public CompletableFuture<Outcome> submit(
            VShardId vshard, Bytes command, Duration deadline, Reach reach) {
        List<GroupId> owners = view.get().groupOfVShard();
        return owners.isEmpty()
                ? unknown()
                : door.submit(owners.get(vshard.value()), command, deadline, reach);
    }

    @Override
    public CompletableFuture<Outcome> submitOnce(
            VShardId vshard, Bytes payload, Duration deadline, Reach reach) {
        List<GroupId> owners = view.get().groupOfVShard();
        return owners.isEmpty()
                ? unknown()
                : door.submitOnce(owners.get(vshard.value()), payload, deadline, reach);
    }

    @Override
    public boolean isOpen() {
        return door.isOpen();
    }

    @Override
    public CompletableFuture<Outcome> ask(
            VShardId vshard, Bytes query, ReadLevel level, Duration deadline, Reach reach) {
        List<GroupId> owners = view.get().groupOfVShard();
        return owners.isEmpty()
                ? unknown()
                : door.ask(owners.get(vshard.value()), query, level, deadline, reach);
    }

    private static CompletableFuture<Outcome> unknown() {
        return Door.refuse(
                Code.NO_LEADER, Retry.LATER, "this node does not know its cluster's groups yet");
    }
}
