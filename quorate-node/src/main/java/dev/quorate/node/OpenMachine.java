package dev.quorate.node;

import dev.quorate.api.StateMachine;
import dev.quorate.api.StateMachine.Command;
import dev.quorate.core.NodeEffect.Apply;
import dev.quorate.core.NodeInput;
import dev.quorate.raft.Entry;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.util.ArrayList;
import java.util.List;

/// One group's state machine on its lane: entries become commands, results become completions.
final class OpenMachine {
    private final GroupId group;
    private final StateMachine machine;
    private long applied;
    private long flushed;

    OpenMachine(GroupId group, StateMachine machine) {
        this.group = group;
        this.machine = machine;
        applied = machine.durableApplied();
        flushed = applied;
    }

    StateMachine machine() {
        return machine;
    }

    /// What a crash would leave, as of the opening.
    long openedAt() {
        return flushed;
    }

    /// Whether something was applied since the last flush.
    boolean dirty() {
        return applied > flushed;
    }

    /// Applies several batches in one call of the machine and completes each by itself.
    ///
    /// @throws RuntimeException if the machine cannot go on, or breaks its contract
    void apply(List<Apply> batches, Completions completions) {
        List<Command> commands = new ArrayList<>();
        for (Apply batch : batches) {
            for (Entry entry : batch.entries()) {
                if (entry.kind() != Entry.Kind.NOOP) {
                    commands.add(new Command(entry.index(), entry.stampMicros(), entry.payload()));
                }
            }
        }
        List<Bytes> results = commands.isEmpty() ? List.of() : machine.apply(commands);
        if (results.size() != commands.size()) {
            throw new IllegalStateException(
                    results.size() + " results for " + commands.size() + " commands");
        }
        long tickAtMicros = machine.tickAtMicros();
        int next = 0;
        for (Apply batch : batches) {
            List<Bytes> own = new ArrayList<>();
            for (Entry entry : batch.entries()) {
                switch (entry.kind()) {
                    case COMMAND -> own.add(results.get(next++));
                    case TICK -> next++;
                    case NOOP -> {}
                }
            }
            applied = batch.entries().getLast().index();
            completions.post(new NodeInput.Applied(group, applied, own, tickAtMicros));
        }
    }

    /// Makes what was applied durable, and says how far that goes.
    void flush(Completions completions) {
        long until = applied;
        machine.flush();
        flushed = until;
        completions.post(new NodeInput.Flushed(group, machine.durableApplied()));
    }
}
