package dev.quorate.core;

import dev.quorate.raft.Entry;
import dev.quorate.raft.SnapshotMeta;
import java.util.List;

/// Where a group's state machine is: on a lane of the shell, or inside the node (group 0).
interface Applier {
    /// Applies a batch, now or later; [HostedGroup#applied] follows.
    void apply(HostedGroup group, List<Entry> entries);

    /// Freezes the state for followers; [NodeInput.SnapshotTaken] or [NodeInput.SnapshotFailed]
    /// follows.
    void takeSnapshot(HostedGroup group);

    /// Becomes the snapshot that was fetched; [HostedGroup#restored] or [HostedGroup#restoreFailed]
    /// follows.
    void restore(HostedGroup group, SnapshotMeta meta);

    /// A state machine of the embedder, on its lane.
    ///
    /// @param turn the way there
    record OnLane(Turn turn) implements Applier {
        @Override
        public void apply(HostedGroup group, List<Entry> entries) {
            turn.emit(new NodeEffect.Apply(group.id(), entries));
        }

        @Override
        public void takeSnapshot(HostedGroup group) {
            turn.emit(new NodeEffect.TakeSnapshot(group.id()));
        }

        @Override
        public void restore(HostedGroup group, SnapshotMeta meta) {
            turn.emit(new NodeEffect.Restore(group.id(), meta));
        }
    }
}
