package dev.quorate.sim;

import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeEffect.Persist;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.RaftMessage;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.sim.ReplicaFacts.Handed;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What must hold of one replica's every act: the properties of Raft (figure 3), and the safety
/// rules on what is durable when.
///
/// Everything is incremental: a step costs what it changes.
final class GroupChecks {
    private final World world;
    private final GroupFacts group;
    private final ReplicaFacts replica;
    private final Tally tally;

    /// Counts checks.
    interface Tally {
        void checked();
    }

    GroupChecks(World world, GroupFacts group, ReplicaFacts replica, Tally tally) {
        this.world = world;
        this.group = group;
        this.replica = replica;
        this.tally = tally;
    }

    private String who() {
        return replica.node + " " + group.group + " " + replica.id;
    }

    // ---- the journal ---------------------------------------------------------------------------

    void persist(Persist persist) {
        requireAlive();
        HardState next = persist.hardState();
        if (next != null) {
            hardState(next);
        }
        for (Entry entry : persist.entries()) {
            long index = entry.index();
            require(
                    index > replica.handedToApply
                            || !replica.opened
                            || replica.written.holds(index, entry.term()),
                    () -> who() + " overwrites applied entry " + index);
            require(
                    replica.leadsTerm == 0
                            || replica.leadsTerm != replica.hardState.term()
                            || index > replica.written.lastIndex(),
                    () -> who() + " leads and overwrites its own entry " + index);
            write(entry);
        }
        replica.pending.add(new Handed.Entries(persist));
    }

    private void hardState(HardState next) {
        HardState before = replica.hardState;
        require(next.term() >= before.term(), () -> who() + ": term goes back");
        require(
                next.term() > before.term()
                        || before.votedFor() == null
                        || before.votedFor().equals(next.votedFor()),
                () -> who() + " changes its vote in term " + next.term());
        require(
                next.promisedNanos() >= before.promisedNanos(),
                () -> who() + " forgets how long a lease it may have confirmed (rule R11)");
        replica.hardState = next;
    }

    private void write(Entry entry) {
        long previousTerm = replica.written.termAt(entry.index() - 1);
        require(
                group.matches(entry, previousTerm),
                () -> who() + " breaks log matching at " + entry.position());
        require(
                entry.index() <= replica.written.lastIndex() + 1,
                () -> who() + " leaves a gap before entry " + entry.index());
        replica.written.truncate(entry.index() - 1);
        if (previousTerm < entry.term()) {
            complete(replica.written, entry.term());
        }
        replica.written.add(entry.term(), TraceLog.hashOf(entry));
    }

    /// Leader completeness (§5.4.3): whatever was committed before a term comes before the entries
    /// of that term. Checked where a log enters the term, not at the election: what a new leader
    /// holds may still wait for its turn at the journal.
    private void complete(Shadow log, long term) {
        long missing = group.firstMissing(log, term);
        require(
                missing == 0,
                () ->
                        "%s enters term %d without committed entry %d"
                                .formatted(who(), term, missing));
    }

    /// Rule R4: what is about to be installed is a prefix of the committed log, and newer than what
    /// is here.
    void marked(SnapshotMeta meta) {
        requireAlive();
        requireCommitted("installs a snapshot of", meta.position());
        require(
                meta.index() > replica.handedToApply || !replica.opened,
                () -> who() + " installs " + meta.position() + ", but has applied more");
        require(
                group.configurationAt(meta.index()).equals(meta.configuration()),
                () ->
                        "%s installs %s with %s instead of %s"
                                .formatted(
                                        who(),
                                        meta.position(),
                                        meta.configuration(),
                                        group.configurationAt(meta.index())));
    }

    void installed(NodeEffect.Installed installed) {
        requireAlive();
        SnapshotMeta meta = installed.meta();
        boolean keeps = installed.keepsSuffix();
        require(
                keeps == replica.written.holds(meta.index(), meta.position().term()),
                () -> who() + " keeps a suffix that does not follow: " + keeps);
        if (!keeps) {
            replica.written.copyFrom(group.committed);
            replica.written.truncate(meta.index());
        }
        replica.compacted = Math.max(replica.compacted, meta.index());
        replica.machineDurable = Math.max(replica.machineDurable, meta.index());
        replica.handedToApply = meta.index();
        replica.applied = meta.index();
        replica.restoring = false;
        replica.pending.add(new Handed.Boundary(installed.ticket(), meta.index(), keeps));
    }

    void persisted(long ticket) {
        while (!replica.pending.isEmpty() && replica.pending.peek().ticket() <= ticket) {
            switch (replica.pending.remove()) {
                case Handed.Entries(Persist persist) -> {
                    replica.durable.replace(persist.entries());
                    if (persist.hardState() != null) {
                        replica.durableHardState = persist.hardState();
                        vote(persist.hardState().term(), persist.hardState().votedFor());
                    }
                }
                case Handed.Boundary(long _, long index, boolean keeps) -> {
                    if (!keeps) {
                        replica.durable.copyFrom(group.committed);
                        replica.durable.truncate(index);
                    }
                }
            }
        }
    }

    /// Nothing is dropped that this state machine, after a crash, still needs.
    void compact(NodeEffect.Compact compact) {
        requireCommitted("compacts to", new LogPosition(compact.term(), compact.index()));
        require(
                compact.index() <= replica.machineDurable,
                () ->
                        "%s compacts to %d, but its state machine keeps only %d"
                                .formatted(who(), compact.index(), replica.machineDurable));
        require(
                group.configurationAt(compact.index()).equals(compact.configuration()),
                () -> who() + " compacts with the configuration of another index");
        replica.compacted = Math.max(replica.compacted, compact.index());
    }

    // ---- elections -----------------------------------------------------------------------------

    /// One vote per term, over restarts (§5.2).
    private void vote(long term, @Nullable ReplicaId candidate) {
        if (candidate != null) {
            ReplicaId before = replica.votes.putIfAbsent(term, candidate);
            require(
                    before == null || before.equals(candidate),
                    () ->
                            "%s votes for %s and %s in term %d"
                                    .formatted(who(), before, candidate, term));
        }
    }

    /// Election safety (§5.2).
    void leads(long term) {
        if (replica.leadsTerm == term) {
            return;
        }
        ReplicaId other = group.leaders.putIfAbsent(term, replica.id);
        require(
                other == null || other.equals(replica.id),
                () -> "%s and %s both lead in term %d".formatted(other, who(), term));
        require(
                replica.durableHardState.term() >= term,
                () -> "%s leads in term %d before the term is durable".formatted(who(), term));
        replica.leadsTerm = term;
    }

    // ---- messages ------------------------------------------------------------------------------

    void sent(ReplicaId to, RaftMessage message) {
        requireAlive();
        switch (message) {
            case RaftMessage.VoteReply(long term, boolean granted) -> {
                HardState durable = replica.durableHardState;
                require(
                        !granted || (durable.term() == term && to.equals(durable.votedFor())),
                        () ->
                                "%s grants %s a vote in term %d, but only %s is durable"
                                        .formatted(who(), to, term, durable));
                vote(term, granted ? to : null);
            }
            case RaftMessage.AppendRequest append -> {
                leads(append.term());
                long previousTerm = append.previous().term();
                for (Entry entry : append.entries()) {
                    require(
                            group.matches(entry, previousTerm),
                            () -> who() + " sends a false " + entry.position());
                    previousTerm = entry.term();
                }
                committed(append.commitIndex(), append.term());
            }
            case RaftMessage.Heartbeat beat -> {
                leads(beat.term());
                committed(beat.commitIndex(), beat.term());
            }
            case RaftMessage.SnapshotOffer offer -> {
                leads(offer.term());
                requireCommitted("offers a snapshot of", offer.meta().position());
            }
            case RaftMessage.AppendAccepted(long term, long matchIndex, long _) ->
                    accepted(term, matchIndex);
            case RaftMessage.HeartbeatReply(long term, long round) ->
                    require(
                            round == 0
                                    || (replica.durableHardState.term() >= term
                                            && replica.durableHardState.promisedNanos()
                                                    >= replica.hardState.promisedNanos()),
                            () -> who() + " promises what it has not written down (rule R11)");
            case RaftMessage.Removed(long _, long configIndex) ->
                    require(
                            group.committed.lastIndex() >= configIndex
                                    && !group.configurationAt(configIndex).contains(to),
                            () -> who() + " tells " + to + " that it was removed");
            case RaftMessage.PreVoteRequest _,
                    RaftMessage.PreVoteReply _,
                    RaftMessage.VoteRequest _,
                    RaftMessage.TimeoutNow _,
                    RaftMessage.ReadIndexRequest _,
                    RaftMessage.ReadIndexReply _,
                    RaftMessage.AppendRejected _ -> {}
        }
    }

    /// Rule R1: what is acknowledged is durable, and is what the leader of that term wrote.
    private void accepted(long term, long matchIndex) {
        long durableTerm = replica.durable.termAt(matchIndex);
        require(
                matchIndex <= replica.durable.lastIndex()
                        && replica.written.termAt(matchIndex) == durableTerm,
                () ->
                        "%s acknowledges %d, but only %d is durable"
                                .formatted(who(), matchIndex, replica.durable.lastIndex()));
        require(
                replica.durableHardState.term() >= term,
                () ->
                        "%s acknowledges in term %d before the term is durable"
                                .formatted(who(), term));
        ReplicaId leader = group.leaders.get(term);
        if (leader != null && matchIndex > 0) {
            ReplicaFacts lead = group.replicas.get(leader);
            require(
                    lead == null
                            || lead.leadsTerm != term
                            || lead.hardState.term() != term
                            || lead.written.lastIndex() < matchIndex
                            || lead.written.holds(matchIndex, durableTerm),
                    () ->
                            "%s acknowledges %d/%d, which its leader %s does not have"
                                    .formatted(who(), durableTerm, matchIndex, leader));
        }
    }

    // ---- commitment ----------------------------------------------------------------------------

    /// A leader says that its log is committed up to `index`.
    private void committed(long index, long term) {
        long until = Math.min(index, replica.written.lastIndex());
        for (long at = group.committed.lastIndex() + 1; at <= until; at++) {
            commit(at, term);
        }
        held(until);
    }

    private void commit(long index, long byTerm) {
        long term = replica.written.termAt(index);
        long hash = replica.written.hashAt(index);
        if (index == group.committed.lastIndex() + 1) {
            group.commit(term, hash, byTerm);
        }
        require(
                group.committed.holds(index, term) && group.committed.hashAt(index) == hash,
                () ->
                        "%s takes %d/%d for committed, others %d/%d"
                                .formatted(
                                        who(), term, index, group.committed.termAt(index), index));
    }

    /// Committed means durable on a quorum of the configuration in force when it was decided: now,
    /// or before this very turn changed it, or at the leader.
    private void held(long index) {
        if (index <= group.quorumHolds) {
            return;
        }
        long term = group.committed.termAt(index);
        require(
                group.isHeld(replica.configuration, index, term)
                        || group.isHeld(replica.configurationBefore, index, term)
                        || heldAsTheLeaderSees(index, term),
                () ->
                        "%s takes entry %d for committed, which no quorum of %s holds durably"
                                .formatted(who(), index, replica.configuration));
        group.quorumHolds = index;
    }

    /// Who decides is the leader, by the configuration in force there: a follower that hears of
    /// both at once applies before it tells of the other configuration.
    private boolean heldAsTheLeaderSees(long index, long term) {
        return group.replicas.values().stream()
                .filter(leader -> leader.leadsTerm == replica.hardState.term())
                .anyMatch(leader -> group.isHeld(leader.configuration, index, term));
    }

    /// Another configuration is in force here, or it is committed now.
    void configured(NodeEffect.ConfigurationChanged changed) {
        replica.configurationBefore = replica.configuration;
        replica.configuration = changed.configuration();
        if (changed.committed()) {
            committed(changed.index(), replica.hardState.term());
        }
    }

    /// State machine safety (§5.4.3) and rule R2.
    void apply(NodeEffect.Apply apply) {
        requireAlive();
        require(replica.opened, () -> who() + " applies before it is open");
        require(!replica.restoring, () -> who() + " applies while it is restored");
        require(!apply.entries().isEmpty(), () -> who() + " applies nothing");
        for (Entry entry : apply.entries()) {
            long index = entry.index();
            require(
                    index == replica.handedToApply + 1 || isAgain(index),
                    () ->
                            "%s applies entry %d after %d"
                                    .formatted(who(), index, replica.handedToApply));
            require(
                    replica.durable.holds(index, entry.term())
                            && replica.durable.hashAt(index) == TraceLog.hashOf(entry),
                    () ->
                            "%s applies %s, which is not durable here (rule R2)"
                                    .formatted(who(), entry.position()));
            commit(index, replica.hardState.term());
            replica.handedToApply = index;
        }
        held(replica.handedToApply);
    }

    /// What the state machine had applied last when it was opened: it hears its term once more.
    private boolean isAgain(long index) {
        return index == replica.openedAt && index == replica.handedToApply;
    }

    /// Group 0, which is applied inside the node, has applied everything up to here, and keeps it.
    void keeps(LogPosition at) {
        require(
                replica.durable.holds(at.index(), at.term()),
                () -> "%s keeps %s, which is not durable here (rule R2)".formatted(who(), at));
        offers(at);
    }

    /// Group 0 has applied everything up to here, and offers it to others.
    void offers(LogPosition at) {
        requireAlive();
        committed(at.index(), replica.hardState.term());
        held(at.index());
    }

    private void requireCommitted(String does, LogPosition position) {
        require(
                group.committed.holds(position.index(), position.term()),
                () -> "%s %s %s, which is not committed".formatted(who(), does, position));
    }

    private void requireAlive() {
        require(!replica.gone, () -> who() + " acts, but is gone for good (rule R6)");
    }

    private void require(boolean holds, Supplier<String> otherwise) {
        tally.checked();
        if (!holds) {
            throw world.unsafe(otherwise.get());
        }
    }
}
