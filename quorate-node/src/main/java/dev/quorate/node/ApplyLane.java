package dev.quorate.node;

import dev.quorate.api.StateMachine;
import dev.quorate.api.StateMachine.QueryContext;
import dev.quorate.api.StateMachineFactory;
import dev.quorate.core.NodeEffect.Apply;
import dev.quorate.core.NodeEffect.ForStateMachine;
import dev.quorate.core.NodeEffect.Open;
import dev.quorate.core.NodeEffect.Query;
import dev.quorate.core.NodeInput;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One thread that owns the state machines of some groups.
///
/// A machine that throws while it applies has stopped for good on this node: the group is told once
/// ([NodeInput.ApplyFailed]) and what is still queued for it is ignored.
final class ApplyLane {
    private static final Logger LOG = LoggerFactory.getLogger(ApplyLane.class);
    private static final int COALESCED_MAX = 64;
    private static final long MICROS = 1_000;

    private final StateMachineFactory factory;
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
            Completions completions,
            long flushEveryNanos,
            long firstFlushNanos) {
        this.factory = factory;
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
        if (failed.contains(effect.group())) {
            return;
        }
        try {
            switch (effect) {
                case Open(GroupId group) -> open(group);
                case Apply apply -> apply(apply);
                case Query query -> query(query);
            }
        } catch (RuntimeException | Error failure) {
            fail(effect.group(), failure);
        }
    }

    private void open(GroupId group) {
        OpenMachine machine = new OpenMachine(group, factory.open(group));
        machines.put(group, machine);
        completions.post(new NodeInput.Opened(group, machine.openedAt()));
    }

    private void apply(Apply first) {
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
        StateMachine machine = opened(query.group()).machine();
        QueryContext context =
                new QueryContext(
                        query.appliedIndex(),
                        query.appliedMicros(),
                        System.currentTimeMillis() * MICROS);
        Bytes answer = answer(machine, query, context);
        if (answer != null) {
            completions.post(new NodeInput.Answered(query.requestId(), query.group(), answer));
        }
    }

    /// Asks the machine.
    ///
    /// @return null if the machine threw: a query changes nothing, so the group goes on, and the
    ///   one who asked is answered by its deadline
    private static @Nullable Bytes answer(StateMachine machine, Query query, QueryContext context) {
        try {
            return machine.query(query.query(), context);
        } catch (RuntimeException failure) {
            LOG.warn("The state machine of {} could not answer a query", query.group(), failure);
            return null;
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
                fail(group, failure);
            }
        }
    }

    private void fail(GroupId group, Throwable failure) {
        LOG.error("The state machine of {} has stopped on this node", group, failure);
        failed.add(group);
        OpenMachine machine = machines.remove(group);
        if (machine != null) {
            close(machine.machine());
        }
        completions.post(new NodeInput.ApplyFailed(group, failure.toString()));
    }

    private static void close(StateMachine machine) {
        try {
            machine.close();
        } catch (RuntimeException failure) {
            LOG.warn("A state machine did not close cleanly", failure);
        }
    }
}
