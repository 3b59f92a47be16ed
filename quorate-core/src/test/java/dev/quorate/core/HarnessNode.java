package dev.quorate.core;

import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.Restored;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A node of a [ClusterHarness]: what survives a crash, and the process if it runs. Its journal
/// answers at once.
final class HarnessNode {
    final NodeId id;
    final Map<GroupId, ReplicaRecord> records = new TreeMap<>();
    final Map<GroupId, List<Entry>> logs = new HashMap<>();
    final Map<GroupId, HardState> hardStates = new HashMap<>();
    final Map<GroupId, List<String>> machines = new HashMap<>();
    final List<ReplicaId> gone = new ArrayList<>();
    final List<LostReplica> lost = new ArrayList<>();
    final ArrayDeque<NodeInput> inputs = new ArrayDeque<>();
    private final List<NodeInput> reads = new ArrayList<>();
    private final Map<GroupId, NodeInput> ends = new HashMap<>();
    private long readableIndex = Long.MAX_VALUE;
    KeptMetadata kept;
    NodeCore core;

    HarnessNode(NodeId id) {
        this.id = id;
    }

    /// What a start finds of a replica.
    Restored restored(GroupId group) {
        List<Entry> log = logs.getOrDefault(group, List.of());
        List<TermStart> terms = new ArrayList<>();
        for (Entry entry : log) {
            if (terms.isEmpty() || terms.getLast().term() != entry.term()) {
                terms.add(new TermStart(entry.term(), entry.index()));
            }
        }
        List<Restored.Configured> configurations =
                log.stream()
                        .filter(entry -> entry.kind() == Entry.Kind.CONFIGURATION)
                        .map(entry ->
                                new Restored.Configured(
                                        entry.index(), Configuration.decode(entry.payload())))
                        .toList();
        return new Restored(
                hardStates.getOrDefault(group, HardState.INITIAL),
                LogPosition.ZERO,
                terms,
                log.size(),
                log.isEmpty() ? 0 : log.getLast().stampMicros(),
                configurations,
                null);
    }

    /// The journal loses all it has of a group's replica, and knows it.
    LostReplica lose(GroupId group) {
        LostReplica replica = new LostReplica(group, records.remove(group).self(), "it is rotten");
        logs.remove(group);
        hardStates.remove(group);
        gone.add(replica.replica());
        lost.add(replica);
        return replica;
    }

    /// From now on nothing is read of logs behind this index, until it is greater.
    void readTo(long index) {
        readableIndex = index;
        inputs.addAll(reads);
        reads.clear();
    }

    /// The state machine of a replica that is gone goes, too.
    void drop(GroupId group) {
        if (inputs.contains(ends.get(group))) {
            throw new AssertionError("the end of the replica of " + group + " is not durable yet");
        }
        machines.remove(group);
    }

    /// Does what the lane does that keeps group 0's state.
    void metadata(NodeEffect.ForMetadata effect) {
        switch (effect) {
            case NodeEffect.KeepMetadata(KeptMetadata now) -> {
                kept = now;
                inputs.add(new NodeInput.Flushed(GroupId.METADATA, now.position().index()));
            }
            case NodeEffect.DropMetadata() -> kept = null;
            case NodeEffect.OfferMetadata _, NodeEffect.RestoreMetadata _ ->
                    throw new AssertionError("nothing is ever compacted here");
        }
    }

    /// Does what a journal's lane does.
    void journal(NodeEffect.ForJournal effect) {
        switch (effect) {
            case NodeEffect.Persist persist when !records.containsKey(persist.group()) ->
                    inputs.add(new NodeInput.Persisted(persist.ticket()));
            case NodeEffect.ReadLog read when !records.containsKey(read.group()) -> {}
            case NodeEffect.Persist persist -> {
                List<Entry> log = logs.computeIfAbsent(persist.group(), group -> new ArrayList<>());
                if (persist.hardState() != null) {
                    hardStates.put(persist.group(), persist.hardState());
                }
                if (!persist.entries().isEmpty()) {
                    int from = (int) persist.entries().getFirst().index() - 1;
                    log.subList(from, log.size()).clear();
                    log.addAll(persist.entries());
                }
                inputs.add(new NodeInput.Persisted(persist.ticket()));
            }
            case NodeEffect.Create(long ticket, ReplicaRecord replica) -> {
                if (gone.contains(replica.self())) {
                    throw new AssertionError(replica + " was here and is gone");
                }
                records.put(replica.group(), replica);
                inputs.add(new NodeInput.Persisted(ticket));
            }
            case NodeEffect.ReadLog(GroupId group, ReplicaId peer, long from, int _) -> {
                List<Entry> log = logs.get(group);
                int start = (int) from - 1;
                List<Entry> two = List.copyOf(log.subList(start, Math.min(log.size(), start + 2)));
                boolean held = two.getLast().index() > readableIndex;
                (held ? reads : inputs).add(new NodeInput.LogRead(group, peer, two));
            }
            case NodeEffect.Destroy(long ticket, GroupId group, ReplicaId replica) -> {
                records.remove(group);
                logs.remove(group);
                hardStates.remove(group);
                gone.add(replica);
                ends.put(group, new NodeInput.Persisted(ticket));
                inputs.add(ends.get(group));
            }
            case NodeEffect.Compact _ -> {}
            case NodeEffect.MarkInstalling mark ->
                    inputs.add(new NodeInput.Persisted(mark.ticket()));
            case NodeEffect.Installed installed -> {
                logs.remove(installed.group());
                inputs.add(new NodeInput.Persisted(installed.ticket()));
            }
        }
    }
}
