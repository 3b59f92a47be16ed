package dev.quorate.sim;

import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeEffect.Persist;
import dev.quorate.core.NodeInput;
import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.core.Trace;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.RaftMessage;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What must hold after every step, checked from what goes into and comes out of the nodes: the
/// properties of Raft (figure 3), and the safety rules on what is durable when.
///
/// Everything is incremental: a step costs what it changes.
final class Invariants {
    private final World world;
    private final TreeMap<GroupId, GroupFacts> groups = new TreeMap<>();
    private final TreeMap<NodeId, Long> tickets = new TreeMap<>();
    private final TreeMap<NodeId, TreeMap<Long, GroupId>> creations = new TreeMap<>();
    private final TreeMap<NodeId, TreeMap<GroupId, ReplicaRecord>> created = new TreeMap<>();
    private final TreeMap<NodeId, TreeMap<GroupId, ReplicaRecord>> pending = new TreeMap<>();
    private long checks;

    Invariants(World world) {
        this.world = world;
    }

    /// A node starts with what its journal holds.
    void recovered(NodeId node, List<StoredReplica> found) {
        TreeMap<GroupId, ReplicaRecord> mine = new TreeMap<>();
        for (StoredReplica stored : found) {
            mine.put(stored.replica().group(), stored.replica());
            GroupFacts facts = group(stored.replica());
            new RecoveryCheck(world, node, facts).check(stored.log());
        }
        TreeMap<GroupId, ReplicaRecord> before = created.getOrDefault(node, new TreeMap<>());
        before.forEach((group, record) ->
                require(
                        record.equals(mine.get(group)),
                        () -> node + " forgot its replica of " + group));
        created.put(node, mine);
        creations.put(node, new TreeMap<>());
        tickets.put(node, 0L);
    }

    void crashed(NodeId node) {
        groups.values().forEach(group -> group.replica(node).crashed());
    }

    /// The node's disk was replaced: it has no past.
    void wiped(NodeId node) {
        for (GroupFacts group : groups.values()) {
            if (group.replicas.remove(node) != null && group.hasMember(node)) {
                group.wiped++;
            }
        }
        created.remove(node);
    }

    void input(NodeId node, NodeInput input) {
        switch (input) {
            case NodeInput.Persisted(long ticket) -> persisted(node, ticket);
            case NodeInput.Opened(GroupId group, long durableApplied) -> {
                ReplicaFacts replica = groupOf(group).replica(node);
                replica.opened = true;
                replica.machineDurable = durableApplied;
                replica.handedToApply = durableApplied;
                replica.applied = durableApplied;
                require(
                        durableApplied <= replica.durable.lastIndex(),
                        () ->
                                "%s %s: the state machine kept %d, the log only %d (rule R2)"
                                        .formatted(
                                                node,
                                                group,
                                                durableApplied,
                                                replica.durable.lastIndex()));
            }
            case NodeInput.Applied applied ->
                    groupOf(applied.group()).replica(node).applied = applied.index();
            case NodeInput.Flushed(GroupId group, long index) ->
                    groupOf(group).replica(node).machineDurable = index;
            case NodeInput.Received _,
                    NodeInput.LinkChanged _,
                    NodeInput.Write _,
                    NodeInput.Read _,
                    NodeInput.Answered _,
                    NodeInput.ApplyFailed _,
                    NodeInput.LogRead _,
                    NodeInput.JournalFailed _,
                    NodeInput.Wakeup _ -> {}
        }
    }

    void effect(NodeId node, NodeEffect effect) {
        switch (effect) {
            case Persist persist -> persist(node, persist);
            case NodeEffect.Create(long ticket, ReplicaRecord replica) -> {
                ticket(node, ticket);
                group(replica).replica(node);
                creations.computeIfAbsent(node, _ -> new TreeMap<>()).put(ticket, replica.group());
                created.computeIfAbsent(node, _ -> new TreeMap<>());
                pendingRecords(node).put(replica.group(), replica);
            }
            case NodeEffect.Compact(GroupId group, long index, long term) ->
                    compact(node, groupOf(group), index, term);
            case NodeEffect.Apply apply -> apply(node, apply);
            case NodeEffect.Send(NodeId to, PeerMessage.Raft raft) ->
                    sent(node, to, groupOf(raft.group()), raft.message());
            case NodeEffect.Traced(Trace trace) -> traced(node, trace);
            case NodeEffect.Send _,
                    NodeEffect.ReadLog _,
                    NodeEffect.Open _,
                    NodeEffect.Query _,
                    NodeEffect.Reply _,
                    NodeEffect.MetadataChanged _,
                    NodeEffect.LeaderChanged _ -> {}
        }
    }

    private void traced(NodeId node, Trace trace) {
        switch (trace) {
            case Trace.LeaderElected(GroupId group, long term) -> leads(node, groupOf(group), term);
            case Trace.ApplyStopped(GroupId group, String cause) ->
                    throw world.unsafe(node + " stopped applying " + group + ": " + cause);
            case Trace.InvariantBroken(GroupId group, String dump) ->
                    throw world.unsafe(node + " halted " + group + ": " + dump);
            case Trace.SteppedDown _,
                    Trace.ReplicaCreated _,
                    Trace.Founded _,
                    Trace.MessageRefused _ -> {}
        }
    }

    private Map<GroupId, ReplicaRecord> pendingRecords(NodeId node) {
        return pending.computeIfAbsent(node, _ -> new TreeMap<>());
    }

    private void ticket(NodeId node, long ticket) {
        long before = tickets.getOrDefault(node, 0L);
        require(ticket > before, () -> node + " reuses ticket " + ticket + " after " + before);
        tickets.put(node, ticket);
    }

    private void persist(NodeId node, Persist persist) {
        ticket(node, persist.ticket());
        GroupFacts group = groupOf(persist.group());
        ReplicaFacts replica = group.replica(node);
        HardState next = persist.hardState();
        if (next != null) {
            HardState before = replica.hardState;
            require(
                    next.term() >= before.term(),
                    () -> node + " " + group.group + ": term goes back");
            require(
                    next.term() > before.term()
                            || before.votedFor() == null
                            || before.votedFor().equals(next.votedFor()),
                    () -> node + " " + group.group + " changes its vote in term " + next.term());
            replica.hardState = next;
        }
        for (Entry entry : persist.entries()) {
            long index = entry.index();
            require(
                    index > replica.handedToApply
                            || !replica.opened
                            || replica.written.holds(index, entry.term()),
                    () -> node + " " + group.group + " overwrites applied entry " + index);
            require(
                    replica.leadsTerm == 0
                            || replica.leadsTerm != replica.hardState.term()
                            || index > replica.written.lastIndex(),
                    () ->
                            node
                                    + " "
                                    + group.group
                                    + " leads and overwrites its own entry "
                                    + index);
            write(node, group, replica, entry);
        }
        replica.pending.add(persist);
    }

    private void write(NodeId node, GroupFacts group, ReplicaFacts replica, Entry entry) {
        long previousTerm = replica.written.termAt(entry.index() - 1);
        require(
                group.matches(entry, previousTerm),
                () -> node + " " + group.group + " breaks log matching at " + entry.position());
        require(
                entry.index() <= replica.written.lastIndex() + 1,
                () -> node + " " + group.group + " leaves a gap before entry " + entry.index());
        replica.written.truncate(entry.index() - 1);
        if (previousTerm < entry.term()) {
            complete(node, group, replica.written, entry.term());
        }
        replica.written.add(entry.term(), TraceLog.hashOf(entry));
    }

    /// Leader completeness (§5.4.3): whatever was committed before a term comes before the entries
    /// of that term. Checked where a log enters the term, not at the election: what a new leader
    /// holds may still wait for its turn at the journal.
    private void complete(NodeId node, GroupFacts group, Shadow log, long term) {
        long missing = group.firstMissing(log, term);
        require(
                missing == 0,
                () ->
                        "%s enters term %d of %s without committed entry %d"
                                .formatted(node, term, group.group, missing));
    }

    private void persisted(NodeId node, long ticket) {
        for (GroupFacts group : groups.values()) {
            ReplicaFacts replica = group.replicas.get(node);
            while (replica != null
                    && !replica.pending.isEmpty()
                    && replica.pending.peek().ticket() <= ticket) {
                Persist persist = replica.pending.remove();
                replica.durable.replace(persist.entries());
                if (persist.hardState() != null) {
                    replica.durableHardState = persist.hardState();
                    vote(node, group, persist.hardState().term(), persist.hardState().votedFor());
                }
            }
        }
        Map<Long, GroupId> done =
                creations.getOrDefault(node, new TreeMap<>()).headMap(ticket, true);
        for (GroupId group : done.values()) {
            ReplicaRecord record = pendingRecords(node).get(group);
            if (record != null) {
                created.computeIfAbsent(node, _ -> new TreeMap<>()).put(group, record);
            }
        }
        done.clear();
    }

    /// One vote per term, over restarts (§5.2).
    private void vote(NodeId node, GroupFacts group, long term, @Nullable NodeId candidate) {
        if (candidate != null) {
            NodeId before = group.replica(node).votes.putIfAbsent(term, candidate);
            require(
                    before == null || before.equals(candidate),
                    () ->
                            "%s %s votes for %s and %s in term %d"
                                    .formatted(node, group.group, before, candidate, term));
        }
    }

    /// Election safety (§5.2).
    private void leads(NodeId node, GroupFacts group, long term) {
        ReplicaFacts replica = group.replica(node);
        if (replica.leadsTerm == term) {
            return;
        }
        NodeId other = group.leaders.putIfAbsent(term, node);
        require(
                other == null || other.equals(node),
                () ->
                        "%s and %s both lead %s in term %d"
                                .formatted(other, node, group.group, term));
        require(
                replica.durableHardState.term() >= term,
                () ->
                        "%s leads %s in term %d before the term is durable"
                                .formatted(node, group.group, term));
        replica.leadsTerm = term;
    }

    private void sent(NodeId node, NodeId to, GroupFacts group, RaftMessage message) {
        ReplicaFacts replica = group.replica(node);
        switch (message) {
            case RaftMessage.VoteReply(long term, boolean granted) -> {
                HardState durable = replica.durableHardState;
                require(
                        !granted || (durable.term() == term && to.equals(durable.votedFor())),
                        () ->
                                "%s %s grants %s a vote in term %d, but only %s is durable"
                                        .formatted(node, group.group, to, term, durable));
                vote(node, group, term, granted ? to : null);
            }
            case RaftMessage.AppendRequest append -> {
                leads(node, group, append.term());
                LogPosition previous = append.previous();
                long previousTerm = previous.term();
                for (Entry entry : append.entries()) {
                    require(
                            group.matches(entry, previousTerm),
                            () -> node + " " + group.group + " sends a false " + entry.position());
                    previousTerm = entry.term();
                }
                committed(node, group, append.commitIndex(), append.term());
            }
            case RaftMessage.Heartbeat(long term, long commitIndex, long _, long _) -> {
                leads(node, group, term);
                committed(node, group, commitIndex, term);
            }
            case RaftMessage.AppendAccepted(long term, long matchIndex, long _) ->
                    accepted(node, group, term, matchIndex);
            case RaftMessage.PreVoteRequest _,
                    RaftMessage.PreVoteReply _,
                    RaftMessage.VoteRequest _,
                    RaftMessage.TimeoutNow _,
                    RaftMessage.AppendRejected _,
                    RaftMessage.HeartbeatReply _ -> {}
        }
    }

    /// Rule R1: what is acknowledged is durable, and is what the leader of that term wrote.
    private void accepted(NodeId node, GroupFacts group, long term, long matchIndex) {
        ReplicaFacts replica = group.replica(node);
        long durableTerm = replica.durable.termAt(matchIndex);
        require(
                matchIndex <= replica.durable.lastIndex()
                        && replica.written.termAt(matchIndex) == durableTerm,
                () ->
                        "%s %s acknowledges %d, but only %d is durable"
                                .formatted(
                                        node,
                                        group.group,
                                        matchIndex,
                                        replica.durable.lastIndex()));
        require(
                replica.durableHardState.term() >= term,
                () ->
                        "%s %s acknowledges in term %d before the term is durable"
                                .formatted(node, group.group, term));
        NodeId leader = group.leaders.get(term);
        if (leader != null && matchIndex > 0) {
            ReplicaFacts lead = group.replica(leader);
            require(
                    lead.leadsTerm != term
                            || lead.hardState.term() != term
                            || lead.written.lastIndex() < matchIndex
                            || lead.written.holds(matchIndex, durableTerm),
                    () ->
                            "%s %s acknowledges %d/%d, which its leader %s does not have"
                                    .formatted(node, group.group, durableTerm, matchIndex, leader));
        }
    }

    /// A leader says that its log is committed up to `index`.
    private void committed(NodeId node, GroupFacts group, long index, long term) {
        ReplicaFacts replica = group.replica(node);
        long until = Math.min(index, replica.written.lastIndex());
        for (long at = group.committed.lastIndex() + 1; at <= until; at++) {
            commit(node, group, replica, at, term);
        }
        majority(node, group, until);
    }

    private void commit(
            NodeId node, GroupFacts group, ReplicaFacts replica, long index, long byTerm) {
        long term = replica.written.termAt(index);
        long hash = replica.written.hashAt(index);
        if (index == group.committed.lastIndex() + 1) {
            group.commit(term, hash, byTerm);
        }
        require(
                group.committed.holds(index, term) && group.committed.hashAt(index) == hash,
                () ->
                        "%s %s takes %d/%d for committed, others %d/%d"
                                .formatted(
                                        node,
                                        group.group,
                                        term,
                                        index,
                                        group.committed.termAt(index),
                                        index));
    }

    /// Committed means durable on a majority.
    private void majority(NodeId node, GroupFacts group, long index) {
        if (index <= group.majorityHolds) {
            return;
        }
        int holders = group.holders(index, group.committed.termAt(index));
        require(
                group.isQuorum(holders),
                () ->
                        "%s %s takes entry %d for committed, which only %d of %d members hold durably"
                                .formatted(
                                        node, group.group, index, holders, group.members.size()));
        group.majorityHolds = index;
    }

    /// State machine safety (§5.4.3) and rule R2.
    private void apply(NodeId node, NodeEffect.Apply apply) {
        GroupFacts group = groupOf(apply.group());
        ReplicaFacts replica = group.replica(node);
        require(replica.opened, () -> node + " applies to " + group.group + " before it is open");
        require(!apply.entries().isEmpty(), () -> node + " applies nothing to " + group.group);
        for (Entry entry : apply.entries()) {
            long index = entry.index();
            require(
                    index == replica.handedToApply + 1,
                    () ->
                            "%s %s applies entry %d after %d"
                                    .formatted(node, group.group, index, replica.handedToApply));
            require(
                    replica.durable.holds(index, entry.term())
                            && replica.durable.hashAt(index) == TraceLog.hashOf(entry),
                    () ->
                            "%s %s applies %s, which is not durable here (rule R2)"
                                    .formatted(node, group.group, entry.position()));
            commit(node, group, replica, index, replica.hardState.term());
            replica.handedToApply = index;
        }
        majority(node, group, replica.handedToApply);
    }

    /// Nothing is dropped that some replica, or this state machine after a crash, still needs.
    private void compact(NodeId node, GroupFacts group, long index, long term) {
        ReplicaFacts replica = group.replica(node);
        require(
                group.committed.holds(index, term),
                () ->
                        "%s %s compacts %d/%d, which is not committed"
                                .formatted(node, group.group, term, index));
        require(
                index <= replica.machineDurable,
                () ->
                        "%s %s compacts to %d, but its state machine keeps only %d"
                                .formatted(node, group.group, index, replica.machineDurable));
        int holders = group.holders(index, term) + group.wiped;
        require(
                holders == group.members.size(),
                () ->
                        "%s %s compacts to %d, which only %d members hold"
                                .formatted(node, group.group, index, holders));
        replica.compacted = Math.max(replica.compacted, index);
    }

    /// A client was told that its write is applied.
    void acknowledged(GroupId id, LogPosition at) {
        GroupFacts group = groupOf(id);
        require(
                group.committed.holds(at.index(), at.term()),
                () -> id + " acknowledged " + at + ", which is not committed");
        int holders = group.holders(at.index(), at.term());
        require(
                group.isQuorum(holders),
                () ->
                        "%s acknowledged %s, which only %d members hold durably"
                                .formatted(id, at, holders));
    }

    /// Checks one condition.
    private void require(boolean holds, Supplier<String> otherwise) {
        checks++;
        if (!holds) {
            throw world.unsafe(otherwise.get());
        }
    }

    private GroupFacts group(ReplicaRecord record) {
        GroupFacts facts =
                groups.computeIfAbsent(record.group(), id -> new GroupFacts(id, record.members()));
        require(
                facts.members.equals(record.members()),
                () ->
                        record.group()
                                + " has members "
                                + facts.members
                                + " and "
                                + record.members());
        return facts;
    }

    private GroupFacts groupOf(GroupId id) {
        GroupFacts facts = groups.get(id);
        if (facts == null) {
            throw world.unsafe(id + " acts before it was created");
        }
        return facts;
    }

    /// Groups seen so far, by id.
    Map<GroupId, GroupFacts> groups() {
        return groups;
    }

    long checks() {
        return checks;
    }
}
