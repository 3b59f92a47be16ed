package dev.quorate.core;

import dev.quorate.api.ReadLevel;
import dev.quorate.raft.Entry;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage;
import java.util.List;

/// Everything that can happen to a node. There is no other way in.
public sealed interface NodeInput {
    /// A peer spoke.
    record Received(NodeId from, PeerMessage message) implements NodeInput {}

    /// The link to a peer came up or went down. What was in flight on it may be lost.
    record LinkChanged(NodeId peer, boolean up) implements NodeInput {}

    /// A client asks for a command to be replicated. Answered by one [NodeEffect.Reply].
    ///
    /// @param requestId chosen by the shell, unique while the node runs
    /// @param deadlineNanos monotonic time after which nobody waits any more
    /// @param reach what to do when another node leads the group
    record Write(long requestId, GroupId group, Bytes command, long deadlineNanos, Reach reach)
            implements NodeInput {}

    /// A client asks a question. Answered by one [NodeEffect.Reply].
    record Read(
            long requestId,
            GroupId group,
            Bytes query,
            ReadLevel level,
            long deadlineNanos,
            Reach reach)
            implements NodeInput {}

    /// Everything up to and including the [NodeEffect.Persist] with this ticket is on stable
    /// storage.
    record Persisted(long ticket) implements NodeInput {}

    /// The group's state machine is open.
    ///
    /// @param durableApplied what it has already applied, durably
    record Opened(GroupId group, long durableApplied) implements NodeInput {}

    /// The state machine has applied the entries up to `index`.
    ///
    /// @param results one per [Entry.Kind#COMMAND] entry of the batch, in order
    /// @param tickAtMicros log time at which it wants a tick; [Long#MAX_VALUE] for never
    record Applied(GroupId group, long index, List<Bytes> results, long tickAtMicros)
            implements NodeInput {}

    /// The state machine has answered.
    record Answered(long requestId, GroupId group, Bytes result) implements NodeInput {}

    /// The state machine flushed: up to `index` it would survive a crash.
    record Flushed(GroupId group, long index) implements NodeInput {}

    /// The state machine cannot go on; the group's apply stops here, on this node, visibly.
    record ApplyFailed(GroupId group, String cause) implements NodeInput {}

    /// Entries a [NodeEffect.ReadLog] asked for.
    record LogRead(GroupId group, NodeId peer, List<Entry> entries) implements NodeInput {}

    /// The journal has failed for good: nothing may be acknowledged any more.
    record JournalFailed(String cause) implements NodeInput {}

    /// [NodeCore#nextDeadlineNanos()] may have passed. Harmless if it has not.
    record Wakeup() implements NodeInput {}

    /// Who carries a request to the leader.
    enum Reach {
        /// The node forwards it over the links.
        FORWARD,
        /// The caller goes there itself: it is told where
        /// ([dev.quorate.api.Outcome.Retry#REDIRECT]).
        REDIRECT,
    }
}
