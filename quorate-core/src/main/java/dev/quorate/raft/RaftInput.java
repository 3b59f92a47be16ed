package dev.quorate.raft;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.util.List;

/// Everything that can happen to a Raft replica. There is no other way in.
public sealed interface RaftInput {
    /// A message arrived.
    record Received(NodeId from, RaftMessage message) implements RaftInput {}

    /// A client asks for `command` to be replicated. Answered by [RaftEffect.Proposed] or
    /// [RaftEffect.NotTaken].
    record Propose(long requestId, Bytes command) implements RaftInput {}

    /// The state machine waits for log time to pass. Ignored unless the replica leads.
    record ProposeTick() implements RaftInput {}

    /// A client wants a linearizable read. Answered by [RaftEffect.ReadReady] or
    /// [RaftEffect.NotTaken].
    record Read(long requestId) implements RaftInput {}

    /// All [RaftEffect.Persist] effects up to and including `ticket` are on stable storage.
    record Persisted(long ticket) implements RaftInput {}

    /// The state machine is open and has, durably, applied everything up to `durableApplied`: apply
    /// goes on from there. Until then the replica votes and replicates, but applies nothing.
    record Opened(long durableApplied) implements RaftInput {}

    /// The state machine has applied everything up to `index`.
    record Applied(long index) implements RaftInput {}

    /// The state machine would still have everything up to `index` after a crash.
    record DurablyApplied(long index) implements RaftInput {}

    /// The answer to [RaftEffect.ReadLog]: contiguous entries from the index asked for; none if the
    /// log no longer holds it.
    record LogRead(NodeId peer, List<Entry> entries) implements RaftInput {}

    /// [Raft#nextDeadlineNanos()] may have passed. Harmless if it has not.
    record Wakeup() implements RaftInput {}
}
