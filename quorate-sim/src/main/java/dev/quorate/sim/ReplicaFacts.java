package dev.quorate.sim;

import dev.quorate.core.NodeEffect.Persist;
import dev.quorate.raft.HardState;
import dev.quorate.types.NodeId;
import java.util.ArrayDeque;
import java.util.TreeMap;

/// What the simulator saw one replica do.
final class ReplicaFacts {
    /// The log as it was handed to the journal.
    final Shadow written = new Shadow();

    /// The log as the node knows it to be durable.
    final Shadow durable = new Shadow();

    /// Handed to the journal, not known to be durable yet.
    final ArrayDeque<Persist> pending = new ArrayDeque<>();

    /// Votes that were durable or sent, by term: they hold over restarts.
    final TreeMap<Long, NodeId> votes = new TreeMap<>();

    HardState hardState = HardState.INITIAL;
    HardState durableHardState = HardState.INITIAL;
    boolean opened;
    long machineDurable;
    long handedToApply;
    long applied;
    long compacted;
    long leadsTerm;

    /// What was handed over counts no more, once the process died.
    void crashed() {
        opened = false;
        leadsTerm = 0;
    }
}
