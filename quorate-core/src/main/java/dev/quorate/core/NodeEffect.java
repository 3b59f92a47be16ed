package dev.quorate.core;

import dev.quorate.api.Outcome;
import dev.quorate.metadata.MetadataView;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything a node can ask of the world. An effect may be executed the moment it is emitted; the
/// only order that matters is FIFO per lane: [Persist], [Create] and [Compact] on the journal's,
/// [Open], [Apply] and [Query] on the group's apply lane.
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
    record Compact(GroupId group, long index, long term) implements ForJournal {}

    /// Reads old entries back: contiguous from `fromIndex`, at least one, at most about `bytesMax`
    /// bytes. Completed by [NodeInput.LogRead].
    record ReadLog(GroupId group, NodeId peer, long fromIndex, int bytesMax)
            implements ForJournal {}

    /// Opens the group's state machine. Completed by [NodeInput.Opened].
    record Open(GroupId group) implements ForStateMachine {}

    /// Applies committed entries. Completed by [NodeInput.Applied] or [NodeInput.ApplyFailed].
    record Apply(GroupId group, List<Entry> entries) implements ForStateMachine {}

    /// Asks the state machine. Completed by [NodeInput.Answered].
    record Query(long requestId, GroupId group, Bytes query, long appliedIndex, long appliedMicros)
            implements ForStateMachine {}

    /// Speaks to a peer. Best effort.
    record Send(NodeId to, PeerMessage message) implements NodeEffect {}

    /// Answers a client of this node.
    record Reply(long requestId, Outcome outcome) implements NodeEffect {}

    /// Topology or routing changed; readers should see `after` from now on.
    record MetadataChanged(MetadataView before, MetadataView after) implements NodeEffect {}

    /// A group's leader, as known here, changed.
    ///
    /// @param leader null while nobody is known to lead
    record LeaderChanged(GroupId group, long term, @Nullable NodeId leader) implements NodeEffect {}

    /// Something worth telling an operator, in the protocol's own words.
    record Traced(Trace trace) implements NodeEffect {}
}
