package dev.quorate.kv.door;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/// Holds commands of one connection back so that a pipeline means what it says on each vShard.
///
/// A linearizable read sees writes acknowledged before it began, not those merely sent before it.
/// So a read waits for the connection's earlier writes to its vShard, and a write for its earlier
/// reads. Writes follow writes freely, since the log keeps their order, and reads follow reads. Not
/// thread-safe.
final class ShardOrder {
    private final Map<Integer, Lane> lanes = new HashMap<>();

    /// Starts a command now, or when those before it are done.
    void enter(int vshard, Kind kind, Runnable start) {
        Lane lane = lanes.computeIfAbsent(vshard, _ -> new Lane());
        if (lane.waiting.isEmpty() && lane.admits(kind)) {
            lane.running++;
            lane.kind = kind;
            start.run();
        } else {
            lane.waiting.add(new Waiting(kind, start));
        }
    }

    /// Notes that a started command of this vShard is done, and starts what waited for it.
    void leave(int vshard) {
        Lane lane = lanes.get(vshard);
        if (lane == null || lane.running == 0) {
            throw new IllegalStateException("nothing runs on vShard " + vshard);
        }
        lane.running--;
        while (!lane.waiting.isEmpty() && lane.admits(lane.waiting.getFirst().kind())) {
            Waiting next = lane.waiting.removeFirst();
            lane.running++;
            lane.kind = next.kind();
            next.start().run();
        }
        if (lane.running == 0) {
            lanes.remove(vshard);
        }
    }

    /// What a command does to a vShard.
    enum Kind {
        /// Changes it.
        WRITE,
        /// Looks at it.
        READ,
    }

    private record Waiting(Kind kind, Runnable start) {}

    private static final class Lane {
        private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
        private int running;
        private Kind kind = Kind.READ;

        boolean admits(Kind next) {
            return running == 0 || kind == next;
        }
    }
}
