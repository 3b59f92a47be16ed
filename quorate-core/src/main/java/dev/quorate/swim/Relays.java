package dev.quorate.swim;

import dev.quorate.swim.SwimMessage.Ack;
import dev.quorate.swim.SwimMessage.Nack;
import dev.quorate.swim.SwimMessage.Ping;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/// Probes on behalf of others. Bounded: above the limit a request is not heard, and the asker takes
/// the missing nack as its own weakness.
final class Relays {
    private static final class Relay {
        private final NodeId asker;
        private final long askedSequence;
        private final NodeId target;
        private final long startNanos;
        private int step;

        Relay(NodeId asker, long askedSequence, NodeId target, long startNanos) {
            this.asker = asker;
            this.askedSequence = askedSequence;
            this.target = target;
            this.startNanos = startNanos;
        }
    }

    private final SwimConfig config;
    private final Outbox outbox;
    private final Map<Long, Relay> bySequence = new LinkedHashMap<>();

    Relays(SwimConfig config, Outbox outbox) {
        this.config = config;
        this.outbox = outbox;
    }

    void start(
            Moment now,
            long sequence,
            NodeId asker,
            long askedSequence,
            NodeId target,
            SwimEffects out) {
        if (bySequence.size() < config.limits().relaysMax()) {
            bySequence.put(sequence, new Relay(asker, askedSequence, target, now.nanos()));
            outbox.send(target, new Ping(sequence), out);
        }
    }

    /// Passes an answer on, if it is one to a ping of ours on behalf of someone.
    void acknowledged(long sequence, NodeId from, SwimEffects out) {
        Relay relay = bySequence.get(sequence);
        if (relay != null && relay.target.equals(from)) {
            bySequence.remove(sequence);
            outbox.send(relay.asker, new Ack(relay.askedSequence), out);
        }
    }

    void wakeup(Moment now, SwimEffects out) {
        Iterator<Map.Entry<Long, Relay>> all = bySequence.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<Long, Relay> each = all.next();
            Relay relay = each.getValue();
            if (now.nanos() - dueNanos(relay) < 0) {
                continue;
            }
            switch (relay.step++) {
                case 0 -> outbox.send(relay.target, new Ping(each.getKey()), out);
                case 1 -> nack(relay, out);
                default -> all.remove();
            }
        }
    }

    private void nack(Relay relay, SwimEffects out) {
        if (config.isLifeguard()) {
            outbox.send(relay.asker, new Nack(relay.askedSequence), out);
        }
    }

    /// Ping again at 40 % of the ping timeout, nack at 80 % (Lifeguard's share), forget when the
    /// asker has given up.
    private long dueNanos(Relay relay) {
        long pingNanos = config.timing().pingTimeout().toNanos();
        return relay.startNanos
                + switch (relay.step) {
                    case 0 -> pingNanos * 2 / 5;
                    case 1 -> pingNanos * 4 / 5;
                    default -> config.timing().probeInterval().toNanos();
                };
    }

    void forget(NodeId member) {
        bySequence
                .values()
                .removeIf(relay -> relay.target.equals(member) || relay.asker.equals(member));
    }

    /// This node was away: whoever asked has given up long ago.
    void clear() {
        bySequence.clear();
    }

    long deadlineNanos(long otherwise) {
        long earliest = otherwise;
        for (Relay relay : bySequence.values()) {
            if (dueNanos(relay) - earliest < 0) {
                earliest = dueNanos(relay);
            }
        }
        return earliest;
    }
}
