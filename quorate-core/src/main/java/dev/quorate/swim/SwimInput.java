package dev.quorate.swim;

import dev.quorate.types.NodeId;

/// Everything that can happen to the failure detector. There is no other way in.
public sealed interface SwimInput {
    /// Group 0 changed who belongs to the cluster.
    record MembersChanged(Members members) implements SwimInput {}

    /// A packet arrived, from whom it says: the shell has checked that against the channel.
    record Received(SwimPacket packet) implements SwimInput {}

    /// A link to the peer was established: its process answered just now.
    record LinkUp(NodeId peer) implements SwimInput {}

    /// The link to the peer broke. Proves nothing, but is worth a look at once.
    record LinkDown(NodeId peer) implements SwimInput {}

    /// A request on a link was answered just now: as good as an acknowledged probe.
    ///
    /// @param rttNanos how long it took, in nanoseconds
    record RttSample(NodeId peer, long rttNanos) implements SwimInput {}

    /// The node is about to stop: say goodbye, then answer with [SwimEffect.LeaveCompleted].
    record Leave() implements SwimInput {}

    /// [Swim#nextDeadlineNanos()] may have passed. Harmless if it has not.
    record Wakeup() implements SwimInput {}
}
