package dev.quorate.node;

import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.core.NodeEffect.FetchSnapshot;
import dev.quorate.core.NodeInput;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;

/// A node that neither takes nor fetches snapshots, and says so.
final class Snapshots implements SnapshotDesk {
    private static final String WHY = "this node keeps no snapshots";

    private final Completions completions;

    Snapshots(Completions completions) {
        this.completions = completions;
    }

    @Override
    public void take(GroupId group, LogPosition position, long stampMicros, Checkpoint checkpoint) {
        checkpoint.close();
        completions.post(new NodeInput.SnapshotFailed(group, null, WHY));
    }

    @Override
    public Content fetched(GroupId group, SnapshotMeta meta) {
        throw new IllegalStateException(WHY);
    }

    void fetch(FetchSnapshot fetch) {
        completions.post(new NodeInput.SnapshotFailed(fetch.group(), fetch.meta(), WHY));
    }

    void release(GroupId group) {}

    void dropFetched(GroupId group) {}
}
