package dev.quorate.sim;

import dev.quorate.api.StateMachine.Command;
import dev.quorate.api.StateMachine.QueryContext;
import dev.quorate.core.NodeEffect.Apply;
import dev.quorate.core.NodeEffect.ForStateMachine;
import dev.quorate.core.NodeEffect.Open;
import dev.quorate.core.NodeEffect.Query;
import dev.quorate.core.NodeInput;
import dev.quorate.raft.Entry;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A lane that owns the state machines of some groups of a node, as a server with a service time.
final class ApplyLane {
    private final SimNode node;
    private final Map<GroupId, RegisterMachine> stored;
    private final TreeMap<GroupId, RegisterMachine> opened = new TreeMap<>();
    private final TreeMap<GroupId, Long> flushed = new TreeMap<>();
    private final List<ForStateMachine> queue = new ArrayList<>();
    private List<ForStateMachine> inFlight = List.of();

    /// @param stored the machines as the node's storage holds them; new ones are added
    ApplyLane(SimNode node, Map<GroupId, RegisterMachine> stored) {
        this.node = node;
        this.stored = stored;
        planFlush();
    }

    void submit(ForStateMachine effect) {
        queue.add(effect);
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

    private void complete() {
        List<ForStateMachine> batch = inFlight;
        inFlight = List.of();
        for (ForStateMachine effect : batch) {
            switch (effect) {
                case Open(GroupId group) -> open(group);
                case Apply(GroupId group, List<Entry> entries) -> apply(group, entries);
                case Query query -> query(query);
            }
        }
        kick();
    }

    private void open(GroupId group) {
        RegisterMachine machine = stored.computeIfAbsent(group, _ -> new RegisterMachine());
        opened.put(group, machine);
        node.post(new NodeInput.Opened(group, machine.durableApplied()));
    }

    private void apply(GroupId group, List<Entry> entries) {
        RegisterMachine machine = machine(group);
        List<Command> commands = new ArrayList<>(entries.size());
        List<Boolean> answered = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            boolean isCommand =
                    switch (entry.kind()) {
                        case COMMAND -> true;
                        case TICK, NOOP -> false;
                    };
            if (entry.kind() != Entry.Kind.NOOP) {
                commands.add(new Command(entry.index(), entry.stampMicros(), entry.payload()));
                answered.add(isCommand);
            }
        }
        List<Bytes> all;
        try {
            all = machine.apply(commands);
        } catch (IllegalStateException disorder) {
            throw node.world().unsafe(node.id() + " " + group + " applies in disorder", disorder);
        }
        List<Bytes> results = new ArrayList<>(all.size());
        for (int i = 0; i < all.size(); i++) {
            if (answered.get(i)) {
                results.add(all.get(i));
            }
        }
        node.post(
                new NodeInput.Applied(
                        group, entries.getLast().index(), results, machine.tickAtMicros()));
    }

    private void query(Query query) {
        Bytes answer =
                machine(query.group())
                        .query(
                                query.query(),
                                new QueryContext(query.appliedIndex(), query.appliedMicros(), 0));
        node.post(new NodeInput.Answered(query.requestId(), query.group(), answer));
    }

    private RegisterMachine machine(GroupId group) {
        RegisterMachine machine = opened.get(group);
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
        opened.forEach((group, machine) -> {
            machine.flush();
            Long before = flushed.put(group, machine.durableApplied());
            if (before == null || before != machine.durableApplied()) {
                node.post(new NodeInput.Flushed(group, machine.durableApplied()));
            }
        });
        planFlush();
    }
}
