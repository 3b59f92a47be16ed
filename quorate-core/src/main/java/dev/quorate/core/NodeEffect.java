package dev.quorate.core;

import dev.quorate.api.Outcome;
import dev.quorate.metadata.MetadataView;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything a node can ask of the world. An effect may be executed the moment it is emitted; the
/// only order that matters is FIFO per lane: everything that is [ForJournal] on the journal's,
/// everything that is [ForStateMachine] on the group's apply lane.
public sealed interface NodeEffect {
    /// An effect for the journal's lane.
    sealed interface ForJournal extends NodeEffect {}

    /// An effect for the lane that owns the group's state machine.
    sealed interface ForStateMachine extends NodeEffect {
        /// The group.
        GroupId group();
    }

    /// Makes a replica's hard state and log suffix durable. Completed, like [Create], by
    /// [NodeInput.Persisted] with this or a later ticket.
    ///
    /// @param ticket strictly increasing over all groups of the node
    /// @param hardState null when it has not changed
    /// @param entries replace everything from the first entry's index on; may be empty
    record Persist(long ticket, GroupId group, @Nullable HardState hardState, List<Entry> entries)
            implements ForJournal {}

    /// Makes the existence of a replica durable, before it first speaks (rule R6).
    record Create(long ticket, ReplicaRecord replica) implements ForJournal {}

    /// Log entries up to `index` will never be asked for again. Needs no completion.
    ///
    /// @param configuration in force at `index`
    record Compact(GroupId group, long index, long term, Configuration configuration)
            implements ForJournal {}

    /// Makes durable that the group's state machine is about to become this snapshot (rule R4, step
    /// 2). Completed by [NodeInput.Persisted].
    record MarkInstalling(long ticket, GroupId group, SnapshotMeta meta) implements ForJournal {}

    /// Makes durable that the group's log begins after the snapshot, and that it is installed (rule
    /// R4, step 4). Completed by [NodeInput.Persisted].
    ///
    /// @param keepsSuffix whether the log behind the snapshot's position stays; else it is gone
    record Installed(long ticket, GroupId group, SnapshotMeta meta, boolean keepsSuffix)
            implements ForJournal {}

    /// Makes durable that a replica is gone and may never come back (rule R6): its log is dropped,
    /// a tombstone stays. Completed by [NodeInput.Persisted].
    record Destroy(long ticket, GroupId group, ReplicaId replica) implements ForJournal {}

    /// Reads old entries back: contiguous from `fromIndex`, at least one, at most about `bytesMax`
    /// bytes. Completed by [NodeInput.LogRead].
    ///
    /// @param peer who wants them; echoed
    record ReadLog(GroupId group, ReplicaId peer, long fromIndex, int bytesMax)
            implements ForJournal {}

    /// Opens the group's state machine. Completed by [NodeInput.Opened].
    ///
    /// @param begins where the group's log begins: a machine that has applied just that learns its
    ///   term and log time from here
    /// @param beginsMicros log time there; `0` if nobody needs it, because later entries tell
    record Open(GroupId group, LogPosition begins, long beginsMicros) implements ForStateMachine {
        /// For a log that begins at 1.
        public Open(GroupId group) {
            this(group, LogPosition.ZERO, 0);
        }
    }

    /// Applies committed entries. Completed by [NodeInput.Applied]; an [NodeInput.ApplyFailed]
    /// completes all that were given to the group.
    record Apply(GroupId group, List<Entry> entries) implements ForStateMachine {}

    /// Asks the state machine. Completed by [NodeInput.Answered] or [NodeInput.QueryFailed].
    ///
    /// @param asOfMicros the log time that the answer must show, in microseconds; [Long#MAX_VALUE]
    ///   for the newest state
    record Query(
            long requestId,
            GroupId group,
            Bytes query,
            long appliedIndex,
            long appliedMicros,
            long asOfMicros)
            implements ForStateMachine {}

    /// Freezes the state machine as it is, for followers to fetch. Completed by
    /// [NodeInput.SnapshotTaken] or [NodeInput.SnapshotFailed].
    record TakeSnapshot(GroupId group) implements ForStateMachine {}

    /// Makes the state machine the snapshot that was fetched, durably (rule R4, step 3). Completed
    /// by [NodeInput.Restored] or [NodeInput.RestoreFailed].
    record Restore(GroupId group, SnapshotMeta meta) implements ForStateMachine {}

    /// Closes a state machine and deletes its data: the replica is gone. Needs no completion.
    record Drop(GroupId group) implements ForStateMachine {}

    /// An effect for the lane that keeps group 0's state, which lives inside the node.
    sealed interface ForMetadata extends NodeEffect {}

    /// Keeps the state durably, instead of what was kept before (rule R3). Completed by
    /// [NodeInput.Flushed] with its index; with 0 if it could not be kept, which is no harm.
    record KeepMetadata(KeptMetadata now) implements ForMetadata {}

    /// Writes the state down for followers to fetch. Completed by [NodeInput.SnapshotTaken] or
    /// [NodeInput.SnapshotFailed].
    record OfferMetadata(KeptMetadata now) implements ForMetadata {}

    /// Keeps the snapshot that was fetched as the state, durably (rule R4, step 3). Completed by
    /// [NodeInput.MetadataRestored] or [NodeInput.RestoreFailed].
    record RestoreMetadata(ReplicaId replica, SnapshotMeta meta) implements ForMetadata {}

    /// Deletes what was kept: it is another replica's. Needs no completion.
    record DropMetadata() implements ForMetadata {}

    /// Snapshots taken of this group are not needed any more. Needs no completion.
    record ReleaseSnapshot(GroupId group) implements NodeEffect {}

    /// Fetches a snapshot to the staging place, verifies it and makes it durable there. Replaces an
    /// earlier fetch for the group. Completed by [NodeInput.SnapshotFetched] or
    /// [NodeInput.SnapshotFailed].
    ///
    /// @param from who offered it; any other replica that has the same bytes will do
    record FetchSnapshot(GroupId group, NodeId from, SnapshotMeta meta) implements NodeEffect {}

    /// What was fetched for the group, or is being fetched, is not needed. Needs no completion.
    record DropFetched(GroupId group) implements NodeEffect {}

    /// Speaks to a peer. Best effort.
    record Send(NodeId to, PeerMessage message) implements NodeEffect {}

    /// Answers a client of this node.
    record Reply(long requestId, Outcome outcome) implements NodeEffect {}

    /// Another configuration is in force in a group hosted here, or it is committed now.
    ///
    /// @param index of the entry that brought it
    record ConfigurationChanged(
            GroupId group, long index, Configuration configuration, boolean committed)
            implements NodeEffect {}

    /// Topology or routing changed; readers should see `after` from now on.
    record MetadataChanged(MetadataView before, MetadataView after) implements NodeEffect {}

    /// A group's leader, as known here, changed.
    ///
    /// @param leader null while nobody is known to lead
    record LeaderChanged(GroupId group, long term, @Nullable NodeId leader) implements NodeEffect {}

    /// The node belongs to the cluster no more. It should stop, and never start again.
    ///
    /// @param why how it knows, as a part of a sentence
    record Dismissed(String why) implements NodeEffect {}

    /// Something worth telling an operator, in the protocol's own words.
    record Traced(Trace trace) implements NodeEffect {}
}
