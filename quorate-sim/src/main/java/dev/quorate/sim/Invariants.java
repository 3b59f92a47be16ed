package dev.quorate.sim;

import dev.quorate.core.KeptMetadata;
import dev.quorate.core.LostReplica;
import dev.quorate.core.NodeEffect;
import dev.quorate.core.NodeEffect.Persist;
import dev.quorate.core.NodeInput;
import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.core.Trace;
import dev.quorate.sim.NodeFacts.Hosted;
import dev.quorate.storage.GoneReplica;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    private final List<NodeFacts> nodes = new ArrayList<>();
    private final Set<ReplicaId> tombstones = new TreeSet<>();
    private long checks;
    private long snapshotsInstalled;

    Invariants(World world) {
        this.world = world;
    }

    /// A node starts with what its journal holds.
    ///
    /// @param gone what was there once; those in quarantine count as lost from now on
    void recovered(NodeId node, List<StoredReplica> found, List<GoneReplica> gone) {
        NodeFacts here = node(node);
        for (GoneReplica replica : gone) {
            if (replica.end() == GoneReplica.End.QUARANTINED) {
                quarantined(node, replica.group(), replica.replica());
            }
        }
        List<Hosted> mine = new ArrayList<>();
        Map<GroupId, ReplicaRecord> records = new HashMap<>();
        for (StoredReplica stored : found) {
            ReplicaRecord record = stored.replica();
            require(
                    !tombstones.contains(record.self()),
                    () -> node + " has " + record.self() + " again, which is gone (rule R6)");
            Hosted replica = hosted(node, record);
            mine.add(replica);
            records.put(record.group(), record);
            new RecoveryCheck(world, groupOf(record.group()), replica.facts()).check(stored.log());
        }
        here.all()
                .forEach((group, replica) ->
                        require(
                                replica.record().equals(records.get(group)) || here.isEnding(group),
                                () -> node + " forgot its replica of " + group));
        here.become(mine);
    }

    private NodeFacts node(NodeId id) {
        while (nodes.size() < id.value()) {
            nodes.add(new NodeFacts());
        }
        return nodes.get((int) id.value() - 1);
    }

    private Hosted hosted(NodeId node, ReplicaRecord record) {
        GroupFacts group = group(record);
        ReplicaFacts facts = group.replica(record.self(), node);
        return new Hosted(record, facts, new GroupChecks(world, group, facts, this::counted));
    }

    /// A replica lost something and the node knows it: it will never act again (rule R7).
    private void quarantined(NodeId node, GroupId group, ReplicaId replica) {
        require(
                world.isLoser(node),
                () -> node + " puts " + replica + " in quarantine, but its disk was sound");
        tombstones.add(replica);
        NodeFacts here = node(node);
        Hosted known = here.hosted(group);
        if (known != null && known.record().self().equals(replica)) {
            here.quarantined(group);
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
        node(node).forget();
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
                    NodeInput.TurnedAway _,
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
        replica.openedAt = durableApplied;
        replica.handedToApply = durableApplied;
        replica.applied = durableApplied;
        require(
                durableApplied <= replica.durable.lastIndex() || replica.restoring,
                () ->
                        "%s %s: the state machine kept %d, the log only %d (rule R2)"
                                .formatted(
                                        node, group, durableApplied, replica.durable.lastIndex()));
    }

    /// What a start finds of group 0's state: perhaps more than the node had been told was kept.
    void kept(NodeId node, @Nullable KeptMetadata kept) {
        ReplicaFacts replica = replica(node, GroupId.METADATA);
        if (kept != null && replica != null && replica.id.equals(kept.replica())) {
            replica.machineDurable = Math.max(replica.machineDurable, kept.position().index());
        }
    }

    void effect(NodeId node, NodeEffect effect) {
        switch (effect) {
            case Persist persist -> {
                ticket(node, persist.ticket());
                GroupChecks checks = checks(node, persist.group());
                checks.persist(persist);
                node(node).writes(persist.ticket(), checks);
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
                GroupChecks checks = checks(node, installed.group());
                checks.installed(installed);
                node(node).writes(installed.ticket(), checks);
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
            case Trace.ApplyStopped(GroupId _, String cause)
                    when cause.equals(ApplyLane.POISONED) -> {}
            case Trace.ApplyStopped(GroupId group, String cause) ->
                    throw world.unsafe(node + " stopped applying " + group + ": " + cause);
            case Trace.InvariantBroken(GroupId group, String dump) ->
                    throw world.unsafe(node + " halted " + group + ": " + dump);
            case Trace.ReplicaQuarantined(LostReplica lost) ->
                    quarantined(node, lost.group(), lost.replica());
            case Trace.SnapshotInstalled _ -> snapshotsInstalled++;
            case Trace.SteppedDown _,
                    Trace.ReplicaCreated _,
                    Trace.ReplicaDestroyed _,
                    Trace.SnapshotFailed _,
                    Trace.NodeDismissed _,
                    Trace.NodeTurnedAway _,
                    Trace.Founded _,
                    Trace.ClockOff _,
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
        node(node).creates(ticket, hosted(node, record));
    }

    private void destroy(NodeId node, long ticket, GroupId group, ReplicaId id) {
        ticket(node, ticket);
        GroupFacts facts = groupOf(group);
        require(
                !facts.configuration().isVoter(id),
                () ->
                        "%s destroys %s, which votes in %s"
                                .formatted(node, id, facts.configuration()));
        node(node).destroys(ticket, group);
    }

    private void ticket(NodeId node, long ticket) {
        long before = node(node).ticket(ticket);
        require(ticket > before, () -> node + " reuses ticket " + ticket + " after " + before);
    }

    private void persisted(NodeId node, long ticket) {
        for (Hosted gone : node(node).persisted(ticket)) {
            tombstones.add(gone.record().self());
            gone.facts().gone = true;
        }
    }

    /// The node's replica of a group; null if it has none, or none any more.
    private @Nullable ReplicaFacts replica(NodeId node, GroupId group) {
        Hosted replica = node(node).hosted(group);
        return replica == null ? null : replica.facts();
    }

    private GroupChecks checks(NodeId node, GroupId group) {
        Hosted replica = node(node).hosted(group);
        if (replica == null) {
            throw world.unsafe(node + " acts for " + group + ", of which it has no replica");
        }
        return replica.checks();
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

    long snapshotsInstalled() {
        return snapshotsInstalled;
    }
}
