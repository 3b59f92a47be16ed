package dev.quorate.core;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.metadata.Founding;
import dev.quorate.metadata.MetadataCodec;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.RaftConfig;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.raft.RaftMessage;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.session.EntryResult;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Whole nodes in one test, on perfect lanes and links: a millisecond at a time, every effect of
/// one turn is an input of the next.
final class ClusterHarness {
    private final Map<NodeId, HarnessNode> nodes = new TreeMap<>();
    private final Set<NodeId> alone = new TreeSet<>();
    private final Map<Long, Outcome> replies = new HashMap<>();
    private final NodeConfig.NodeLimits limits;
    private final RaftConfig.Limits raftLimits;
    private final MetadataEntry founding;
    private long nowMillis = 1_000;
    private long lastRequest;
    private long lives;
    private @Nullable List<Runnable> held;
    private final List<Long> forwardedIds = new ArrayList<>();
    private final List<String> trace = new ArrayList<>();
    private final NodeTrace words = new NodeTrace();

    ClusterHarness(int count, int groups) {
        this(count, groups, NodeConfig.NodeLimits.DEFAULT, RaftConfig.Limits.DEFAULT);
    }

    static ClusterHarness withTinyLimits(int count, int groups) {
        return new ClusterHarness(
                count,
                groups,
                new NodeConfig.NodeLimits(1, 1, 1_000, 500_000_000L, 1_000),
                new RaftConfig.Limits(1, 1, 1, 10_000, 0, 1, 1, 1, 10_000));
    }

    private ClusterHarness(
            int count, int groups, NodeConfig.NodeLimits limits, RaftConfig.Limits raftLimits) {
        this.limits = limits;
        this.raftLimits = raftLimits;
        List<NodeInfo> infos = new ArrayList<>();
        for (long id = 1; id <= count; id++) {
            byte[] pin = new byte[32];
            pin[0] = (byte) id;
            infos.add(
                    NodeInfo.joining(new NodeId(id), "links:" + id, "client:" + id)
                            .withPin(Bytes.wrap(pin)));
        }
        founding = Founding.batch(new ClusterId(1, 2), infos, groups, 3);
        List<Member> members = Founding.metadataMembers(infos, 3);
        for (NodeInfo info : infos) {
            HarnessNode node = new HarnessNode(info.id());
            for (Member member : members) {
                if (member.node().equals(node.id)) {
                    node.records.put(
                            GroupId.METADATA,
                            new ReplicaRecord(GroupId.METADATA, member.replica(), members));
                }
            }
            nodes.put(node.id, node);
            start(node);
        }
    }

    /// Starts a node that holds nothing; it is not part of the cluster yet.
    NodeId add(long id) {
        HarnessNode node = new HarnessNode(new NodeId(id));
        nodes.put(node.id, node);
        start(node);
        return node.id;
    }

    List<NodeId> nodes() {
        return List.copyOf(nodes.keySet());
    }

    HarnessNode node(NodeId id) {
        return nodes.get(id);
    }

    NodeCore core(NodeId id) {
        return nodes.get(id).core;
    }

    List<String> applied(NodeId id, GroupId group) {
        return nodes.get(id).machines.getOrDefault(group, List.of());
    }

    List<NodeId> leaders() {
        return nodes.values().iterator().next().core.groups().stream()
                .map(GroupStatus::leader)
                .toList();
    }

    /// Whom a node takes for the leader.
    NodeId leader(NodeId at, GroupId group) {
        return core(at).groups().stream()
                .filter(one -> one.group().equals(group))
                .findFirst()
                .orElseThrow()
                .leader();
    }

    NodeId nodeWithRole(GroupId group, RoleName role) {
        return nodes.values().stream()
                .filter(node -> node.core != null)
                .filter(node ->
                        node.core.groups().stream()
                                .anyMatch(g -> g.group().equals(group) && g.role() == role))
                .findFirst()
                .orElseThrow()
                .id;
    }

    NodeId nodeWithout(GroupId group) {
        return nodes.values().stream()
                .filter(node -> node.core.groups().stream().noneMatch(g -> g.group().equals(group)))
                .findFirst()
                .orElseThrow()
                .id;
    }

    long term(NodeId id, GroupId group) {
        return core(id).groups().stream()
                .filter(one -> one.group().equals(group))
                .findFirst()
                .orElseThrow()
                .term();
    }

    /// Lets `at` hear a heartbeat of `from`.
    ///
    /// @param sender replica id of the sender; `0` for the right one
    /// @param receiver replica id of the receiver; `0` for the right one
    void receiveHeartbeat(
            NodeId at, NodeId from, GroupId group, long term, long sender, long receiver) {
        PeerMessage beat =
                new PeerMessage.Raft(
                        group,
                        sender == 0 ? replica(group, from) : new ReplicaId(sender),
                        receiver == 0 ? replica(group, at) : new ReplicaId(receiver),
                        new RaftMessage.Heartbeat(term, 0, 0, 0, 0));
        nodes.get(at).inputs.add(new NodeInput.Received(from, beat));
    }

    /// A replica of the group on none of these nodes.
    long replicaElsewhere(GroupId group, NodeId one, NodeId another) {
        NodeId third =
                nodes.keySet().stream()
                        .filter(id -> !id.equals(one) && !id.equals(another))
                        .filter(id -> nodes.get(id).records.containsKey(group))
                        .findFirst()
                        .orElseThrow();
        return replica(group, third).value();
    }

    /// Lets `at` hear something of `from`.
    void receive(NodeId at, NodeId from, PeerMessage message) {
        nodes.get(at).inputs.add(new NodeInput.Received(from, message));
    }

    private ReplicaId replica(GroupId group, NodeId node) {
        return nodes.get(node).records.get(group).self();
    }

    /// A node's journal says something.
    void told(NodeId at, NodeInput input) {
        nodes.get(at).inputs.add(input);
    }

    void linkDown(NodeId at, NodeId peer) {
        nodes.get(at).inputs.add(new NodeInput.LinkChanged(peer, false));
    }

    /// From now on nothing comes from a node or goes to it; what is on its way to it is lost.
    void cut(NodeId id) {
        alone.add(id);
        nodes.get(id).inputs.removeIf(NodeInput.Received.class::isInstance);
    }

    void mend(NodeId id) {
        alone.remove(id);
    }

    void crash(NodeId id) {
        HarnessNode node = nodes.get(id);
        node.core = null;
        node.inputs.clear();
        node.machines.clear();
    }

    /// A node that is down loses a replica; its next start knows.
    LostReplica lose(NodeId id, GroupId group) {
        return nodes.get(id).lose(group);
    }

    /// A running node finds that a replica's records are rotten.
    LostReplica rot(NodeId id, GroupId group) {
        LostReplica lost = nodes.get(id).lose(group);
        nodes.get(id).inputs.add(new NodeInput.ReplicaLost(lost));
        return lost;
    }

    /// Proposes an entry to group 0.
    Outcome propose(NodeId at, MetadataEntry entry) {
        long id = ++lastRequest;
        Bytes payload = MetadataCodec.encode(entry);
        nodes.get(at)
                .inputs
                .add(new NodeInput.Write(id, GroupId.METADATA, payload, deadline(), Reach.FORWARD));
        return await(id);
    }

    void runUntil(String what, BooleanSupplier condition) {
        for (int i = 0; i < 20_000; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            runMillis(1);
        }
        throw new AssertionError("never: " + what);
    }

    void restart(NodeId id) {
        start(nodes.get(id));
    }

    Outcome write(NodeId at, GroupId group, String command, Reach reach) {
        return await(submit(at, group, command, reach));
    }

    long submit(NodeId at, GroupId group, String command, Reach reach) {
        long id = ++lastRequest;
        Bytes payload = Bytes.utf8(command);
        nodes.get(at).inputs.add(new NodeInput.Write(id, group, payload, deadline(), reach));
        return id;
    }

    Outcome read(NodeId at, GroupId group) {
        return await(ask(at, group, ReadLevel.LINEARIZABLE));
    }

    long ask(NodeId at, GroupId group, ReadLevel level) {
        long id = ++lastRequest;
        nodes.get(at)
                .inputs
                .add(new NodeInput.Read(id, group, Bytes.EMPTY, level, deadline(), Reach.FORWARD));
        return id;
    }

    /// What came of a request so far.
    Optional<Outcome> outcome(long request) {
        return Optional.ofNullable(replies.get(request));
    }

    /// State machines answer no queries until they are released.
    void holdQueries() {
        held = new ArrayList<>();
    }

    void releaseQueries() {
        held.forEach(Runnable::run);
        held = null;
    }

    long wallMicros() {
        return nowMillis * 1_000;
    }

    /// Lets `at` hear that `from`, which leads in this term, offers a snapshot.
    void offerSnapshot(NodeId at, NodeId from, GroupId group, long term, long index) {
        SnapshotMeta meta =
                new SnapshotMeta(
                        new LogPosition(term, index),
                        wallMicros(),
                        Configuration.of(nodes.get(at).records.get(group).founders()),
                        1,
                        Bytes.wrap(new byte[SnapshotMeta.DIGEST_BYTES]));
        receive(
                at,
                from,
                new PeerMessage.Raft(
                        group,
                        replica(group, from),
                        replica(group, at),
                        new RaftMessage.SnapshotOffer(term, meta, 0)));
    }

    List<Long> forwardedIds() {
        return List.copyOf(forwardedIds);
    }

    /// What all nodes took in and gave out since [#startTrace], beats left out.
    List<String> trace() {
        return List.copyOf(trace);
    }

    void startTrace() {
        trace.clear();
    }

    long unanswered() {
        return lastRequest - replies.size();
    }

    long refused() {
        return replies.values().stream().filter(o -> !(o instanceof Outcome.Applied)).count();
    }

    void runUntilLed() {
        for (int i = 0; i < 10_000; i++) {
            runMillis(1);
            if (nodes.values().stream()
                    .filter(node -> node.core != null)
                    .allMatch(ClusterHarness::knowsLeaders)) {
                return;
            }
        }
        throw new AssertionError("no leaders");
    }

    void runMillis(int millis) {
        for (int i = 0; i < millis; i++) {
            nowMillis++;
            nodes.values().forEach(this::turn);
        }
    }

    private static boolean knowsLeaders(HarnessNode node) {
        long hosted =
                node.core.view().routing().groups().stream()
                        .filter(group -> group.involves(node.id))
                        .count();
        return node.core.view().founded()
                && node.core.groups().size() == hosted
                && node.core.groups().stream()
                        .allMatch(group -> group.leader() != null && group.commitIndex() > 0);
    }

    private Outcome await(long request) {
        for (int i = 0; i < 5_000; i++) {
            Outcome outcome = replies.get(request);
            if (outcome != null) {
                return outcome;
            }
            runMillis(1);
        }
        throw new AssertionError("no answer to request " + request);
    }

    private long deadline() {
        return (nowMillis + 2_000) * 1_000_000;
    }

    private Moment now() {
        return new Moment(nowMillis * 1_000_000, nowMillis * 1_000);
    }

    private void start(HarnessNode node) {
        List<StoredReplica> stored = new ArrayList<>();
        for (ReplicaRecord replica : node.records.values()) {
            stored.add(new StoredReplica(replica, node.restored(replica.group())));
        }
        NodeConfig config =
                new NodeConfig(node.id, RaftConfig.Timing.DEFAULT, raftLimits, limits, founding);
        node.core =
                new NodeCore(
                        config,
                        new Random(++lives),
                        now(),
                        stored,
                        List.copyOf(node.gone),
                        List.copyOf(node.lost),
                        node.kept);
    }

    private void turn(HarnessNode node) {
        NodeCore core = node.core;
        if (core == null) {
            return;
        }
        for (int count = node.inputs.size(); count > 0; count--) {
            NodeInput input = node.inputs.removeFirst();
            words.of(input).ifPresent(text -> trace.add(node.id + " <- " + text));
            core.step(now(), input, effect -> execute(node, effect));
        }
        if (now().nanos() - core.nextDeadlineNanos() >= 0) {
            core.step(now(), new NodeInput.Wakeup(), effect -> execute(node, effect));
        }
        core.flush(now(), effect -> execute(node, effect));
    }

    private void execute(HarnessNode node, NodeEffect effect) {
        words.of(effect).ifPresent(text -> trace.add(node.id + " -> " + text));
        switch (effect) {
            case NodeEffect.ForJournal write -> node.journal(write);
            case NodeEffect.ForStateMachine work -> machine(node, work);
            case NodeEffect.ForMetadata work -> node.metadata(work);
            case NodeEffect.Send(NodeId to, PeerMessage message) -> {
                if (message instanceof PeerMessage.Forward forward) {
                    forwardedIds.add(forward.requestId());
                }
                boolean isCut = alone.contains(to) || alone.contains(node.id);
                if (nodes.get(to).core != null && !isCut) {
                    nodes.get(to).inputs.add(new NodeInput.Received(node.id, message));
                }
            }
            case NodeEffect.Reply(long requestId, Outcome outcome) -> {
                if (replies.put(requestId, outcome) != null) {
                    throw new AssertionError("request " + requestId + " was answered twice");
                }
            }
            case NodeEffect.Traced(Trace trace) -> {
                if (trace instanceof Trace.InvariantBroken) {
                    throw new AssertionError(trace.toString());
                }
            }
            case NodeEffect.MetadataChanged _,
                    NodeEffect.LeaderChanged _,
                    NodeEffect.Dismissed _,
                    NodeEffect.ConfigurationChanged _,
                    NodeEffect.ReleaseSnapshot _,
                    NodeEffect.DropFetched _ -> {}
            case NodeEffect.FetchSnapshot(GroupId group, NodeId _, SnapshotMeta meta) ->
                    node.inputs.add(new NodeInput.SnapshotFetched(group, meta));
        }
    }

    private void machine(HarnessNode node, NodeEffect.ForStateMachine effect) {
        switch (effect) {
            case NodeEffect.Open(GroupId group, LogPosition _, long _) -> {
                node.machines.put(group, new ArrayList<>());
                node.inputs.add(new NodeInput.Opened(group, 0));
            }
            case NodeEffect.Apply(GroupId group, List<Entry> entries) -> {
                List<EntryResult> results = new ArrayList<>();
                for (Entry entry : entries) {
                    if (entry.kind() == Entry.Kind.COMMAND) {
                        node.machines.get(group).add(entry.payload().toUtf8());
                        results.add(new EntryResult.Value(entry.payload()));
                    }
                }
                long last = entries.getLast().index();
                node.inputs.add(new NodeInput.Applied(group, last, results, Long.MAX_VALUE, 0));
            }
            case NodeEffect.Query query -> {
                Runnable answer = () -> answer(node, query);
                if (held == null) {
                    answer.run();
                } else {
                    held.add(answer);
                }
            }
            case NodeEffect.Restore(GroupId group, SnapshotMeta meta) ->
                    node.inputs.add(new NodeInput.Restored(group, meta));
            case NodeEffect.Drop(GroupId group) -> node.drop(group);
            case NodeEffect.TakeSnapshot _ ->
                    throw new AssertionError("nothing is ever compacted here");
        }
    }

    private static void answer(HarnessNode node, NodeEffect.Query query) {
        String state = node.machines.get(query.group()).toString();
        node.inputs.add(
                new NodeInput.Answered(query.requestId(), query.group(), Bytes.utf8(state)));
    }
}
