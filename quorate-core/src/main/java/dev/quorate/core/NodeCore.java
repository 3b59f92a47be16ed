package dev.quorate.core;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.core.Request.Kind;
import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.Member;
import dev.quorate.metadata.MetadataView;
import dev.quorate.raft.Credits;
import dev.quorate.raft.Entry;
import dev.quorate.raft.Raft;
import dev.quorate.raft.RaftConfig;
import dev.quorate.raft.RaftEffect;
import dev.quorate.raft.RaftInput;
import dev.quorate.raft.Restored;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.wire.PeerMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A whole node as one deterministic machine: its replicas, group 0, and who waits for what.
///
/// One turn is: [#step] for each input, then [#flush] once. Equal inputs, moments and random
/// numbers give equal effects. Not thread-safe: one reactor owns it.
public final class NodeCore {
    /// Largest command, in bytes: it must fit a frame and a journal record with room to spare.
    public static final int COMMAND_BYTES_MAX = 2 << 20;

    static final long FOREVER_NANOS = Long.MAX_VALUE / 4;
    private static final int FLUSH_ROUNDS_MAX = 1_000;
    private static final long REQUEST_ID_BASE_MAX = 1L << 62;

    /// A write on its way to the disk: a replica's, or the creation of one.
    private record InFlight(
            long ticket,
            @Nullable HostedGroup group,
            long raftTicket,
            @Nullable ReplicaRecord created) {}

    private final NodeConfig config;
    private final RandomGenerator random;
    private final Turn turn;
    private final Parts parts = new Parts();
    private final Requests requests;
    private final MetadataGroup metadata;
    private final LeaderHints hints;
    private final Map<GroupId, HostedGroup> byId = new HashMap<>();
    private final List<HostedGroup> bySlot = new ArrayList<>();
    private final DeadlineHeap deadlines = new DeadlineHeap();

    private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
    private final ArrayDeque<ReplicaRecord> toCreate = new ArrayDeque<>();
    private final List<GroupId> creating = new ArrayList<>();
    private final ArrayDeque<GroupId> toOpen = new ArrayDeque<>();
    private final ArrayDeque<HostedGroup> touched = new ArrayDeque<>();
    private final ArrayDeque<HostedGroup> starving = new ArrayDeque<>();

    private long lastTicket;
    private @Nullable String failed;

    /// Restores a node from what its journal holds.
    ///
    /// @param replicas by group id; group 0 among them on any node that belongs to a cluster
    public NodeCore(
            NodeConfig config, RandomGenerator random, Moment now, List<StoredReplica> replicas) {
        this.config = config;
        this.random = random;
        this.turn =
                new Turn(
                        new Credits(
                                config.limits().journalCredits(), config.limits().applyCredits()));
        this.requests =
                new Requests(turn, parts, config.limits(), random.nextLong(REQUEST_ID_BASE_MAX));
        this.metadata = new MetadataGroup(turn, config.founding());
        this.hints = new LeaderHints(config.self(), turn);
        turn.begin(now, effect -> {});
        for (StoredReplica replica : replicas) {
            host(replica.replica(), replica.log());
        }
        turn.end();
    }

    /// The latest monotonic time at which [NodeInput.Wakeup] must be stepped.
    public long nextDeadlineNanos() {
        long deadline = requests.nextDeadlineNanos();
        if (view().founded() && deadline - hints.nextDeadlineNanos() > 0) {
            deadline = hints.nextDeadlineNanos();
        }
        return deadlines.isEmpty() || deadline - deadlines.firstNanos() < 0
                ? deadline
                : deadlines.firstNanos();
    }

    /// What group 0 has said, as far as this node has applied it.
    public MetadataView view() {
        return metadata.view();
    }

    /// How every replica of this node is doing, by slot: a snapshot for people.
    public List<GroupStatus> groups() {
        List<GroupStatus> all = new ArrayList<>(bySlot.size());
        for (HostedGroup group : bySlot) {
            Raft raft = group.raft();
            String trouble = group.halted() != null ? group.halted() : group.applyStopped();
            all.add(
                    new GroupStatus(
                            group.id(),
                            raft.role(),
                            raft.term(),
                            raft.leader(),
                            raft.lastPosition(),
                            raft.durableIndex(),
                            raft.commitIndex(),
                            raft.appliedIndex(),
                            trouble));
        }
        return all;
    }

    /// Takes one input in. Most effects appear only at [#flush], in batches.
    public void step(Moment now, NodeInput input, NodeEffects out) {
        if (failed != null
                && !(input instanceof NodeInput.Write || input instanceof NodeInput.Read)) {
            return;
        }
        turn.begin(now, out);
        // before any question: a state machine is opened before it is asked
        openPending();
        switch (input) {
            case NodeInput.Received(NodeId from, PeerMessage message) -> received(from, message);
            case NodeInput.LinkChanged(NodeId peer, boolean up) -> {
                if (!up) {
                    hints.forget(peer);
                    requests.linkDown(peer);
                }
            }
            case NodeInput.Write(
                            long id,
                            GroupId group,
                            Bytes command,
                            long deadline,
                            Reach reach) ->
                    accept(null, id, group, Kind.WRITE, command, reach, deadline);
            case NodeInput.Read read ->
                    accept(
                            null,
                            read.requestId(),
                            read.group(),
                            read.level() == ReadLevel.LOCAL ? Kind.LOCAL_READ : Kind.READ,
                            read.query(),
                            read.reach(),
                            read.deadlineNanos());
            case NodeInput.Persisted(long ticket) -> persisted(ticket);
            case NodeInput.Opened(GroupId group, long durableApplied) ->
                    step(group, new RaftInput.Opened(durableApplied));
            case NodeInput.Applied applied -> applied(applied);
            case NodeInput.Answered(long requestId, GroupId _, Bytes result) ->
                    answered(requestId, result);
            case NodeInput.Flushed(GroupId group, long index) ->
                    step(group, new RaftInput.DurablyApplied(index));
            case NodeInput.ApplyFailed(GroupId id, String cause) -> applyFailed(id, cause);
            case NodeInput.LogRead(GroupId group, NodeId peer, List<Entry> entries) ->
                    step(group, new RaftInput.LogRead(peer, entries));
            case NodeInput.JournalFailed(String cause) -> {
                failed = "the journal has failed: " + cause;
                requests.close(failed);
            }
            case NodeInput.Wakeup() -> wakeup();
        }
        turn.end();
    }

    /// Ends a turn: emits what the inputs of the turn have caused, within the lanes' credits.
    public void flush(Moment now, NodeEffects out) {
        if (failed != null) {
            return;
        }
        turn.begin(now, out);
        int rounds = 0;
        do {
            if (++rounds > FLUSH_ROUNDS_MAX) {
                throw new IllegalStateException("a turn does not end; touched: " + touched.size());
            }
            openPending();
            requests.reroute();
            flushTouched();
            followMetadata();
            create();
        } while (!touched.isEmpty() || !toOpen.isEmpty() || requests.mustReroute());
        turn.end();
    }

    // ---- inputs --------------------------------------------------------------------------------

    private void received(NodeId from, PeerMessage message) {
        switch (message) {
            case PeerMessage.Raft envelope -> {
                HostedGroup group = byId.get(envelope.group());
                if (group != null) {
                    group.received(from, envelope);
                    touched(group);
                }
            }
            case PeerMessage.Forward forward ->
                    accept(
                            from,
                            forward.requestId(),
                            forward.group(),
                            forward.kind() == PeerMessage.RequestKind.WRITE
                                    ? Kind.WRITE
                                    : Kind.READ,
                            forward.payload(),
                            Reach.REDIRECT,
                            turn.now().nanos()
                                    + Math.min(forward.remainingMicros(), 3_600_000_000L) * 1_000);
            case PeerMessage.Answer answer -> requests.answered(from, answer);
            case PeerMessage.Leads leads ->
                    hints.learn(from, leads, view()).forEach(requests::leaderKnown);
            case PeerMessage.Cancel(long requestId) -> requests.cancelled(from, requestId);
            // a request that is refused comes back as an answer; a message of Raft is as good as
            // lost, and the shell has told the log
            case PeerMessage.Refusal _ -> {}
        }
    }

    private void accept(
            @Nullable NodeId origin,
            long id,
            GroupId group,
            Kind kind,
            Bytes payload,
            Reach reach,
            long deadlineNanos) {
        String complaint = RequestCheck.complaint(group, kind, payload);
        if (complaint != null) {
            Outcome refusal =
                    new Outcome.Rejected(Code.INVALID, Retry.NEVER, /* leader= */ null, complaint);
            turn.emit(
                    origin == null
                            ? new NodeEffect.Reply(id, refusal)
                            : new NodeEffect.Send(origin, new PeerMessage.Answer(id, refusal)));
            return;
        }
        requests.accept(origin, id, group, kind, payload, reach, deadlineNanos);
    }

    private void persisted(long ticket) {
        while (!inFlight.isEmpty() && inFlight.getFirst().ticket() <= ticket) {
            InFlight done = inFlight.removeFirst();
            turn.credits().returnJournal();
            if (done.group() != null) {
                done.group().step(new RaftInput.Persisted(done.raftTicket()));
                touched(done.group());
            } else if (done.created() != null) {
                creating.remove(done.created().group());
                turn.trace(new Trace.ReplicaCreated(done.created()));
                host(done.created(), Restored.NOTHING);
            }
        }
        touchStarving();
    }

    private void applied(NodeInput.Applied applied) {
        turn.credits().returnApply();
        HostedGroup group = byId.get(applied.group());
        if (group != null) {
            Iterator<Bytes> results = applied.results().iterator();
            group.applied(
                    applied.index(),
                    entry ->
                            new Outcome.Applied(
                                    entry.position(),
                                    entry.kind() == Entry.Kind.COMMAND
                                            ? results.next()
                                            : Bytes.EMPTY),
                    applied.tickAtMicros());
            touched(group);
        }
        touchStarving();
    }

    private void applyFailed(GroupId id, String cause) {
        turn.credits().returnApply();
        HostedGroup group = byId.get(id);
        if (group != null) {
            group.applyFailed(cause);
        }
        touchStarving();
    }

    private void answered(long requestId, Bytes result) {
        Request request = requests.find(requestId);
        if (request != null) {
            requests.answer(request, new Outcome.Applied(request.position(), result));
        }
    }

    private void wakeup() {
        requests.sweep();
        hints.tell(view(), bySlot);
        for (int due = bySlot.size(); due > 0 && isDue(); due--) {
            HostedGroup group = bySlot.get(deadlines.firstSlot());
            group.wakeup();
            touched(group);
            deadlines.set(group.slot(), group.nextDeadlineNanos());
        }
    }

    private boolean isDue() {
        return !deadlines.isEmpty() && turn.now().nanos() - deadlines.firstNanos() >= 0;
    }

    private void step(GroupId id, RaftInput input) {
        HostedGroup group = byId.get(id);
        if (group != null) {
            group.step(input);
            touched(group);
        }
    }

    // ---- the end of a turn ---------------------------------------------------------------------

    private void flushTouched() {
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
    }

    private void touchStarving() {
        while (!starving.isEmpty()) {
            touched(starving.removeFirst());
        }
    }

    /// Hosts what group 0 says should be here.
    private void followMetadata() {
        HostedGroup group = byId.get(GroupId.METADATA);
        if (group != null) {
            metadata.foundIfNeeded(group);
        }
        if (!metadata.takeChanged()) {
            return;
        }
        for (GroupInfo info : metadata.view().routing().groups()) {
            for (Member member : info.members()) {
                if (member.node().equals(config.self())
                        && !byId.containsKey(info.id())
                        && !creating.contains(info.id())) {
                    creating.add(info.id());
                    toCreate.add(new ReplicaRecord(info.id(), member.replica(), info.members()));
                }
            }
        }
    }

    private void create() {
        while (!toCreate.isEmpty() && turn.credits().takeJournal()) {
            ReplicaRecord replica = toCreate.removeFirst();
            long ticket = ++lastTicket;
            inFlight.add(new InFlight(ticket, null, 0, replica));
            turn.emit(new NodeEffect.Create(ticket, replica));
        }
    }

    private void openPending() {
        while (!toOpen.isEmpty()) {
            open(toOpen.removeFirst());
        }
    }

    private void open(GroupId id) {
        if (id.equals(GroupId.METADATA)) {
            step(id, new RaftInput.Opened(0));
        } else {
            turn.emit(new NodeEffect.Open(id));
        }
    }

    private void host(ReplicaRecord replica, Restored log) {
        List<NodeId> voters = new ArrayList<>();
        for (Member member : replica.members()) {
            voters.add(member.node());
        }
        RaftConfig raftConfig =
                new RaftConfig(
                        config.self(),
                        voters,
                        voters.getFirst(),
                        config.timing(),
                        config.raftLimits());
        HostedGroup.Applier applier =
                replica.group().equals(GroupId.METADATA) ? metadata : this::applyOnLane;
        HostedGroup group =
                new HostedGroup(
                        bySlot.size(),
                        replica,
                        new Raft(raftConfig, random, turn.now(), log),
                        turn,
                        requests,
                        parts,
                        applier);
        bySlot.add(group);
        byId.put(replica.group(), group);
        toOpen.add(replica.group());
        touched(group);
    }

    private void applyOnLane(HostedGroup group, List<Entry> entries) {
        turn.emit(new NodeEffect.Apply(group.id(), entries));
    }

    private void touched(HostedGroup group) {
        if (group.queue()) {
            touched.add(group);
        }
    }

    /// What requests and replicas ask of the node they are part of.
    private final class Parts implements Requests.Directory, HostedGroup.Host {
        @Override
        public void persist(HostedGroup group, RaftEffect.Persist persist) {
            long ticket = ++lastTicket;
            inFlight.add(new InFlight(ticket, group, persist.ticket(), null));
            turn.emit(
                    new NodeEffect.Persist(
                            ticket, group.id(), persist.hardState(), persist.entries()));
        }

        @Override
        public @Nullable HostedGroup hosted(GroupId group) {
            return byId.get(group);
        }

        @Override
        public @Nullable NodeId leader(GroupId group) {
            return hints.leaderOf(group);
        }

        @Override
        public @Nullable NodeId member(GroupId group) {
            GroupInfo info = view().routing().group(group);
            return info == null || info.members().isEmpty()
                    ? null
                    : info.members().getFirst().node();
        }

        @Override
        public boolean knowsCluster() {
            return view().founded();
        }

        @Override
        public void touched(HostedGroup group) {
            NodeCore.this.touched(group);
        }

        @Override
        public void elected() {
            hints.hurry();
        }
    }
}
