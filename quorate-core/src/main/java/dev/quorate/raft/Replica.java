package dev.quorate.raft;

import dev.quorate.raft.Role.Follower;
import dev.quorate.raft.Role.Leader;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The state that all parts of a replica share, and the few moves that all of them make.
final class Replica {
    private final RaftConfig config;
    private final RandomGenerator random;
    private final Log log;
    private final Configurations configurations;
    private final Persistence persistence;
    private final Applying applying;
    private final Patience patience;

    private long term;
    private @Nullable ReplicaId votedFor;
    private long promisedNanos;
    private Role role;
    private ReplicaId preferred;
    private long commitIndex;
    private long everywhereIndex;
    private boolean installing;
    private boolean sick;
    private boolean removed;
    private long removedIndex;
    private boolean retired;
    private boolean standsBack;
    private RaftInput.Clock clock = RaftInput.Clock.RIGHT;
    private boolean roleChanged = true;
    private long toldConfiguration = -1;
    private boolean toldCommitted;

    Replica(RaftConfig config, RandomGenerator random, Moment now, Restored restored) {
        this.config = config;
        this.random = random;
        this.log = new Log(restored);
        this.configurations = new Configurations(config.initial(), restored.configurations());
        this.persistence = new Persistence(config.limits(), log);
        this.applying = new Applying(config.self().replica(), config.limits().applyBytes());
        this.term = restored.hardState().term();
        this.votedFor = restored.hardState().votedFor();
        this.promisedNanos = restored.hardState().promisedNanos();
        this.commitIndex = restored.compacted().index();
        this.everywhereIndex = commitIndex;
        this.preferred = config.preferred();
        this.role = new Follower(null, commitIndex);
        if (log.lastTerm() > term) {
            throw new InvariantBroken("log ends in term " + log.lastTerm() + ", vote in " + term);
        }
        this.patience = new Patience(config.timing(), random);
        patience.boot(now.nanos(), isPreferred(), promisedNanos);
    }

    RaftConfig config() {
        return config;
    }

    ReplicaId self() {
        return config.self().replica();
    }

    Log log() {
        return log;
    }

    Configurations configurations() {
        return configurations;
    }

    /// The configuration in force.
    Configuration configuration() {
        return configurations.latest();
    }

    Persistence persistence() {
        return persistence;
    }

    Applying applying() {
        return applying;
    }

    Patience patience() {
        return patience;
    }

    long term() {
        return term;
    }

    @Nullable ReplicaId votedFor() {
        return votedFor;
    }

    Role role() {
        return role;
    }

    long commitIndex() {
        return commitIndex;
    }

    /// Nobody will ask for the log up to here.
    long everywhereIndex() {
        return everywhereIndex;
    }

    // ---- what it may do ------------------------------------------------------------------------

    ReplicaId preferred() {
        return preferred;
    }

    void preferred(ReplicaId replica) {
        preferred = replica;
    }

    boolean isPreferred() {
        return preferred.equals(self());
    }

    /// Whether a snapshot is being installed: until it is, the replica neither serves nor campaigns
    /// (rule R4).
    boolean installing() {
        return installing;
    }

    void installing(boolean underWay) {
        installing = underWay;
    }

    /// Whether the state machine stands still, so that another should lead (rule R9).
    boolean sick() {
        return sick;
    }

    void sick(boolean isSick) {
        sick = isSick;
    }

    /// Whether the group has removed this replica: then it only listens. It is taken in again if a
    /// later configuration names it before group 0 has ended it.
    boolean removed() {
        return removed;
    }

    void remove(long configIndex, Effects out) {
        if (!removed) {
            removed = true;
            removedIndex = configIndex;
            out.emit(new RaftEffect.RemovedFromGroup(configIndex));
        }
    }

    /// From now on others should lead, if there are any.
    void retire() {
        retired = true;
    }

    void clock(RaftInput.Clock known) {
        clock = known;
    }

    /// The time as it is believed here, in microseconds since the epoch (rule R14).
    long logMicros(Moment now) {
        return now.wallMicros() + clock.correctionMicros();
    }

    /// Log time of the next entry: stamps strictly increase, whatever the clock does, and a clock
    /// that nobody has confirmed does not take log time anywhere (rule R14).
    long nextStampMicros(Moment now) {
        long least = log.lastStampMicros() + 1;
        return clock.known() || least == 1 ? Math.max(least, logMicros(now)) : least;
    }

    /// Whether others' clocks were heard of.
    boolean clockIsKnown() {
        return clock.known();
    }

    /// Whether a node's clock is known to be off, so that it had better not lead.
    boolean clockIsOff(NodeId node) {
        return clock.off().contains(node);
    }

    /// Others should be elected first, until one is.
    void standBack() {
        standsBack = true;
    }

    /// Whether to leave an election to the others this time: the clock here is off, or what it
    /// stamped was not taken.
    boolean leavesElectionToOthers() {
        return (standsBack || clockIsOff(config.self().node())) && patience.standsBack();
    }

    /// Whether somebody else should lead.
    boolean shouldNotLead() {
        return sick || retired;
    }

    /// One that a change removes campaigns all the same until the change is committed: it may be
    /// the only one that holds it (thesis §4.2.2).
    boolean mayCampaign() {
        boolean votes =
                configuration().isVoter(self()) || configurations.at(commitIndex).isVoter(self());
        boolean alone = configuration().everyone().size() == 1;
        return !installing && !sick && !removed && (!retired || alone) && votes;
    }

    // ---- roles ---------------------------------------------------------------------------------

    /// Enters a term, or gives up a role in the current one, as a follower of `leader`.
    void enterTerm(Moment now, long newTerm, @Nullable Member leader, Effects out) {
        switch (role) {
            case Leader deposed -> {
                deposed.reads().fail(out);
                if (deposed.snapshot() != null || deposed.takingSnapshot()) {
                    out.emit(new RaftEffect.ReleaseSnapshot());
                }
            }
            case Follower follower -> follower.failReads(out);
            case Role.PreCandidate _, Role.Candidate _ -> {}
        }
        if (newTerm != term) {
            term = newTerm;
            votedFor = null;
            hardStateChanged();
        }
        become(new Follower(leader, commitIndex));
        patience.arm(now.nanos());
    }

    /// Recognises `from` as the leader of the current term.
    Follower follow(Moment now, Member from, Effects out) {
        if (role instanceof Leader) {
            throw new InvariantBroken(from + " leads term " + term + ", and so do we; " + this);
        }
        if (!(role instanceof Follower follower) || !from.equals(follower.leader())) {
            enterTerm(now, term, from, out);
        }
        standsBack = false;
        patience.heard(now.nanos());
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
    void voteFor(ReplicaId candidate) {
        votedFor = candidate;
        hardStateChanged();
    }

    /// Raises the term and votes for itself.
    void raiseTerm() {
        term++;
        voteFor(self());
    }

    /// Promises the leader to elect nobody else for so long: what a restart must remember is
    /// durable before the answer leaves (rule R11).
    void promise(long nowNanos, long leaseNanos) {
        patience.promise(nowNanos, leaseNanos);
        if (leaseNanos > promisedNanos) {
            promisedNanos = leaseNanos;
            hardStateChanged();
        }
    }

    private void hardStateChanged() {
        persistence.changed(new HardState(term, votedFor, promisedNanos));
    }

    /// Whether a leader may be alive that counts on this replica: then it elects nobody else.
    boolean electsNobody(long nowNanos) {
        return switch (role) {
            case Leader _ -> true;
            case Follower follower ->
                    (follower.leader() != null && patience.hearsLeader(nowNanos))
                            || patience.isBound(nowNanos);
            case Role.PreCandidate _, Role.Candidate _ -> patience.isBound(nowNanos);
        };
    }

    // ---- the log -------------------------------------------------------------------------------

    /// Appends an entry; a configuration is in force from now on (thesis §4.1).
    ///
    /// @throws IllegalArgumentException if it claims to be a configuration and is none
    void append(Entry entry) {
        Configuration next =
                entry.kind() == Entry.Kind.CONFIGURATION
                        ? Configuration.decode(entry.payload())
                        : null;
        log.append(entry);
        if (next != null) {
            configurations.append(entry.index(), next);
            removed &= !next.contains(self()) || entry.index() <= removedIndex;
        }
    }

    /// Forgets everything from `index` on; the caller appends other entries there at once.
    void truncateFrom(long index) {
        log.truncateFrom(index);
        persistence.truncated(index);
        configurations.truncateFrom(index);
    }

    void commitTo(long index) {
        commitIndex = Math.max(commitIndex, index);
    }

    /// Rule R2: what is applied must be committed, and durable *here*.
    long applyLimit() {
        return installing ? 0 : Math.min(commitIndex, persistence.durableIndex());
    }

    void everywhereTo(long index) {
        everywhereIndex = Math.max(everywhereIndex, Math.min(index, commitIndex));
    }

    /// Compaction keeps the last applied entry, so that a log always knows its last log time.
    void compact(Effects out) {
        compactTo(Math.min(everywhereIndex, applying.durablyApplied()) - 1, out);
    }

    /// Lets go of all that this replica itself does not need: followers that do will have to fetch
    /// a snapshot.
    void compactHard(Effects out) {
        everywhereTo(applying.durablyApplied());
        compactTo(applying.durablyApplied() - 1, out);
    }

    private void compactTo(long limit, Effects out) {
        if (!installing && limit - log.compacted().index() >= config.limits().compactEntries()) {
            long limitTerm = log.termAt(limit);
            Configuration configuration = configurations.at(limit);
            log.compact(limit);
            configurations.compact(limit);
            out.emit(new RaftEffect.Compact(limit, limitTerm, configuration));
        }
    }

    /// The log begins after a snapshot now, and the state machine is that snapshot.
    void snapshotInstalled(SnapshotMeta meta, boolean keepsSuffix) {
        if (keepsSuffix) {
            log.compact(meta.index());
            configurations.compact(meta.index());
        } else {
            log.reset(meta.position(), meta.stampMicros());
            configurations.reset(meta.index(), meta.configuration());
            removed &= !meta.configuration().contains(self()) || meta.index() <= removedIndex;
        }
        persistence.snapshotInstalled(meta.index(), keepsSuffix);
        applying.restored(meta.index());
        commitTo(meta.index());
        everywhereIndex = Math.max(everywhereIndex, meta.index());
        installing = false;
        sick = false;
    }

    /// Tells who belongs to the group, if that is news.
    void announceConfiguration(Effects out) {
        long index = configurations.latestIndex();
        boolean committed = commitIndex >= index;
        if (index == toldConfiguration && committed == toldCommitted) {
            return;
        }
        boolean first = toldConfiguration < 0;
        toldConfiguration = index;
        toldCommitted = committed;
        Configuration configuration = configurations.latest();
        out.emit(new RaftEffect.ConfigurationChanged(index, configuration, committed));
        if (!first
                && committed
                && !configuration.isJoint()
                && !configuration.contains(self())
                && configurations.namedEver(self())) {
            remove(index, out);
        }
    }

    RandomGenerator random() {
        return random;
    }

    @Override
    public String toString() {
        return "Raft[self=%s, role=%s, term=%d, votedFor=%s, log=%s..%s, durable=%d, commit=%d, applied=%d, %s]"
                .formatted(
                        config.self(),
                        role.name(),
                        term,
                        votedFor,
                        log.compacted(),
                        log.last(),
                        persistence.durableIndex(),
                        commitIndex,
                        applying.appliedIndex(),
                        configuration());
    }
}
