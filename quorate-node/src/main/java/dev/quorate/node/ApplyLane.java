package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.api.StateMachine;
import dev.quorate.api.StateMachine.QueryContext;
import dev.quorate.api.StateMachineFactory;
import dev.quorate.core.NodeEffect.Apply;
import dev.quorate.core.NodeEffect.Drop;
import dev.quorate.core.NodeEffect.ForStateMachine;
import dev.quorate.core.NodeEffect.Open;
import dev.quorate.core.NodeEffect.Query;
import dev.quorate.core.NodeEffect.Restore;
import dev.quorate.core.NodeEffect.TakeSnapshot;
import dev.quorate.core.NodeInput;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One thread that owns the state machines of some groups.
///
/// A machine that throws while it applies has stopped on this node: the group is told
/// ([NodeInput.ApplyFailed]), what is still queued for it is refused, and only a snapshot brings it
/// back.
final class ApplyLane {
    private static final Logger LOG = LoggerFactory.getLogger(ApplyLane.class);
    private static final int COALESCED_MAX = 64;
    private static final long MICROS = 1_000;

    private final StateMachineFactory factory;
    private final SnapshotDesk snapshots;
    private final Completions completions;
    private final long flushEveryNanos;
    private final LaneQueue<ForStateMachine> queue = new LaneQueue<>();
    private final Map<GroupId, OpenMachine> machines = new TreeMap<>();
    private final Set<GroupId> failed = new HashSet<>();
    private final Thread thread;
    private long flushAtNanos;

    /// A lane that is not running yet.
    ///
    /// @param firstFlushNanos from now; differs between lanes so that they do not flush together
    ApplyLane(
            String name,
            StateMachineFactory factory,
            SnapshotDesk snapshots,
            Completions completions,
            long flushEveryNanos,
            long firstFlushNanos) {
        this.factory = factory;
        this.snapshots = snapshots;
        this.completions = completions;
        this.flushEveryNanos = flushEveryNanos;
        flushAtNanos = System.nanoTime() + firstFlushNanos;
        thread = Thread.ofPlatform().name(name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    void submit(ForStateMachine effect) {
        queue.put(effect);
    }

    /// Asks the lane to end; [#join] waits for it.
    void close() {
        queue.close();
    }

    /// Waits until the lane did what was queued, flushed its machines and closed them.
    void join() {
        Threads.join(thread);
    }

    private void run() {
        while (!queue.closed() || queue.peek() != null) {
            ForStateMachine effect = queue.poll();
            if (effect != null) {
                execute(effect);
            }
            long nanosLeft = flushAtNanos - System.nanoTime();
            if (nanosLeft <= 0) {
                flush();
                flushAtNanos = System.nanoTime() + flushEveryNanos;
            } else if (effect == null) {
                queue.await(nanosLeft);
            }
        }
        flush();
        for (OpenMachine machine : machines.values()) {
            close(machine.machine());
        }
    }

    private void execute(ForStateMachine effect) {
        try {
            switch (effect) {
                case Open open -> open(open);
                case Apply apply -> apply(apply);
                case Query query -> query(query);
                case TakeSnapshot(GroupId group) -> takeSnapshot(group);
                case Restore(GroupId group, SnapshotMeta meta) -> restore(group, meta);
                case Drop(GroupId group) -> drop(group);
            }
        } catch (RuntimeException | Error failure) {
            fail(
                    effect.group(),
                    failure,
                    effect instanceof Restore
                            ? new NodeInput.RestoreFailed(effect.group(), failure.toString())
                            : new NodeInput.ApplyFailed(effect.group(), failure.toString()));
        }
    }

    private void open(Open open) {
        GroupId group = open.group();
        OpenMachine machine =
                new OpenMachine(group, factory.open(group), open.begins(), open.beginsMicros());
        machines.put(group, machine);
        completions.post(new NodeInput.Opened(group, machine.openedAt()));
    }

    private void apply(Apply first) {
        if (failed.contains(first.group())) {
            return; // the group was told, and waits for nothing
        }
        OpenMachine machine = opened(first.group());
        List<Apply> batches = new ArrayList<>();
        batches.add(first);
        while (batches.size() < COALESCED_MAX
                && queue.peek() instanceof Apply next
                && next.group().equals(first.group())) {
            queue.poll();
            batches.add(next);
        }
        machine.apply(batches, completions);
    }

    private void query(Query query) {
        if (failed.contains(query.group())) {
            refuse(query, Outcome.Code.QUERY_FAILED, "its state machine has stopped on this node");
            return;
        }
        StateMachine machine = opened(query.group()).machine();
        if (query.asOfMicros() != Long.MAX_VALUE && !machine.keepsVersions()) {
            refuse(query, Outcome.Code.UNSUPPORTED, "its state machine keeps no versions");
            return;
        }
        QueryContext context =
                new QueryContext(
                        query.appliedIndex(),
                        query.appliedMicros(),
                        System.currentTimeMillis() * MICROS,
                        query.asOfMicros());
        Bytes answer;
        try {
            answer = machine.query(query.query(), context);
        } catch (RuntimeException failure) {
            // a query changes nothing, so the group goes on
            LOG.warn("The state machine of {} could not answer a query", query.group(), failure);
            refuse(query, Outcome.Code.QUERY_FAILED, "its state machine threw " + failure);
            return;
        }
        completions.post(new NodeInput.Answered(query.requestId(), query.group(), answer));
    }

    private void refuse(Query query, Outcome.Code code, String why) {
        String sentence = query.group() + " cannot answer the query: " + why;
        completions.post(
                new NodeInput.QueryFailed(query.requestId(), query.group(), code, sentence));
    }

    private void takeSnapshot(GroupId group) {
        OpenMachine machine = machines.get(group);
        String why = null;
        if (machine == null) {
            why = "the state machine has stopped on this node";
        } else if (machine.applied().term() == 0) {
            why = "nothing was applied since the state machine was opened";
        }
        if (machine == null || why != null) {
            completions.post(new NodeInput.SnapshotFailed(group, null, String.valueOf(why)));
            return;
        }
        snapshots.take(
                group, machine.applied(), machine.appliedMicros(), machine.machine().checkpoint());
    }

    /// Brings a machine to the state of a snapshot, be it well or stopped.
    private void restore(GroupId group, SnapshotMeta meta) {
        OpenMachine machine = machines.get(group);
        if (machine == null) {
            machine = new OpenMachine(group, factory.open(group), LogPosition.ZERO, 0);
            machines.put(group, machine);
            failed.remove(group);
        }
        try (SnapshotDesk.Content content = snapshots.fetched(group, meta)) {
            machine.restore(meta, content);
        }
        completions.post(new NodeInput.Restored(group, meta));
    }

    private void drop(GroupId group) {
        OpenMachine open = machines.remove(group);
        failed.remove(group);
        try {
            StateMachine machine = open == null ? factory.open(group) : open.machine();
            try (machine) {
                machine.destroy();
            }
        } catch (Exception failure) {
            // the next start removes it: StateMachineFactory.keepOnly
            LOG.warn("What {} left behind could not be removed", group, failure);
        }
    }

    private OpenMachine opened(GroupId group) {
        OpenMachine machine = machines.get(group);
        if (machine == null) {
            throw new IllegalStateException("the state machine of " + group + " is not open");
        }
        return machine;
    }

    private void flush() {
        List<GroupId> dirty = new ArrayList<>();
        machines.forEach((group, machine) -> {
            if (machine.dirty()) {
                dirty.add(group);
            }
        });
        for (GroupId group : dirty) {
            try {
                opened(group).flush(completions);
            } catch (RuntimeException | Error failure) {
                fail(group, failure, new NodeInput.ApplyFailed(group, failure.toString()));
            }
        }
    }

    private void fail(GroupId group, Throwable failure, NodeInput told) {
        LOG.error("The state machine of {} has stopped on this node", group, failure);
        failed.add(group);
        OpenMachine machine = machines.remove(group);
        if (machine != null) {
            close(machine.machine());
        }
        completions.post(told);
    }

    private static void close(StateMachine machine) {
        try {
            machine.close();
        } catch (RuntimeException failure) {
            LOG.warn("A state machine did not close cleanly", failure);
        }
    }
}
