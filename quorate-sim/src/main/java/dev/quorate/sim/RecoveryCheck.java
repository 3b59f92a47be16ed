package dev.quorate.sim;

import dev.quorate.core.NodeEffect.Persist;
import dev.quorate.raft.HardState;
import dev.quorate.raft.Restored;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.sim.ReplicaFacts.Handed;
import dev.quorate.types.ReplicaId;

/// Compares what a journal recovered with what it had acknowledged: nothing durable may be gone,
/// nothing may appear that was never written.
final class RecoveryCheck {
    private final World world;
    private final GroupFacts group;
    private final ReplicaFacts replica;

    RecoveryCheck(World world, GroupFacts group, ReplicaFacts replica) {
        this.world = world;
        this.group = group;
        this.replica = replica;
    }

    /// Checks, and makes what was recovered the starting point of what is known.
    void check(Restored log) {
        hardState(log.hardState());
        long firm = firmIndex();
        if (log.lastIndex() < firm) {
            throw wrong("lost entries " + (log.lastIndex() + 1) + " to " + firm);
        }
        if (log.compacted().index() > replica.compacted) {
            throw wrong("lost entries up to " + log.compacted() + " that nobody compacted");
        }
        Shadow found = new Shadow();
        found.copyFrom(replica.durable);
        if (log.compacted().index() > found.lastIndex()) {
            // a snapshot took the place of what was here; it holds what is committed
            found.copyFrom(group.committed);
        }
        found.truncate(Math.max(log.compacted().index(), Math.min(firm, log.lastIndex())));
        int at = 0;
        for (long index = log.compacted().index() + 1; index <= log.lastIndex(); index++) {
            while (at + 1 < log.terms().size() && log.terms().get(at + 1).index() <= index) {
                at++;
            }
            entry(found, log.terms().get(at), index, firm);
        }
        if (log.compacted().index() > 0
                && !group.committed.holds(log.compacted().index(), log.compacted().term())) {
            throw wrong("begins after " + log.compacted() + ", which is not committed");
        }
        replica.written.copyFrom(found);
        replica.durable.copyFrom(found);
        replica.pending.clear();
        replica.hardState = log.hardState();
        replica.durableHardState = log.hardState();
        replica.restoring = log.installing() != null;
        ReplicaId voted = log.hardState().votedFor();
        if (voted != null) {
            replica.votes.putIfAbsent(log.hardState().term(), voted);
        }
    }

    private void entry(Shadow found, TermStart start, long index, long firm) {
        long term = start.term();
        if (index <= firm) {
            if (!found.holds(index, term)) {
                throw wrong("holds " + term + "/" + index + " instead of a durable entry");
            }
            return;
        }
        long content = group.contentOf(term, index);
        if (content == 0) {
            throw wrong("holds " + term + "/" + index + ", which was never written");
        }
        if (index > found.lastIndex()) {
            found.add(term, content);
        }
    }

    /// Up to here every entry was durable and no write in flight would have replaced it.
    private long firmIndex() {
        long firm = replica.durable.lastIndex();
        for (Handed handed : replica.pending) {
            firm =
                    switch (handed) {
                        case Handed.Entries(Persist persist) when persist.entries().isEmpty() ->
                                firm;
                        case Handed.Entries(Persist persist) ->
                                Math.min(firm, persist.entries().getFirst().index() - 1);
                        case Handed.Boundary(long _, long index, boolean keeps) ->
                                keeps ? firm : Math.min(firm, index);
                    };
        }
        return firm;
    }

    private void hardState(HardState found) {
        boolean known = found.equals(replica.durableHardState);
        for (Handed handed : replica.pending) {
            known |=
                    handed instanceof Handed.Entries(Persist persist)
                            && found.equals(persist.hardState());
        }
        if (!known) {
            throw wrong("came back with " + found + " instead of " + replica.durableHardState);
        }
    }

    private Violation wrong(String what) {
        return world.unsafe(
                "after a restart %s %s %s %s"
                        .formatted(replica.node, group.group, replica.id, what));
    }
}
