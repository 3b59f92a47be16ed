package dev.quorate.raft;

import dev.quorate.types.NodeId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that a Raft replica can ask of the world.
///
/// An effect may be executed the moment it is emitted. [Persist] and [Compact] effects of one group
/// must reach the disk in the order they were emitted, and [Apply] effects the state machine;
/// nothing else is ordered.
public sealed interface RaftEffect {
    /// Sends a message. Best effort: the replica retries by itself.
    record Send(NodeId to, RaftMessage message) implements RaftEffect {}

    /// Makes the hard state and the log suffix durable, then answers with [RaftInput.Persisted].
    ///
    /// @param ticket strictly increasing within a replica's life
    /// @param hardState null when it has not changed
    /// @param entries replace everything from the first entry's index on; may be empty
    record Persist(long ticket, @Nullable HardState hardState, List<Entry> entries)
            implements RaftEffect {}

    /// The entries are committed and locally durable (rule R2): apply them in order, then answer
    /// with [RaftInput.Applied].
    record Apply(List<Entry> entries) implements RaftEffect {}

    /// Reads entries that are not in memory: for a follower that lags or, when `peer` is this node,
    /// for the state machine.
    record ReadLog(NodeId peer, long fromIndex, int bytesMax) implements RaftEffect {}

    /// Entries up to and including `index` will never be asked for again.
    ///
    /// @param term of the entry at `index`
    record Compact(long index, long term) implements RaftEffect {}

    /// A proposal has been given a place in the log. Whether it keeps it is seen when that index is
    /// applied: same term, same command.
    record Proposed(long requestId, long term, long index) implements RaftEffect {}

    /// The read may be answered from any state that has applied `index`.
    record ReadReady(long requestId, long index) implements RaftEffect {}

    /// The request was not taken, and has no effect.
    record NotTaken(long requestId, Reason reason, @Nullable NodeId leader) implements RaftEffect {}

    /// Role, term or known leader changed.
    record RoleChanged(long term, RoleName role, @Nullable NodeId leader) implements RaftEffect {}

    /// Why a request was not taken.
    enum Reason {
        /// This replica does not lead.
        NOT_LEADER,
        /// Too many bytes of the log are not committed yet.
        OVERLOADED,
    }

    /// A replica's role, for display and routing.
    enum RoleName {
        FOLLOWER,
        PRE_CANDIDATE,
        CANDIDATE,
        LEADER,
    }
}
