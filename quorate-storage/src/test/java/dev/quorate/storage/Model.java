package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.types.Member;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// What a journal ought to hold, as plainly as possible; an oracle for tests.
record Model(TreeMap<GroupId, Replica> replicas) {
    static final ClusterId CLUSTER = new ClusterId(0x1122334455667788L, 0x99AABBCCDDEEFF00L);
    static final NodeId NODE = new NodeId(7);

    /// One replica.
    record Replica(
            ReplicaRecord record,
            HardState hardState,
            LogPosition compacted,
            TreeMap<Long, Entry> entries) {}

    /// What one record says.
    sealed interface Step {
        GroupId group();

        record Create(ReplicaRecord record) implements Step {
            @Override
            public GroupId group() {
                return record.group();
            }
        }

        record Vote(GroupId group, HardState hardState) implements Step {}

        record Append(GroupId group, Entry entry) implements Step {}

        record Compact(GroupId group, LogPosition upTo) implements Step {}
    }

    static Model empty() {
        return new Model(new TreeMap<>());
    }

    static JournalOptions options() {
        return JournalOptions.of(CLUSTER, NODE).withSegments(4096, 1024);
    }

    static ReplicaRecord replica(long group) {
        return new ReplicaRecord(
                new GroupId(group),
                new ReplicaId(100 + group),
                List.of(
                        new Member(NODE, new ReplicaId(100 + group)),
                        new Member(new NodeId(8), new ReplicaId(200 + group))));
    }

    static Entry entry(long term, long index, String payload) {
        return new Entry(term, index, 1000 * index, Entry.Kind.COMMAND, Bytes.utf8(payload));
    }

    /// The replica of a group that exists.
    Replica replica(GroupId group) {
        return Objects.requireNonNull(replicas.get(group), "no " + group);
    }

    /// The model after one more record.
    Model after(Step step) {
        TreeMap<GroupId, Replica> next = new TreeMap<>(replicas);
        switch (step) {
            case Step.Create(ReplicaRecord record) ->
                    next.put(
                            record.group(),
                            new Replica(
                                    record, HardState.INITIAL, LogPosition.ZERO, new TreeMap<>()));
            case Step.Vote(GroupId group, HardState state) -> {
                Replica old = replica(group);
                next.put(group, new Replica(old.record, state, old.compacted, old.entries));
            }
            case Step.Append(GroupId group, Entry entry) -> {
                Replica old = replica(group);
                TreeMap<Long, Entry> entries = new TreeMap<>(old.entries.headMap(entry.index()));
                entries.put(entry.index(), entry);
                next.put(group, new Replica(old.record, old.hardState, old.compacted, entries));
            }
            case Step.Compact(GroupId group, LogPosition upTo) -> {
                Replica old = replica(group);
                TreeMap<Long, Entry> entries =
                        new TreeMap<>(old.entries.tailMap(upTo.index(), false));
                next.put(group, new Replica(old.record, old.hardState, upTo, entries));
            }
        }
        return new Model(next);
    }

    /// What an open journal says it recovered, and gives back when read.
    static Model of(Journal journal) {
        Model model = empty();
        for (StoredReplica stored : journal.recovered()) {
            GroupId group = stored.replica().group();
            TreeMap<Long, Entry> entries = entries(journal, group, stored);
            model.replicas.put(
                    group,
                    new Replica(
                            stored.replica(),
                            stored.log().hardState(),
                            stored.log().compacted(),
                            entries));
        }
        return model;
    }

    private static TreeMap<Long, Entry> entries(
            Journal journal, GroupId group, StoredReplica stored) {
        TreeMap<Long, Entry> entries = new TreeMap<>();
        long next = stored.log().compacted().index() + 1;
        while (next <= stored.log().lastIndex()) {
            for (Entry entry : journal.read(group, next, 700)) {
                entries.put(entry.index(), entry);
            }
            if (!entries.containsKey(next)) {
                throw new AssertionError(group + ": entry " + next + " cannot be read");
            }
            next = entries.lastKey() + 1;
        }
        List<TermStart> terms = new ArrayList<>();
        for (Map.Entry<Long, Entry> entry : entries.entrySet()) {
            long term = entry.getValue().term();
            if (terms.isEmpty() || terms.getLast().term() != term) {
                terms.add(new TermStart(term, entry.getKey()));
            }
        }
        if (!terms.equals(stored.log().terms())) {
            throw new AssertionError(group + ": " + terms + " but " + stored.log().terms());
        }
        return entries;
    }
}
