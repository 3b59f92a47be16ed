package dev.quorate.storage;

import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.Restored.Configured;
import dev.quorate.raft.Restored.TermStart;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What a journal ought to hold, as plainly as possible; an oracle for tests.
record Model(TreeMap<GroupId, Replica> replicas, TreeSet<GoneReplica> gone) {
    static final ClusterId CLUSTER = new ClusterId(0x1122334455667788L, 0x99AABBCCDDEEFF00L);
    static final NodeId NODE = new NodeId(7);

    /// One replica.
    ///
    /// @param beginsAfter the position before the log's first entry
    /// @param beginning the configuration in force there; null in a log that begins at 1
    /// @param beginningStamp log time there, as far as it matters: while nothing lies behind
    record Replica(
            ReplicaRecord record,
            HardState hardState,
            LogPosition beginsAfter,
            @Nullable Configuration beginning,
            long beginningStamp,
            TreeMap<Long, Entry> entries,
            @Nullable SnapshotMeta installing) {
        long lastIndex() {
            return entries.isEmpty() ? beginsAfter.index() : entries.lastKey();
        }

        long lastStampMicros() {
            return entries.isEmpty()
                    ? beginningStamp
                    : entries.lastEntry().getValue().stampMicros();
        }

        List<Configured> configurations() {
            List<Configured> all = new ArrayList<>();
            if (beginning != null) {
                all.add(new Configured(beginsAfter.index(), beginning));
            }
            for (Entry entry : entries.values()) {
                if (entry.kind() == Entry.Kind.CONFIGURATION) {
                    all.add(new Configured(entry.index(), Configuration.decode(entry.payload())));
                }
            }
            return all;
        }

        Replica voting(HardState state) {
            return new Replica(
                    record, state, beginsAfter, beginning, beginningStamp, entries, installing);
        }

        Replica with(Entry entry) {
            TreeMap<Long, Entry> next = new TreeMap<>(entries.headMap(entry.index()));
            next.put(entry.index(), entry);
            return new Replica(record, hardState, beginsAfter, beginning, 0, next, installing);
        }

        Replica beginningAfter(
                LogPosition upTo, Configuration configuration, long stamp, boolean suffix) {
            TreeMap<Long, Entry> next =
                    suffix ? new TreeMap<>(entries.tailMap(upTo.index(), false)) : new TreeMap<>();
            return new Replica(
                    record,
                    hardState,
                    upTo,
                    configuration,
                    next.isEmpty() ? stamp : 0,
                    next,
                    installing);
        }

        Replica installing(@Nullable SnapshotMeta meta) {
            return new Replica(
                    record, hardState, beginsAfter, beginning, beginningStamp, entries, meta);
        }
    }

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

        record Compact(GroupId group, LogPosition upTo, Configuration configuration)
                implements Step {}

        record Mark(GroupId group, SnapshotMeta meta) implements Step {}

        record Install(GroupId group, SnapshotMeta meta, Journal.Suffix suffix) implements Step {}

        record Destroy(GroupId group, ReplicaId replica) implements Step {}

        record Quarantine(GroupId group, ReplicaId replica, String cause) implements Step {}

        /// Asks a journal to do it.
        default void to(Journal journal) {
            switch (this) {
                case Create(var record) -> journal.create(record);
                case Vote(var group, var state) -> journal.append(group, state, List.of());
                case Append(var group, var entry) -> journal.append(group, null, List.of(entry));
                case Compact(var group, var upTo, var configuration) ->
                        journal.compact(group, upTo.index(), upTo.term(), configuration);
                case Mark(var group, var meta) -> journal.markInstalling(group, meta);
                case Install(var group, var meta, var suffix) ->
                        journal.installed(group, meta, suffix);
                case Destroy(var group, var replica) -> journal.destroy(group, replica);
                case Quarantine(var group, var replica, var cause) ->
                        journal.quarantine(group, replica, cause);
            }
        }
    }

    static Model empty() {
        return new Model(new TreeMap<>(), new TreeSet<>());
    }

    static JournalOptions options() {
        return JournalOptions.of(CLUSTER, NODE).withSegments(4096, 1024);
    }

    static ReplicaRecord replica(long group) {
        return replica(group, 100 + group);
    }

    static ReplicaRecord replica(long group, long replica) {
        return new ReplicaRecord(
                new GroupId(group),
                new ReplicaId(replica),
                List.of(
                        new Member(NODE, new ReplicaId(100 + group)),
                        new Member(new NodeId(8), new ReplicaId(200 + group))));
    }

    /// A configuration whose only voter is this replica of node 8.
    static Configuration configuration(long replica) {
        return Configuration.of(List.of(new Member(new NodeId(8), new ReplicaId(replica))));
    }

    static SnapshotMeta snapshot(long term, long index) {
        return new SnapshotMeta(
                new LogPosition(term, index),
                1000 * index,
                configuration(300 + index),
                5,
                Bytes.copyOf(new byte[SnapshotMeta.DIGEST_BYTES]));
    }

    static Entry entry(long term, long index, String payload) {
        return new Entry(term, index, 1000 * index, Entry.Kind.COMMAND, Bytes.utf8(payload));
    }

    static Entry entry(long term, long index, Configuration configuration) {
        return new Entry(
                term, index, 1000 * index, Entry.Kind.CONFIGURATION, configuration.encode());
    }

    /// The replica of a group that exists.
    Replica replica(GroupId group) {
        return Objects.requireNonNull(replicas.get(group), "no " + group);
    }

    /// The model after one more record.
    Model after(Step step) {
        TreeMap<GroupId, Replica> next = new TreeMap<>(replicas);
        TreeSet<GoneReplica> nextGone = new TreeSet<>(gone);
        switch (step) {
            case Step.Create(ReplicaRecord record) ->
                    next.put(
                            record.group(),
                            new Replica(
                                    record,
                                    HardState.INITIAL,
                                    LogPosition.ZERO,
                                    null,
                                    0,
                                    new TreeMap<>(),
                                    null));
            case Step.Vote(GroupId group, HardState state) ->
                    next.put(group, replica(group).voting(state));
            case Step.Append(GroupId group, Entry entry) ->
                    next.put(group, replica(group).with(entry));
            case Step.Compact(GroupId group, LogPosition upTo, Configuration configuration) -> {
                Replica old = replica(group);
                next.put(
                        group,
                        old.beginningAfter(upTo, configuration, old.lastStampMicros(), true));
            }
            case Step.Mark(GroupId group, SnapshotMeta meta) ->
                    next.put(group, replica(group).installing(meta));
            case Step.Install(GroupId group, SnapshotMeta meta, Journal.Suffix suffix) ->
                    next.put(
                            group,
                            replica(group)
                                    .beginningAfter(
                                            meta.position(),
                                            meta.configuration(),
                                            meta.stampMicros(),
                                            suffix == Journal.Suffix.KEPT)
                                    .installing(null));
            case Step.Destroy(GroupId group, ReplicaId replica) -> {
                end(next, nextGone, group, replica);
                nextGone.add(gone(group, replica));
            }
            case Step.Quarantine(GroupId group, ReplicaId replica, String cause) -> {
                end(next, nextGone, group, replica);
                List<GoneReplica> earlier =
                        nextGone.stream()
                                .filter(g -> g.group().equals(group))
                                .filter(g -> g.end() == GoneReplica.End.QUARANTINED)
                                .toList();
                for (GoneReplica other : earlier) {
                    nextGone.remove(other);
                    nextGone.add(gone(group, other.replica()));
                }
                nextGone.add(new GoneReplica(group, replica, GoneReplica.End.QUARANTINED, cause));
            }
        }
        return new Model(next, nextGone);
    }

    private static void end(
            TreeMap<GroupId, Replica> replicas,
            TreeSet<GoneReplica> gone,
            GroupId group,
            ReplicaId replica) {
        Replica hosted = replicas.get(group);
        if (hosted != null && hosted.record.self().equals(replica)) {
            replicas.remove(group);
        }
        gone.removeIf(g -> g.group().equals(group) && g.replica().equals(replica));
    }

    private static GoneReplica gone(GroupId group, ReplicaId replica) {
        return new GoneReplica(group, replica, GoneReplica.End.DESTROYED, "it was removed");
    }

    /// What an open journal says it recovered, and gives back when read.
    static Model of(Journal journal) {
        Model model = new Model(new TreeMap<>(), new TreeSet<>(journal.gone()));
        for (StoredReplica stored : journal.recovered()) {
            GroupId group = stored.replica().group();
            TreeMap<Long, Entry> entries = entries(journal, group, stored);
            Replica replica =
                    new Replica(
                            stored.replica(),
                            stored.log().hardState(),
                            stored.log().compacted(),
                            stored.log().compacted().index() == 0
                                    ? null
                                    : stored.log().configurations().getFirst().configuration(),
                            entries.isEmpty() ? stored.log().lastStampMicros() : 0,
                            entries,
                            stored.log().installing());
            if (!replica.configurations().equals(stored.log().configurations())
                    || replica.lastStampMicros() != stored.log().lastStampMicros()) {
                throw new AssertionError(group + ": " + replica + " but " + stored.log());
            }
            model.replicas.put(group, replica);
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
