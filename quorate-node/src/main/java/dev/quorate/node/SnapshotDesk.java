package dev.quorate.node;

import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.api.StateMachine.SnapshotReader;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;

/// Where the lanes hand snapshots in, and get them out.
interface SnapshotDesk {
    /// Takes a frozen state, has it written elsewhere, and closes it. Does not block. Completed by
    /// [dev.quorate.core.NodeInput.SnapshotTaken] or [dev.quorate.core.NodeInput.SnapshotFailed].
    ///
    /// @param position the last entry whose effects it holds
    /// @param stampMicros that entry's log time
    void take(GroupId group, LogPosition position, long stampMicros, Checkpoint checkpoint);

    /// Opens the content of a snapshot that was fetched.
    ///
    /// @throws RuntimeException if it is not there
    Content fetched(GroupId group, SnapshotMeta meta);

    /// The content of a snapshot.
    interface Content extends SnapshotReader, AutoCloseable {
        @Override
        void close();
    }
}
