package dev.quorate.swim;

import dev.quorate.swim.SwimEffect.Changed;
import dev.quorate.swim.SwimEffect.Send;
import dev.quorate.swim.SwimInput.MembersChanged;
import dev.quorate.swim.SwimInput.Received;
import dev.quorate.swim.SwimInput.Wakeup;
import dev.quorate.types.ClusterId;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/// One detector, its clock, and everything that it asked for.
final class SwimDriver {
    static final ClusterId CLUSTER = new ClusterId(7, 9);
    static final NodeId N1 = new NodeId(1);
    static final NodeId N2 = new NodeId(2);
    static final NodeId N3 = new NodeId(3);
    static final NodeId N4 = new NodeId(4);
    static final NodeId N5 = new NodeId(5);

    final List<SwimEffect> effects = new ArrayList<>();
    final Swim swim;
    private long nanos = -5_000_000_000L;

    /// Node 1 of so many, at boot epoch 1, that has told who it is and heard the others say so.
    SwimDriver(int nodes, SwimConfig config) {
        swim =
                new Swim(
                        config,
                        CLUSTER,
                        N1,
                        new Incarnation(1, 0),
                        new SplittableRandom(42),
                        now());
        step(new MembersChanged(members(1, nodes)));
    }

    /// A cluster that has settled: everybody was heard at boot epoch 1, and no rumour is left.
    static SwimDriver settled(int nodes, SwimConfig config) {
        SwimDriver driver = new SwimDriver(nodes, config);
        for (long node = 2; node <= nodes; node++) {
            driver.hear(new NodeId(node), new SwimMessage.Gossip());
        }
        driver.answerFor(Duration.ofSeconds(20));
        driver.effects.clear();
        return driver;
    }

    static Members members(long version, int nodes) {
        return new Members(
                version, LongStream.rangeClosed(1, nodes).mapToObj(NodeId::new).toList());
    }

    static Incarnation incarnation(int count) {
        return new Incarnation(1, count);
    }

    static Rumour suspect(NodeId about, int count, NodeId by) {
        return new Rumour(about, Liveness.SUSPECT, incarnation(count), by);
    }

    static Rumour alive(NodeId about, int count) {
        return new Rumour(about, Liveness.ALIVE, incarnation(count), about);
    }

    void step(SwimInput input) {
        swim.step(now(), input, effects::add);
    }

    /// A packet from a member at incarnation 1.0.
    void hear(NodeId from, SwimMessage message, Rumour... rumours) {
        hear(from, incarnation(0), message, rumours);
    }

    void hear(NodeId from, Incarnation incarnation, SwimMessage message, Rumour... rumours) {
        step(
                new Received(
                        new SwimPacket(CLUSTER, from, N1, incarnation, message, List.of(rumours))));
    }

    /// Lets time pass; wakes the detector whenever it asks for it. Nobody answers.
    void run(Duration time) {
        long endNanos = nanos + time.toNanos();
        while (swim.nextDeadlineNanos() - endNanos <= 0) {
            nanos = Math.max(nanos, swim.nextDeadlineNanos());
            step(new Wakeup());
        }
        nanos = endNanos;
    }

    /// Lets time pass while every ping is answered at once.
    void answerFor(Duration time) {
        long endNanos = nanos + time.toNanos();
        int seen = effects.size();
        while (swim.nextDeadlineNanos() - endNanos <= 0) {
            nanos = Math.max(nanos, swim.nextDeadlineNanos());
            step(new Wakeup());
            for (; seen < effects.size(); seen++) {
                if (effects.get(seen) instanceof Send(SwimPacket packet)
                        && packet.message() instanceof SwimMessage.Ping(long sequence)) {
                    hear(packet.to(), new SwimMessage.Ack(sequence));
                }
            }
        }
        nanos = endNanos;
    }

    /// Time passes, and the process does not notice.
    void sleep(Duration time) {
        nanos += time.toNanos();
    }

    /// Lets time pass until a ping leaves, and gives it.
    SwimPacket nextPing() {
        while (true) {
            int seen = effects.size();
            nanos = Math.max(nanos, swim.nextDeadlineNanos());
            step(new Wakeup());
            for (SwimEffect effect : effects.subList(seen, effects.size())) {
                if (effect instanceof Send(SwimPacket packet)
                        && packet.message() instanceof SwimMessage.Ping) {
                    return packet;
                }
            }
        }
    }

    static long sequence(SwimPacket ping) {
        return ((SwimMessage.Ping) ping.message()).sequence();
    }

    List<SwimPacket> sent() {
        List<SwimPacket> packets = new ArrayList<>();
        for (SwimEffect effect : effects) {
            if (effect instanceof Send(SwimPacket packet)) {
                packets.add(packet);
            }
        }
        return packets;
    }

    List<SwimPacket> sentTo(NodeId node) {
        return sent().stream().filter(packet -> packet.to().equals(node)).toList();
    }

    List<Transition> transitions() {
        List<Transition> transitions = new ArrayList<>();
        for (SwimEffect effect : effects) {
            if (effect instanceof Changed(Transition transition)) {
                transitions.add(transition);
            }
        }
        return transitions;
    }

    Moment now() {
        return new Moment(nanos, 0);
    }

    long nowNanos() {
        return nanos;
    }
}
