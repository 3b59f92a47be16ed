package dev.quorate.core;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataView;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Raft;
import dev.quorate.raft.RaftConfig;
import dev.quorate.raft.RaftEffect;
import dev.quorate.raft.RaftInput;
import dev.quorate.raft.Restored;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The replicas of a node: which there are, how they come and go, and the order of their writes.
///
/// A replica comes only because group 0 has placed it here (rule R6), and its existence is durable
/// before it first speaks; it goes when its group has removed it, and never comes back.
final class Hosting implements HostedGroup.Host {
    /// A write on its way to the disk: of a replica that lives, or the beginning or end of one.
    private sealed interface InFlight {
        long ticket();

        record Write(long ticket, HostedGroup group, long raftTicket) implements InFlight {}

        record Creation(long ticket, ReplicaRecord replica) implements InFlight {}

        record End(long ticket, GroupId group) implements InFlight {}
    }

    private final NodeConfig config;
    private final RandomGenerator random;
    private final Turn turn;
    private final MetadataGroup metadata;
    private final LeaderHints hints;
    private final Reconciler reconciler;
    private final Quarantine quarantine;
    private final Steering steering;
    private final Map<GroupId, HostedGroup> byId = new HashMap<>();
    private final List<HostedGroup> bySlot = new ArrayList<>();
    private final DeadlineHeap deadlines = new DeadlineHeap();
    private final Set<ReplicaId> tombstones;
    private @Nullable Requests requests;

    private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
    private final ArrayDeque<ReplicaRecord> toCreate = new ArrayDeque<>();
    private final ArrayDeque<HostedGroup> toDestroy = new ArrayDeque<>();
    private final Set<GroupId> underWay = new HashSet<>();
    private final Leaving leaving = new Leaving();
    private final ArrayDeque<NodeEffect.Open> toOpen = new ArrayDeque<>();
    private final Set<GroupId> fresh = new HashSet<>();
    private final ArrayDeque<HostedGroup> touched = new ArrayDeque<>();
    private final ArrayDeque<HostedGroup> starving = new ArrayDeque<>();
    private long lastTicket;
    private RaftInput.Clock clock = RaftInput.Clock.UNKNOWN;
    private boolean retiring;
    private boolean mustFollow;

    /// @param gone replicas that were here once and may never come back
    Hosting(
            NodeConfig config,
            RandomGenerator random,
            Turn turn,
            MetadataGroup metadata,
            LeaderHints hints,
            List<ReplicaId> gone,
            Reporting reporting,
            Quarantine quarantine) {
        this.config = config;
        this.random = random;
        this.turn = turn;
        this.metadata = metadata;
        this.hints = hints;
        this.reconciler = new Reconciler(metadata, reporting, quarantine, turn);
        this.quarantine = quarantine;
        this.steering = new Steering(config.self(), config.placement(), turn);
        this.tombstones = new HashSet<>(gone);
    }

    /// Hosts what the journal held.
    void restore(List<StoredReplica> replicas, Requests waiting) {
        requests = waiting;
        reconciler.reportBy(waiting);
        for (StoredReplica replica : replicas) {
            host(replica.replica(), replica.log());
        }
    }

    // ---- who is here ---------------------------------------------------------------------------

    @Nullable HostedGroup find(GroupId group) {
        return byId.get(group);
    }

    /// The replica whose state machine a lane of the shell speaks of.
    @Nullable HostedGroup findOnLane(GroupId group) {
        HostedGroup here = byId.get(group);
        return here == null ? leaving.of(group) : here;
    }

    /// All that were ever here in this life, by slot; some are [HostedGroup#gone()].
    List<HostedGroup> all() {
        return bySlot;
    }

    /// Takes an input to a replica, if it is here.
    void step(GroupId id, RaftInput input) {
        HostedGroup group = byId.get(id);
        if (group != null) {
            step(group, input);
        }
    }

    /// The state machine of a replica is open.
    void opened(GroupId id, long durableApplied) {
        HostedGroup group = findOnLane(id);
        if (group != null) {
            step(group, new RaftInput.Opened(durableApplied));
        }
    }

    void step(HostedGroup group, RaftInput input) {
        group.step(input);
        touched(group);
    }

    /// Something happened in a group: it is flushed at the end of the turn.
    void touched(HostedGroup group) {
        if (!group.gone() && group.queue()) {
            touched.add(group);
        }
    }

    void touchStarving() {
        while (!starving.isEmpty()) {
            touched(starving.removeFirst());
        }
    }

    /// The node is about to stop: it leads nothing more.
    void retire() {
        retiring = true;
        bySlot.forEach(group -> step(group, new RaftInput.Retire()));
    }

    /// The state machine would keep everything up to `index` through a crash.
    void flushed(GroupId id, long index) {
        if (id.equals(GroupId.METADATA)) {
            metadata.kept(index);
        }
        step(id, new RaftInput.DurablyApplied(index));
    }

    /// What is known of wall clocks has changed.
    void clock(RaftInput.Clock known) {
        clock = known;
        bySlot.forEach(group -> step(group, known));
    }

    /// The journal holds too much: what can go goes.
    void compact() {
        HostedGroup zero = byId.get(GroupId.METADATA);
        if (zero != null) {
            metadata.keep(zero, 1);
        }
        bySlot.forEach(group -> step(group, new RaftInput.Compact()));
    }

    // ---- time ----------------------------------------------------------------------------------

    long nextDeadlineNanos() {
        long nextNanos = quarantine.nextDeadlineNanos();
        return !deadlines.isEmpty() && deadlines.firstNanos() - nextNanos < 0
                ? deadlines.firstNanos()
                : nextNanos;
    }

    void wakeup() {
        reconciler.reportLost();
        for (int due = bySlot.size(); due > 0 && isDue(); due--) {
            HostedGroup group = bySlot.get(deadlines.firstSlot());
            group.wakeup();
            reconciler.beat(group);
            if (group.id().equals(GroupId.METADATA)) {
                steering.beat(group, metadata.view());
            }
            touched(group);
            deadlines.set(group.slot(), group.nextDeadlineNanos());
        }
    }

    private boolean isDue() {
        return !deadlines.isEmpty() && turn.now().nanos() - deadlines.firstNanos() >= 0;
    }

    // ---- the end of a turn ---------------------------------------------------------------------

    void flush() {
        for (int count = touched.size(); count > 0; count--) {
            HostedGroup group = touched.removeFirst();
            group.unqueue();
            if (group.flush()) {
                starving.add(group);
            }
            HostedGroup metadataGroup = metadata.finish();
            if (metadataGroup != null) {
                touched(metadataGroup);
            }
            deadlines.set(group.slot(), group.nextDeadlineNanos());
        }
        follow();
        create();
        destroy();
    }

    boolean isFlushed() {
        return touched.isEmpty() && toOpen.isEmpty();
    }

    int touchedCount() {
        return touched.size();
    }

    /// Hosts what group 0 says should be here, and prefers the leaders it prefers.
    private void follow() {
        HostedGroup zero = byId.get(GroupId.METADATA);
        if (zero != null) {
            metadata.foundIfNeeded(zero);
        }
        if (!metadata.takeChanged() && !mustFollow) {
            return;
        }
        mustFollow = false;
        quarantine.hurry();
        MetadataView view = metadata.view();
        for (GroupInfo info : view.routing().groups()) {
            HostedGroup hosted = byId.get(info.id());
            if (hosted != null && Leaving.isGone(hosted, info)) {
                end(hosted);
            } else if (hosted != null && !info.members().isEmpty()) {
                hosted.step(new RaftInput.Prefer(info.members().getFirst().replica()));
            }
            for (Member member : info.members()) {
                if (member.node().equals(config.self())
                        && hosted == null
                        && !tombstones.contains(member.replica())
                        && !quarantine.outdates(info.id(), member.replica())
                        && hasLeft(info.id())
                        && underWay.add(info.id())) {
                    toCreate.add(new ReplicaRecord(info.id(), member.replica(), info.founders()));
                }
            }
        }
    }

    /// A node that hosts group 0 says that a replica of it is placed here. A replica that is here
    /// already is in the way only if it never heard that it belongs to the group.
    void invited(PeerMessage.Invitation invitation) {
        HostedGroup here = byId.get(GroupId.METADATA);
        ReplicaId replica = invitation.replica();
        if (config.admission() != NodeConfig.Admission.MEMBER
                || tombstones.contains(replica)
                || quarantine.outdates(GroupId.METADATA, replica)) {
            return;
        }
        if (here != null) {
            ReplicaId known = here.record().self();
            if (known.compareTo(replica) < 0 && !here.raft().configuration().contains(known)) {
                end(here);
            }
        } else if (hasLeft(GroupId.METADATA) && underWay.add(GroupId.METADATA)) {
            toCreate.add(new ReplicaRecord(GroupId.METADATA, replica, invitation.founders()));
        }
    }

    /// Whether nothing comes any more of the replica that was here before: what a lane said of it
    /// would be taken for the word of the next one.
    private boolean hasLeft(GroupId id) {
        boolean isKeeping = id.equals(GroupId.METADATA) && metadata.isKeeping();
        boolean isOver = !isKeeping && leaving.isOver(id);
        mustFollow |= !isOver; // the completion that settles it brings us back
        return isOver;
    }

    private void end(HostedGroup group) {
        if (underWay.add(group.id())) {
            toDestroy.add(group);
        }
    }

    private void create() {
        while (!toCreate.isEmpty() && turn.credits().takeJournal()) {
            ReplicaRecord replica = toCreate.removeFirst();
            long ticket = ++lastTicket;
            inFlight.add(new InFlight.Creation(ticket, replica));
            turn.emit(new NodeEffect.Create(ticket, replica));
        }
    }

    private void destroy() {
        while (!toDestroy.isEmpty() && turn.credits().takeJournal()) {
            HostedGroup group = toDestroy.removeFirst();
            long ticket = ++lastTicket;
            remove(group);
            inFlight.add(new InFlight.End(ticket, group.id()));
            turn.emit(new NodeEffect.Destroy(ticket, group.id(), group.record().self()));
            turn.trace(new Trace.ReplicaDestroyed(group.id(), group.record().self()));
        }
    }

    private void remove(HostedGroup group) {
        tombstones.add(group.record().self());
        byId.remove(group.id());
        leaving.add(group);
        deadlines.remove(group.slot());
        group.leave();
    }

    // ---- quarantine ----------------------------------------------------------------------------

    /// A replica has lost data; the journal knows already, and takes no more of it (rule R7).
    void lost(LostReplica replica) {
        HostedGroup group = byId.get(replica.group());
        if (group != null && group.record().self().equals(replica.replica())) {
            if (toDestroy.remove(group)) {
                underWay.remove(replica.group());
            }
            remove(group);
            turn.emit(new NodeEffect.Drop(replica.group()));
        }
        tombstones.add(replica.replica());
        quarantine.add(replica);
        mustFollow = true;
        turn.trace(new Trace.ReplicaQuarantined(replica));
    }

    // ---- what lanes open -----------------------------------------------------------------------

    void openPending() {
        while (!toOpen.isEmpty()) {
            NodeEffect.Open open = toOpen.removeFirst();
            GroupId id = open.group();
            HostedGroup zero = byId.get(GroupId.METADATA);
            if (zero != null && id.equals(GroupId.METADATA)) {
                fresh.remove(id);
                step(zero, new RaftInput.Opened(metadata.open(zero)));
            } else {
                if (fresh.remove(id)) {
                    // a crash may have left the data of a replica that was here before
                    turn.emit(new NodeEffect.Drop(id));
                }
                turn.emit(open);
            }
        }
    }

    private void host(ReplicaRecord replica, Restored log) {
        RaftConfig raftConfig =
                new RaftConfig(
                        new Member(config.self(), replica.self()),
                        Configuration.of(replica.founders()),
                        replica.founders().getFirst().replica(),
                        config.timing(),
                        config.raftLimits());
        Applier applier =
                replica.group().equals(GroupId.METADATA) ? metadata : new Applier.OnLane(turn);
        Requests waiting = requests;
        if (waiting == null) {
            throw new IllegalStateException("not restored yet");
        }
        HostedGroup group =
                new HostedGroup(
                        bySlot.size(),
                        replica,
                        new Raft(raftConfig, random, turn.now(), log),
                        turn,
                        waiting,
                        this,
                        applier);
        bySlot.add(group);
        byId.put(replica.group(), group);
        if (log.lastIndex() == 0 && log.installing() == null) {
            fresh.add(replica.group());
        }
        toOpen.add(
                new NodeEffect.Open(replica.group(), log.compacted(), log.compactedStampMicros()));
        group.step(clock);
        if (retiring) {
            group.step(new RaftInput.Retire());
        }
        mustFollow = true;
        touched(group);
    }

    // ---- writes --------------------------------------------------------------------------------

    /// Everything up to `ticket` is on stable storage.
    void persisted(long ticket) {
        while (!inFlight.isEmpty() && inFlight.getFirst().ticket() <= ticket) {
            turn.credits().returnJournal();
            switch (inFlight.removeFirst()) {
                case InFlight.Write(long _, HostedGroup group, long raftTicket) ->
                        step(group, new RaftInput.Persisted(raftTicket));
                case InFlight.Creation(long _, ReplicaRecord replica) -> {
                    underWay.remove(replica.group());
                    turn.trace(new Trace.ReplicaCreated(replica));
                    host(replica, Restored.NOTHING);
                }
                case InFlight.End(long _, GroupId group) -> {
                    // not before: after a crash the log would begin later than the machine ends
                    turn.emit(
                            group.equals(GroupId.METADATA)
                                    ? new NodeEffect.DropMetadata()
                                    : new NodeEffect.Drop(group));
                    underWay.remove(group);
                    mustFollow = true;
                }
            }
        }
        touchStarving();
    }

    private long write(HostedGroup group, long raftTicket) {
        long ticket = ++lastTicket;
        inFlight.add(new InFlight.Write(ticket, group, raftTicket));
        return ticket;
    }

    @Override
    public void persist(HostedGroup group, RaftEffect.Persist persist) {
        turn.emit(
                new NodeEffect.Persist(
                        write(group, persist.ticket()),
                        group.id(),
                        persist.hardState(),
                        persist.entries()));
    }

    @Override
    public void mark(HostedGroup group, RaftEffect.MarkInstalling mark) {
        turn.emit(
                new NodeEffect.MarkInstalling(
                        write(group, mark.ticket()), group.id(), mark.meta()));
    }

    @Override
    public void installed(HostedGroup group, RaftEffect.Installed installed) {
        turn.emit(
                new NodeEffect.Installed(
                        write(group, installed.ticket()),
                        group.id(),
                        installed.meta(),
                        installed.keepsSuffix()));
    }

    @Override
    public void elected() {
        hints.hurry();
    }

    @Override
    public void removed(HostedGroup group) {
        if (group.id().equals(GroupId.METADATA)) {
            // every node of the cluster listens to group 0, if it has no vote in it
            turn.trace(new Trace.NodeDismissed(metadata.view().topology().stateOf(config.self())));
            turn.emit(new NodeEffect.Dismissed("it was emptied, or given up, and has left"));
        }
        mustFollow = true; // group 0 may know already that this is the end
    }
}
