package dev.quorate.storage;

import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;
import java.util.Objects;
import java.util.Random;

/// What a node might do next with a few groups, by chance; one of them is a laggard.
final class RandomSteps {
    private static final int GROUPS = 4;

    private final Random random;
    private long payloads;
    private long replicas = 1000;

    RandomSteps(Random random) {
        this.random = random;
    }

    /// A step that may follow.
    Model.Step next(Model now) {
        GroupId group = new GroupId(random.nextInt(GROUPS));
        Model.Replica replica = now.replicas().get(group);
        if (replica == null) {
            return new Model.Step.Create(Model.replica(group.value(), ++replicas));
        }
        boolean laggard = group.value() == GROUPS - 1 && random.nextInt(8) != 0;
        int dice = laggard ? 50 : random.nextInt(100);
        SnapshotMeta begun = replica.installing();
        if (begun != null) {
            return install(group, replica, begun);
        }
        if (dice < 2) {
            return new Model.Step.Destroy(group, replica.record().self());
        }
        if (dice < 4) {
            return new Model.Step.Quarantine(group, replica.record().self(), "rot " + dice);
        }
        if (dice < 5) {
            return new Model.Step.Destroy(group, new ReplicaId(++replicas));
        }
        if (dice < 12) {
            long index = replica.beginsAfter().index() + 1 + random.nextInt(20);
            long term = replica.hardState().term() + 1;
            return new Model.Step.Mark(group, Model.snapshot(term, index));
        }
        if (dice < 35 && !replica.entries().isEmpty()) {
            return compact(group, replica);
        }
        return dice < 50 ? vote(group, replica) : append(group, replica);
    }

    private static Model.Step install(GroupId group, Model.Replica replica, SnapshotMeta begun) {
        Entry there = replica.entries().get(begun.index());
        boolean kept = there != null && there.position().equals(begun.position());
        return new Model.Step.Install(
                group, begun, kept ? Journal.Suffix.KEPT : Journal.Suffix.DROPPED);
    }

    private Model.Step compact(GroupId group, Model.Replica replica) {
        int count = replica.entries().size();
        long index = replica.entries().firstKey() + random.nextInt(count);
        LogPosition upTo = Objects.requireNonNull(replica.entries().get(index)).position();
        Configuration configuration = Model.configuration(7);
        for (var known : replica.configurations()) {
            if (known.index() <= index) {
                configuration = known.configuration();
            }
        }
        return new Model.Step.Compact(group, upTo, configuration);
    }

    private Model.Step vote(GroupId group, Model.Replica replica) {
        long term = replica.hardState().term() + 1;
        ReplicaId vote = random.nextBoolean() ? null : new ReplicaId(1 + random.nextInt(5));
        return new Model.Step.Vote(group, new HardState(term, vote, random.nextInt(1000)));
    }

    private Model.Step append(GroupId group, Model.Replica replica) {
        long index = replica.lastIndex() + 1;
        if (!replica.entries().isEmpty() && random.nextInt(9) == 0) {
            index = replica.entries().firstKey() + random.nextInt(replica.entries().size());
        }
        long term = replica.beginsAfter().term() + 1 + replica.hardState().term();
        Entry entry =
                random.nextInt(10) == 0
                        ? Model.entry(term, index, Model.configuration(++replicas))
                        : Model.entry(
                                term, index, "p" + payloads++ + "x".repeat(random.nextInt(300)));
        return new Model.Step.Append(group, entry);
    }
}
