package dev.quorate.sim;

import dev.quorate.core.NodeEffect.Persist;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.HardState;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayDeque;
import java.util.TreeMap;

/// What the simulator saw one replica do.
final class ReplicaFacts {
    /// A write that was handed to the journal: entries, or the boundary of a snapshot.
    sealed interface Handed {
        long ticket();

        /// Entries and hard state.
        record Entries(Persist persist) implements Handed {
            @Override
            public long ticket() {
                return persist.ticket();
            }
        }

        /// From here on the log begins after `index`.
        record Boundary(long ticket, long index, boolean keepsSuffix) implements Handed {}
    }

    final ReplicaId id;
    final NodeId node;

    /// The log as it was handed to the journal.
    final Shadow written = new Shadow();

    /// The log as the node knows it to be durable.
    final Shadow durable = new Shadow();

    /// Handed to the journal, not known to be durable yet.
    final ArrayDeque<Handed> pending = new ArrayDeque<>();

    /// Votes that were durable or sent, by term: they hold over restarts.
    final TreeMap<Long, ReplicaId> votes = new TreeMap<>();

    HardState hardState = HardState.INITIAL;
    HardState durableHardState = HardState.INITIAL;

    /// In force as the replica last said, and before that.
    Configuration configuration;

    Configuration configurationBefore;
    boolean opened;
    boolean restoring;
    long machineDurable;

    /// What the state machine had applied when it was opened: it may be handed that entry again.
    long openedAt;

    long handedToApply;
    long applied;
    long compacted;
    long leadsTerm;

    /// Its data is gone, by order or by accident: it will never act again.
    boolean gone;

    ReplicaFacts(ReplicaId id, NodeId node, Configuration initial) {
        this.id = id;
        this.node = node;
        this.configuration = initial;
        this.configurationBefore = initial;
    }

    /// What was handed over counts no more, once the process died.
    void crashed() {
        opened = false;
        restoring = false;
        applied = 0; // what its state machine still has it says when it is opened
        leadsTerm = 0;
    }

    @Override
    public String toString() {
        return "[%s on %s: durable %d, applied %d%s]"
                .formatted(id, node, durable.lastIndex(), applied, gone ? ", gone" : "");
    }
}
