package dev.quorate.node;

import dev.quorate.api.StateMachine;
import dev.quorate.core.NodeEffect.Apply;
import dev.quorate.core.NodeInput;
import dev.quorate.raft.Entry;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.session.EntryResult;
import dev.quorate.session.SessionedMachine;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import java.util.ArrayList;
import java.util.List;

/// One group's state machine on its lane: what the log says goes in, completions come out.
final class OpenMachine {
    private final GroupId group;
    private final StateMachine machine;
    private final SessionedMachine sessions;
    private LogPosition applied;
    private long appliedMicros;
    private long flushed;

    /// @param begins where the group's log begins, and `beginsMicros` its log time, or `0`
    OpenMachine(GroupId group, StateMachine machine, LogPosition begins, long beginsMicros) {
        this.group = group;
        this.machine = machine;
        sessions = new SessionedMachine(machine);
        flushed = machine.durableApplied();
        // its term is told by the entry itself, which is handed over once more, or here
        boolean isBeginning = beginsMicros > 0 && flushed == begins.index();
        applied = isBeginning ? begins : new LogPosition(0, flushed);
        appliedMicros = isBeginning ? beginsMicros : 0;
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
        return applied.index() > flushed;
    }

    /// The last entry that was applied; of term 0 if that was before the machine was opened.
    LogPosition applied() {
        return applied;
    }

    /// That entry's log time.
    long appliedMicros() {
        return appliedMicros;
    }

    /// Applies several batches in one call of the machine and completes each by itself.
    ///
    /// @throws RuntimeException if the machine cannot go on, or breaks its contract
    void apply(List<Apply> batches, Completions completions) {
        List<Entry> entries = new ArrayList<>();
        for (Apply batch : batches) {
            entries.addAll(batch.entries());
        }
        List<EntryResult> results = sessions.apply(entries);
        long tickAtMicros = machine.tickAtMicros();
        int next = 0;
        for (Apply batch : batches) {
            int count = 0;
            for (Entry entry : batch.entries()) {
                count += hasResult(entry) ? 1 : 0;
            }
            applied = batch.entries().getLast().position();
            completions.post(
                    new NodeInput.Applied(
                            group,
                            applied.index(),
                            List.copyOf(results.subList(next, next + count)),
                            tickAtMicros,
                            sessions.remembered()));
            next += count;
        }
        appliedMicros = entries.getLast().stampMicros();
    }

    private static boolean hasResult(Entry entry) {
        return switch (entry.kind()) {
            case COMMAND, SESSION_COMMAND -> true;
            case TICK, NOOP, CONFIGURATION -> false;
        };
    }

    /// Becomes a snapshot, durably.
    void restore(SnapshotMeta meta, StateMachine.SnapshotReader in) {
        sessions.restore(meta.index(), in);
        applied = meta.position();
        appliedMicros = meta.stampMicros();
        flushed = meta.index();
    }

    /// Makes what was applied durable, and says how far that goes.
    void flush(Completions completions) {
        long until = applied.index();
        machine.flush();
        flushed = until;
        completions.post(new NodeInput.Flushed(group, machine.durableApplied()));
    }
}
