package dev.quorate.sim;

import dev.quorate.core.KeptMetadata;
import dev.quorate.core.LostReplica;
import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeEffect.Persist;
import dev.quorate.core.NodeInput;
import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.core.Trace;
import dev.quorate.storage.GoneReplica;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Watches what goes into and comes out of the nodes, and has every act of a replica checked
/// ([GroupChecks]).
final class Invariants {
    private final World world;
    private final TreeMap<GroupId, GroupFacts> groups = new TreeMap<>();
    private final TreeMap<NodeId, Long> tickets = new TreeMap<>();
    private final TreeMap<NodeId, TreeMap<GroupId, ReplicaRecord>> hosted = new TreeMap<>();
    private final TreeMap<NodeId, TreeMap<Long, ReplicaRecord>> creations = new TreeMap<>();
    private final TreeMap<NodeId, TreeMap<Long, GroupId>> ends = new TreeMap<>();
    private final Set<ReplicaId> tombstones = new TreeSet<>();
    private long checks;

    Invariants(World world) {
        this.world = world;
    }

    /// A node starts with what its journal holds.
    ///
    /// @param gone what was there once; those in quarantine count as lost from now on
    void recovered(NodeId node, List<StoredReplica> found, List<GoneReplica> gone) {
        TreeMap<GroupId, ReplicaRecord> mine = new TreeMap<>();
        TreeMap<GroupId, ReplicaRecord> before = hosted.computeIfAbsent(node, _ -> new TreeMap<>());
        for (GoneReplica replica : gone) {
            if (replica.end() == GoneReplica.End.QUARANTINED) {
                quarantined(node, replica.group(), replica.replica(), before);
            }
        }
        for (StoredReplica stored : found) {
            ReplicaRecord record = stored.replica();
            require(
                    !tombstones.contains(record.self()),
                    () -> node + " has " + record.self() + " again, which is gone (rule R6)");
            mine.put(record.group(), record);
            GroupFacts facts = group(record);
            ReplicaFacts replica = facts.replica(record.self(), node);
            new RecoveryCheck(world, facts, replica).check(stored.log());
        }
        TreeMap<Long, GroupId> ending = ends.getOrDefault(node, new TreeMap<>());
        before.forEach((group, record) ->
                require(
                        record.equals(mine.get(group)) || ending.containsValue(group),
                        () -> node + " forgot its replica of " + group));
        hosted.put(node, mine);
        creations.put(node, new TreeMap<>());
        ends.put(node, new TreeMap<>());
        tickets.put(node, 0L);
    }

    /// A replica lost something and the node knows it: it will never act again (rule R7).
    private void quarantined(
            NodeId node, GroupId group, ReplicaId replica, Map<GroupId, ReplicaRecord> hostedHere) {
        require(
                world.isLoser(node),
                () -> node + " puts " + replica + " in quarantine, but its disk was sound");
        tombstones.add(replica);
        ReplicaRecord record = hostedHere.get(group);
        if (record != null && record.self().equals(replica)) {
            hostedHere.remove(group);
        }
        ReplicaFacts facts = groupOf(group).replicas.get(replica);
        if (facts != null) {
            facts.gone = true;
        }
    }

    void crashed(NodeId node) {
        for (GroupFacts group : groups.values()) {
            for (ReplicaFacts replica : group.replicas.values()) {
                if (replica.node.equals(node)) {
                    replica.crashed();
                }
            }
        }
    }

    /// The node's disk was replaced: it has no past.
    void wiped(NodeId node) {
        for (GroupFacts group : groups.values()) {
            for (ReplicaFacts replica : group.replicas.values()) {
                replica.gone |= replica.node.equals(node);
            }
        }
        hosted.remove(node);
    }

    void input(NodeId node, NodeInput input) {
        switch (input) {
            case NodeInput.Persisted(long ticket) -> persisted(node, ticket);
            case NodeInput.Opened(GroupId group, long durableApplied) ->
                    opened(node, group, durableApplied);
            case NodeInput.Applied applied -> {
                ReplicaFacts replica = replica(node, applied.group());
                if (replica != null) {
                    replica.applied = Math.max(replica.applied, applied.index());
                }
            }
            case NodeInput.Flushed(GroupId group, long index) -> {
                ReplicaFacts replica = replica(node, group);
                if (replica != null) {
                    replica.machineDurable = Math.max(replica.machineDurable, index);
                }
            }
            case NodeInput.Received _,
                    NodeInput.LinkChanged _,
                    NodeInput.Write _,
                    NodeInput.SessionWrite _,
                    NodeInput.Read _,
                    NodeInput.ChangeMembers _,
                    NodeInput.Transfer _,
                    NodeInput.Drain _,
                    NodeInput.Answered _,
                    NodeInput.QueryFailed _,
                    NodeInput.SnapshotTaken _,
                    NodeInput.SnapshotFetched _,
                    NodeInput.SnapshotFailed _,
                    NodeInput.Restored _,
                    NodeInput.MetadataRestored _,
                    NodeInput.ApplyFailed _,
                    NodeInput.RestoreFailed _,
                    NodeInput.LogRead _,
                    NodeInput.ReplicaLost _,
                    NodeInput.JournalRoom _,
                    NodeInput.JournalShare _,
                    NodeInput.JournalPressed _,
                    NodeInput.JournalFailed _,
                    NodeInput.Wakeup _ -> {}
        }
    }

    private void opened(NodeId node, GroupId group, long durableApplied) {
        ReplicaFacts replica = replica(node, group);
        if (replica == null) {
            return;
        }
        replica.opened = true;
        replica.machineDurable = durableApplied;
        replica.handedToApply = durableApplied;
        replica.applied = durableApplied;
        require(
                durableApplied <= replica.durable.lastIndex() || replica.restoring,
                () ->
                        "%s %s: the state machine kept %d, the log only %d (rule R2)"
                                .formatted(
                                        node, group, durableApplied, replica.durable.lastIndex()));
    }

    void effect(NodeId node, NodeEffect effect) {
        switch (effect) {
            case Persist persist -> {
                ticket(node, persist.ticket());
                checks(node, persist.group()).persist(persist);
            }
            case NodeEffect.Create(long ticket, ReplicaRecord replica) ->
                    create(node, ticket, replica);
            case NodeEffect.Destroy(long ticket, GroupId group, ReplicaId id) ->
                    destroy(node, ticket, group, id);
            case NodeEffect.MarkInstalling mark -> {
                ticket(node, mark.ticket());
                checks(node, mark.group()).marked(mark.meta());
            }
            case NodeEffect.Restore restore -> restoring(node, restore.group());
            case NodeEffect.KeepMetadata(KeptMetadata now) ->
                    checks(node, GroupId.METADATA).keeps(now.position());
            case NodeEffect.OfferMetadata(KeptMetadata now) ->
                    checks(node, GroupId.METADATA).offers(now.position());
            case NodeEffect.RestoreMetadata _ -> restoring(node, GroupId.METADATA);
            case NodeEffect.Installed installed -> {
                ticket(node, installed.ticket());
                checks(node, installed.group()).installed(installed);
            }
            case NodeEffect.Compact compact -> checks(node, compact.group()).compact(compact);
            case NodeEffect.Apply apply -> checks(node, apply.group()).apply(apply);
            case NodeEffect.Send(NodeId _, PeerMessage.Raft raft) ->
                    checks(node, raft.group()).sent(raft.to(), raft.message());
            case NodeEffect.ConfigurationChanged changed ->
                    checks(node, changed.group()).configured(changed);
            case NodeEffect.Traced(Trace trace) -> traced(node, trace);
            case NodeEffect.Send _,
                    NodeEffect.ReadLog _,
                    NodeEffect.Open _,
                    NodeEffect.Drop _,
                    NodeEffect.Query _,
                    NodeEffect.TakeSnapshot _,
                    NodeEffect.ReleaseSnapshot _,
                    NodeEffect.FetchSnapshot _,
                    NodeEffect.DropFetched _,
                    NodeEffect.Reply _,
                    NodeEffect.MetadataChanged _,
                    NodeEffect.DropMetadata _,
                    NodeEffect.Dismissed _,
                    NodeEffect.LeaderChanged _ -> {}
        }
    }

    private void restoring(NodeId node, GroupId group) {
        ReplicaFacts replica = replica(node, group);
        if (replica != null) {
            replica.restoring = true;
        }
    }

    private void traced(NodeId node, Trace trace) {
        switch (trace) {
            case Trace.LeaderElected(GroupId group, long term) -> checks(node, group).leads(term);
            case Trace.ApplyStopped(GroupId group, String cause) ->
                    throw world.unsafe(node + " stopped applying " + group + ": " + cause);
            case Trace.InvariantBroken(GroupId group, String dump) ->
                    throw world.unsafe(node + " halted " + group + ": " + dump);
            case Trace.ReplicaQuarantined(LostReplica lost) ->
                    quarantined(
                            node,
                            lost.group(),
                            lost.replica(),
                            hosted.getOrDefault(node, new TreeMap<>()));
            case Trace.SteppedDown _,
                    Trace.ReplicaCreated _,
                    Trace.ReplicaDestroyed _,
                    Trace.SnapshotInstalled _,
                    Trace.SnapshotFailed _,
                    Trace.NodeDismissed _,
                    Trace.Founded _,
                    Trace.MessageRefused _ -> {}
        }
    }

    // ---- replicas come and go ------------------------------------------------------------------

    private void create(NodeId node, long ticket, ReplicaRecord record) {
        ticket(node, ticket);
        require(
                !tombstones.contains(record.self()),
                () -> node + " creates " + record.self() + ", which is gone (rule R6)");
        ReplicaFacts known = group(record).replicas.get(record.self());
        require(
                known == null || known.node.equals(node),
                () -> node + " creates " + record.self() + " of " + known);
        group(record).replica(record.self(), node);
        creations.computeIfAbsent(node, _ -> new TreeMap<>()).put(ticket, record);
        hosted.computeIfAbsent(node, _ -> new TreeMap<>());
    }

    private void destroy(NodeId node, long ticket, GroupId group, ReplicaId id) {
        ticket(node, ticket);
        GroupFacts facts = groupOf(group);
        require(
                !facts.configuration().isVoter(id),
                () ->
                        "%s destroys %s, which votes in %s"
                                .formatted(node, id, facts.configuration()));
        ends.computeIfAbsent(node, _ -> new TreeMap<>()).put(ticket, group);
    }

    private void ticket(NodeId node, long ticket) {
        long before = tickets.getOrDefault(node, 0L);
        require(ticket > before, () -> node + " reuses ticket " + ticket + " after " + before);
        tickets.put(node, ticket);
    }

    private void persisted(NodeId node, long ticket) {
        Map<GroupId, ReplicaRecord> here = hosted.computeIfAbsent(node, _ -> new TreeMap<>());
        for (ReplicaRecord record : here.values()) {
            GroupFacts group = groupOf(record.group());
            ReplicaFacts replica = group.replicas.get(record.self());
            if (replica != null) {
                new GroupChecks(world, group, replica, this::counted).persisted(ticket);
            }
        }
        Map<Long, GroupId> ended = ends.getOrDefault(node, new TreeMap<>()).headMap(ticket, true);
        for (GroupId group : ended.values()) {
            ReplicaRecord record = here.remove(group);
            if (record != null) {
                tombstones.add(record.self());
                Objects.requireNonNull(groupOf(group).replicas.get(record.self())).gone = true;
            }
        }
        ended.clear();
        Map<Long, ReplicaRecord> done =
                creations.getOrDefault(node, new TreeMap<>()).headMap(ticket, true);
        done.values().forEach(record -> here.put(record.group(), record));
        done.clear();
    }

    /// The node's replica of a group; null if it has none, or none any more.
    private @Nullable ReplicaFacts replica(NodeId node, GroupId group) {
        ReplicaRecord record = hosted.getOrDefault(node, new TreeMap<>()).get(group);
        return record == null ? null : groupOf(group).replicas.get(record.self());
    }

    private GroupChecks checks(NodeId node, GroupId group) {
        ReplicaFacts replica = replica(node, group);
        if (replica == null) {
            throw world.unsafe(node + " acts for " + group + ", of which it has no replica");
        }
        return new GroupChecks(world, groupOf(group), replica, this::counted);
    }

    // ---- clients -------------------------------------------------------------------------------

    /// A client was told that its write is applied.
    void acknowledged(GroupId id, LogPosition at) {
        GroupFacts group = groupOf(id);
        require(
                group.committed.holds(at.index(), at.term()),
                () -> id + " acknowledged " + at + ", which is not committed");
        require(
                group.quorumHolds >= at.index(),
                () -> id + " acknowledged " + at + ", which no quorum was seen to hold");
    }

    // ---- snapshots -----------------------------------------------------------------------------

    /// A state machine was frozen; all that are frozen, or restored, at one index are equal.
    void state(GroupId id, long index, long hash) {
        Long before = groupOf(id).frozen.putIfAbsent(index, hash);
        require(before == null || before == hash, () -> id + " has two states at index " + index);
    }

    private void counted() {
        checks++;
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
                groups.computeIfAbsent(record.group(), id -> new GroupFacts(id, record.founders()));
        require(
                facts.founders().voters().equals(record.founders()),
                () ->
                        record.group()
                                + " has founders "
                                + facts.founders()
                                + " and "
                                + record.founders());
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
