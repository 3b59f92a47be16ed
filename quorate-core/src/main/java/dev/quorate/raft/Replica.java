package dev.quorate.raft;

import dev.quorate.raft.Role.Follower;
import dev.quorate.raft.Role.Leader;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The state that all parts of a replica share, and the few moves that all of them make.
final class Replica {
    private final RaftConfig config;
    private final RandomGenerator random;
    private final Log log;
    private final Persistence persistence;
    private final Applying applying;

    private long term;
    private @Nullable NodeId votedFor;
    private Role role;
    private long commitIndex;
    private long everywhereIndex;
    private long deadlineNanos;
    private long leaderHeardNanos;
    private boolean roleChanged = true;

    Replica(RaftConfig config, RandomGenerator random, Moment now, Restored restored) {
        this.config = config;
        this.random = random;
        this.log = new Log(restored);
        this.persistence = new Persistence(config.limits(), log);
        this.applying = new Applying(config.self(), config.limits().applyBytes());
        this.term = restored.hardState().term();
        this.votedFor = restored.hardState().votedFor();
        this.commitIndex = restored.compacted().index();
        this.everywhereIndex = commitIndex;
        this.role = new Follower(null, commitIndex);
        if (log.lastTerm() > term) {
            throw new InvariantBroken("log ends in term " + log.lastTerm() + ", vote in " + term);
        }
        armBootTimer(now.nanos());
    }

    RaftConfig config() {
        return config;
    }

    Log log() {
        return log;
    }

    Persistence persistence() {
        return persistence;
    }

    Applying applying() {
        return applying;
    }

    long term() {
        return term;
    }

    @Nullable NodeId votedFor() {
        return votedFor;
    }

    Role role() {
        return role;
    }

    long commitIndex() {
        return commitIndex;
    }

    /// Every replica durably holds the log up to here.
    long everywhereIndex() {
        return everywhereIndex;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    // ---- roles ---------------------------------------------------------------------------------

    /// Enters a term, or gives up a role in the current one, as a follower of `leader`.
    void enterTerm(Moment now, long newTerm, @Nullable NodeId leader, Effects out) {
        if (role instanceof Leader deposed) {
            deposed.failReads(out);
        }
        if (newTerm != term) {
            term = newTerm;
            votedFor = null;
            persistence.changed(new HardState(term, null));
        }
        become(new Follower(leader, commitIndex));
        armElectionTimer(now.nanos());
    }

    /// Recognises `from` as the leader of the current term.
    Follower follow(Moment now, NodeId from, Effects out) {
        if (role instanceof Leader) {
            throw new InvariantBroken(from + " leads term " + term + ", and so do we; " + this);
        }
        if (!(role instanceof Follower follower) || !from.equals(follower.leader())) {
            enterTerm(now, term, from, out);
        }
        leaderHeardNanos = now.nanos();
        armElectionTimer(now.nanos());
        return (Follower) role;
    }

    void become(Role next) {
        role = next;
        roleChanged = true;
    }

    /// Says the role again at the next flush, though it is the same.
    void announceRole() {
        roleChanged = true;
    }

    boolean takeRoleChanged() {
        boolean was = roleChanged;
        roleChanged = false;
        return was;
    }

    /// Votes, once per term.
    void voteFor(NodeId candidate) {
        votedFor = candidate;
        persistence.changed(new HardState(term, candidate));
    }

    /// Raises the term and votes for itself.
    void raiseTerm() {
        term++;
        voteFor(config.self());
    }

    /// Whether a leader is known and was heard of within the shortest election timeout.
    boolean hearsLeader(long nowNanos) {
        return switch (role) {
            case Leader _ -> true;
            case Follower follower ->
                    follower.leader() != null && nowNanos - leaderHeardNanos < electionNanos();
            case Role.PreCandidate _, Role.Candidate _ -> false;
        };
    }

    // ---- the log -------------------------------------------------------------------------------

    void commitTo(long index) {
        commitIndex = Math.max(commitIndex, index);
    }

    /// Rule R2: what is applied must be committed, and durable *here*.
    long applyLimit() {
        return Math.min(commitIndex, persistence.durableIndex());
    }

    void everywhereTo(long index) {
        everywhereIndex = Math.max(everywhereIndex, Math.min(index, commitIndex));
    }

    /// Compaction keeps the last applied entry, so that a log always knows its last log time.
    void compact(Effects out) {
        long limit = Math.min(everywhereIndex, applying.durablyApplied()) - 1;
        if (limit - log.compacted().index() >= config.limits().compactEntries()) {
            long limitTerm = log.termAt(limit);
            log.compact(limit);
            out.emit(new RaftEffect.Compact(limit, limitTerm));
        }
    }

    // ---- timers --------------------------------------------------------------------------------

    long electionNanos() {
        return config.timing().election().toNanos();
    }

    void wakeAt(long nanos) {
        deadlineNanos = nanos;
    }

    void armElectionTimer(long nowNanos) {
        long base = electionNanos();
        deadlineNanos = nowNanos + base + random.nextLong(base);
    }

    /// After a start the preferred leader campaigns first, so that leaders spread over the nodes.
    private void armBootTimer(long nowNanos) {
        long base = electionNanos();
        long head = config.self().equals(config.preferred()) ? base / 2 : base * 5 / 2;
        deadlineNanos = nowNanos + head + random.nextLong(base / 2 + 1);
    }

    @Override
    public String toString() {
        return "Raft[self=%s, role=%s, term=%d, votedFor=%s, log=%s..%s, durable=%d, commit=%d, applied=%d]"
                .formatted(
                        config.self(),
                        role.name(),
                        term,
                        votedFor,
                        log.compacted(),
                        log.last(),
                        persistence.durableIndex(),
                        commitIndex,
                        applying.appliedIndex());
    }
}
