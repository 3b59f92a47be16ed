package dev.quorate.sim;

import dev.quorate.api.Outcome;
import dev.quorate.api.StateMachine.QueryContext;
import dev.quorate.core.NodeEffect.Apply;
import dev.quorate.core.NodeEffect.Drop;
import dev.quorate.core.NodeEffect.ForStateMachine;
import dev.quorate.core.NodeEffect.Open;
import dev.quorate.core.NodeEffect.Query;
import dev.quorate.core.NodeEffect.Restore;
import dev.quorate.core.NodeEffect.TakeSnapshot;
import dev.quorate.core.NodeInput;
import dev.quorate.raft.Entry;
import dev.quorate.session.EntryResult;
import dev.quorate.session.SessionedMachine;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// A lane that owns the state machines of some groups of a node, as a server with a service time.
final class ApplyLane {
    /// An open machine, and the last entry it was handed in this life.
    private static final class Opened {
        final RegisterMachine machine;
        final SessionedMachine sessions;
        LogPosition last = LogPosition.ZERO;
        long lastStampMicros;

        Opened(RegisterMachine machine, Open open) {
            this.machine = machine;
            this.sessions = new SessionedMachine(machine);
            if (open.beginsMicros() > 0 && machine.durableApplied() == open.begins().index()) {
                last = open.begins();
                lastStampMicros = open.beginsMicros();
            }
        }
    }

    /// Why a state machine stopped that was told to.
    static final String POISONED = "poisoned";

    private final SimNode node;
    private final Map<GroupId, RegisterMachine> stored;
    private final SimSnapshots snapshots;
    private final TreeMap<GroupId, Opened> opened = new TreeMap<>();
    private final TreeMap<GroupId, Long> flushed = new TreeMap<>();
    // whose state machine cannot apply what comes next, until it is restored
    private final TreeSet<GroupId> poisoned = new TreeSet<>();
    private final TreeSet<GroupId> stopped = new TreeSet<>();
    private final List<ForStateMachine> queue = new ArrayList<>();
    private List<ForStateMachine> inFlight = List.of();

    /// @param stored the machines as the node's storage holds them; new ones are added
    ApplyLane(SimNode node, Map<GroupId, RegisterMachine> stored, SimSnapshots snapshots) {
        this.node = node;
        this.stored = stored;
        this.snapshots = snapshots;
        planFlush();
    }

    void submit(ForStateMachine effect) {
        queue.add(effect);
    }

    /// The group's state machine throws at its next entry.
    void poison(GroupId group) {
        poisoned.add(group);
    }

    void kick() {
        if (inFlight.isEmpty() && !queue.isEmpty()) {
            inFlight = List.copyOf(queue);
            queue.clear();
            node.plan(node.applyNanos(), this::complete);
        }
    }

    boolean isIdle() {
        return inFlight.isEmpty() && queue.isEmpty();
    }

    /// The process dies while the lane works: what it would have made durable may be so, or not.
    void tear(Prng random) {
        for (ForStateMachine effect : inFlight) {
            if (effect instanceof Restore restore && random.nextBoolean()) {
                restore(restore);
            }
        }
    }

    private void complete() {
        List<ForStateMachine> batch = inFlight;
        inFlight = List.of();
        for (ForStateMachine effect : batch) {
            switch (effect) {
                case Open open -> open(open);
                case Apply(GroupId group, List<Entry> entries) -> apply(group, entries);
                case Query query -> query(query);
                case TakeSnapshot(GroupId group) -> take(group);
                case Restore restore -> {
                    restore(restore);
                    node.post(new NodeInput.Restored(restore.group(), restore.meta()));
                }
                case Drop(GroupId group) -> {
                    opened.remove(group);
                    stored.remove(group);
                    flushed.remove(group);
                    snapshots.drop(group);
                }
            }
        }
        kick();
    }

    private void open(Open open) {
        GroupId group = open.group();
        RegisterMachine machine = stored.computeIfAbsent(group, _ -> new RegisterMachine());
        opened.put(group, new Opened(machine, open));
        node.post(new NodeInput.Opened(group, machine.durableApplied()));
    }

    private void apply(GroupId group, List<Entry> entries) {
        if (poisoned.remove(group)) {
            stopped.add(group);
            node.post(new NodeInput.ApplyFailed(group, POISONED));
        }
        if (stopped.contains(group)) {
            return;
        }
        Opened machine = machine(group);
        List<EntryResult> results;
        try {
            results = machine.sessions.apply(entries);
        } catch (IllegalStateException disorder) {
            throw node.world().unsafe(node.id() + " " + group + " applies in disorder", disorder);
        }
        Entry last = entries.getLast();
        machine.last = last.position();
        machine.lastStampMicros = last.stampMicros();
        node.post(
                new NodeInput.Applied(
                        group,
                        last.index(),
                        results,
                        machine.machine.tickAtMicros(),
                        machine.sessions.remembered()));
    }

    private void query(Query query) {
        if (query.asOfMicros() != Long.MAX_VALUE) {
            node.post(
                    new NodeInput.QueryFailed(
                            query.requestId(),
                            query.group(),
                            Outcome.Code.UNSUPPORTED,
                            "registers keep no versions"));
            return;
        }
        QueryContext context =
                new QueryContext(
                        query.appliedIndex(), query.appliedMicros(), 0, query.asOfMicros());
        Bytes answer = machine(query.group()).machine.query(query.query(), context);
        node.post(new NodeInput.Answered(query.requestId(), query.group(), answer));
    }

    private void take(GroupId group) {
        Opened machine = machine(group);
        if (machine.last.index() == 0) {
            node.post(
                    new NodeInput.SnapshotFailed(
                            group, null, "nothing was applied since the start"));
            return;
        }
        SimSnapshots.Content content = snapshots.freeze(group, machine.machine.checkpoint());
        node.sawState(group, machine.last.index(), machine.machine.stateHash());
        node.post(
                new NodeInput.SnapshotTaken(
                        group,
                        machine.last,
                        machine.lastStampMicros,
                        content.sizeBytes(),
                        content.sha256()));
    }

    private void restore(Restore restore) {
        Opened machine = machine(restore.group());
        SimSnapshots.Content content = snapshots.staged(restore.group(), restore.meta());
        if (content == null) {
            throw node.world()
                    .unsafe(node.id() + " restores " + restore + ", which is not staged (rule R4)");
        }
        machine.sessions.restore(restore.meta().index(), content.reader());
        stopped.remove(restore.group());
        machine.last = restore.meta().position();
        machine.lastStampMicros = restore.meta().stampMicros();
        node.sawState(restore.group(), restore.meta().index(), machine.machine.stateHash());
    }

    private Opened machine(GroupId group) {
        Opened machine = opened.get(group);
        if (machine == null) {
            throw node.world().unsafe(node.id() + " uses " + group + " before it is open");
        }
        return machine;
    }

    private void planFlush() {
        long every = node.world().config.flushEvery().toNanos();
        node.plan(every / 2 + node.random().nextLong(every), this::flush);
    }

    private void flush() {
        opened.forEach((group, open) -> {
            RegisterMachine machine = open.machine;
            machine.flush();
            Long before = flushed.put(group, machine.durableApplied());
            if (before == null || before != machine.durableApplied()) {
                node.post(new NodeInput.Flushed(group, machine.durableApplied()));
            }
        });
        planFlush();
    }
}
