package dev.quorate.node;

import dev.quorate.api.StateMachineFactory;
import dev.quorate.core.NodeEffect.ForStateMachine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The threads that own the state machines; each group has one of them for good.
final class ApplyLanes {
    private final List<ApplyLane> lanes;

    private ApplyLanes(List<ApplyLane> lanes) {
        this.lanes = List.copyOf(lanes);
    }

    /// Starts the lanes.
    ///
    /// @param flushEvery how old applied commands may get before they are made durable
    static ApplyLanes start(
            StateMachineFactory factory,
            SnapshotDesk snapshots,
            int lanes,
            Duration flushEvery,
            Completions completions) {
        List<ApplyLane> started = new ArrayList<>();
        long everyNanos = flushEvery.toNanos();
        for (int i = 0; i < lanes; i++) {
            ApplyLane lane =
                    new ApplyLane(
                            "quorate-apply-" + i,
                            factory,
                            snapshots,
                            completions,
                            everyNanos,
                            everyNanos / lanes * (i + 1));
            lane.start();
            started.add(lane);
        }
        return new ApplyLanes(started);
    }

    /// Queues an effect on its group's lane.
    void submit(ForStateMachine effect) {
        lanes.get((int) (effect.group().value() % lanes.size())).submit(effect);
    }

    /// Finishes what is queued, flushes and closes all machines, and returns when that is done.
    void close() {
        lanes.forEach(ApplyLane::close);
        lanes.forEach(ApplyLane::join);
    }
}
