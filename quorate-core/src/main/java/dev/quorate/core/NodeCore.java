package dev.quorate.core;

import dev.quorate.types.Moment;
import java.util.List;
import java.util.random.RandomGenerator;

/// A whole node as one deterministic machine: its replicas, group 0, and who waits for what.
///
/// One turn is: [#step] for each input, then [#flush] once. Equal inputs, moments and random
/// numbers give equal effects. Not thread-safe: one reactor owns it.
public final class NodeCore {
    /// Restores a node from what its journal holds.
    ///
    /// @param replicas by group id; group 0 among them on any node that belongs to a cluster
    public NodeCore(
            NodeConfig config, RandomGenerator random, Moment now, List<StoredReplica> replicas) {
        throw new IllegalStateException("contract only");
    }

    /// The latest monotonic time at which [NodeInput.Wakeup] must be stepped.
    public long nextDeadlineNanos() {
        return 0;
    }

    /// Takes one input in. Most effects appear only at [#flush], in batches.
    public void step(Moment now, NodeInput input, NodeEffects out) {}

    /// Ends a turn: emits what the inputs of the turn have caused, within the lanes' credits.
    public void flush(Moment now, NodeEffects out) {}
}
