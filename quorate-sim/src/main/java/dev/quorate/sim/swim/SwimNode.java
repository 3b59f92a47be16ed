package dev.quorate.sim.swim;

import dev.quorate.swim.Incarnation;
import dev.quorate.swim.Members;
import dev.quorate.swim.Swim;
import dev.quorate.swim.SwimConfig;
import dev.quorate.swim.SwimEffect;
import dev.quorate.swim.SwimInput;
import dev.quorate.swim.SwimPacket;
import dev.quorate.types.ClusterId;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// One process: its clock, its socket buffer, its failure detector while it is up.
final class SwimNode {
    /// What a node needs from the world around it.
    interface Surroundings {
        void send(SwimPacket packet);

        void changed(NodeId observer, SwimEffect.Changed change);

        void leftCompletely(NodeId node);
    }

    private static final int SOCKET_PACKETS = 4_096;

    private final NodeId id;
    private final SwimConfig config;
    private final ClusterId cluster;
    private final RandomGenerator random;
    private final SwimTimeline timeline;
    private final Surroundings surroundings;
    private final long originNanos;
    private final Deque<SwimPacket> socket = new ArrayDeque<>();
    private final Deque<SwimPacket> unsent = new ArrayDeque<>();
    private @Nullable Swim swim;
    private long boot;
    private boolean stalled;
    private boolean starved;
    private long plannedNanos = Long.MAX_VALUE;

    SwimNode(
            NodeId id,
            SwimConfig config,
            ClusterId cluster,
            RandomGenerator random,
            SwimTimeline timeline,
            Surroundings surroundings) {
        this.id = id;
        this.config = config;
        this.cluster = cluster;
        this.random = random;
        this.timeline = timeline;
        this.surroundings = surroundings;
        originNanos = random.nextLong();
    }

    void start(Members members) {
        boot++;
        forgetPackets();
        stalled = false;
        starved = false;
        swim = new Swim(config, cluster, id, new Incarnation(boot, 0), random, now());
        input(new SwimInput.MembersChanged(members));
    }

    void crash() {
        swim = null;
        forgetPackets();
    }

    private void forgetPackets() {
        socket.clear();
        unsent.clear();
    }

    boolean isUp() {
        return swim != null;
    }

    @Nullable Swim swim() {
        return swim;
    }

    /// The process stands still: packets pile up in its socket.
    void stall() {
        stalled = true;
    }

    /// Its packets stand still, in and out, while its timers run: starved of its network threads.
    void starve() {
        starved = true;
    }

    /// It goes on: its timers are all due, and only then does it read its socket. That order is the
    /// worst.
    void resume() {
        stalled = false;
        starved = false;
        input(new SwimInput.Wakeup());
        while (!unsent.isEmpty()) {
            surroundings.send(unsent.removeFirst());
        }
        while (!socket.isEmpty()) {
            input(new SwimInput.Received(socket.removeFirst()));
        }
    }

    void receive(SwimPacket packet) {
        if (!isUp()) {
            return;
        }
        if (!stalled && !starved) {
            input(new SwimInput.Received(packet));
        } else if (socket.size() < SOCKET_PACKETS) {
            socket.addLast(packet);
        }
    }

    void input(SwimInput input) {
        Swim running = swim;
        if (running == null || stalled) {
            return;
        }
        running.step(now(), input, this::execute);
        plan(running);
    }

    private void execute(SwimEffect effect) {
        switch (effect) {
            case SwimEffect.Send(SwimPacket packet) -> send(packet);
            case SwimEffect.Changed change -> surroundings.changed(id, change);
            case SwimEffect.RaiseIncarnation _ -> {}
            case SwimEffect.LeaveCompleted _ -> surroundings.leftCompletely(id);
        }
    }

    private void send(SwimPacket packet) {
        if (!starved) {
            surroundings.send(packet);
        } else if (unsent.size() < SOCKET_PACKETS) {
            unsent.addLast(packet);
        }
    }

    /// One wake-up is planned at a time, unless an earlier one is asked for.
    private void plan(Swim running) {
        long dueNanos = Math.max(running.nextDeadlineNanos() - originNanos, timeline.nowNanos());
        if (dueNanos < plannedNanos) {
            plannedNanos = dueNanos;
            timeline.at(dueNanos, () -> wakeup(dueNanos));
        }
    }

    private void wakeup(long forNanos) {
        if (forNanos != plannedNanos) {
            return;
        }
        plannedNanos = Long.MAX_VALUE;
        Swim running = swim;
        if (running == null || stalled) {
            return;
        }
        if (running.nextDeadlineNanos() - now().nanos() <= 0) {
            input(new SwimInput.Wakeup());
        } else {
            plan(running);
        }
    }

    private Moment now() {
        return new Moment(originNanos + timeline.nowNanos(), timeline.nowNanos() / 1_000);
    }

    NodeId id() {
        return id;
    }
}
