package dev.quorate.swim;

import dev.quorate.swim.SwimMessage.Ack;
import dev.quorate.swim.SwimMessage.Ping;
import dev.quorate.swim.SwimMessage.PingRequest;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// The failure detector proper: whom to look at and when, and what the answers mean.
final class Probing {
    private final SwimConfig config;
    private final Self self;
    private final Table table;
    private final Overlay overlay;
    private final LocalHealth health;
    private final Silence silence;
    private final Outbox outbox;
    private final RandomGenerator random;
    private final ProbeOrder order;
    private final Relays relays;
    private final Map<Long, Probe> probes = new LinkedHashMap<>();
    private long sequence;
    private long nextRoundNanos;
    private long nextDeadNanos;
    private long failed;

    Probing(
            SwimConfig config,
            Self self,
            Table table,
            Overlay overlay,
            LocalHealth health,
            Silence silence,
            Outbox outbox,
            RandomGenerator random,
            Moment start) {
        this.config = config;
        this.self = self;
        this.table = table;
        this.overlay = overlay;
        this.health = health;
        this.silence = silence;
        this.outbox = outbox;
        this.random = random;
        order = new ProbeOrder(random);
        relays = new Relays(config, outbox);
        // answers to a former life's pings must not fit
        sequence = random.nextLong();
        nextRoundNanos = start.nanos() + random.nextLong(intervalNanos());
        nextDeadNanos = start.nanos() + config.timing().deadProbeInterval().toNanos();
    }

    void add(NodeId member) {
        order.add(member);
    }

    void forget(NodeId member) {
        order.remove(member);
        relays.forget(member);
        probes.values().removeIf(probe -> probe.target().equals(member));
    }

    /// Does whatever is due.
    void wakeup(Moment now, SwimEffects out) {
        relays.wakeup(now, out);
        for (Probe probe : List.copyOf(probes.values())) {
            if (now.nanos() - probe.dueNanos() >= 0) {
                advance(now, probe, out);
            }
        }
        if (now.nanos() - nextRoundNanos >= 0) {
            nextRound(now, out);
        }
        if (!table.hasDead()) {
            nextDeadNanos = now.nanos() + config.timing().deadProbeInterval().toNanos();
        } else if (now.nanos() - nextDeadNanos >= 0) {
            lookAtDead(now, out);
        }
    }

    private void advance(Moment now, Probe probe, SwimEffects out) {
        switch (probe.advance()) {
            case PING_AGAIN, PING_LAST ->
                    outbox.send(probe.target(), new Ping(probe.sequence()), out);
            case ASK_OTHERS -> {
                outbox.send(probe.target(), new Ping(probe.sequence()), out);
                askOthers(probe, out);
            }
            case GIVE_UP -> giveUp(now, probe, out);
        }
    }

    private void askOthers(Probe probe, SwimEffects out) {
        List<Entry> helpers =
                table.sample(
                        config.limits().helpers(),
                        entry ->
                                entry.state() == Liveness.ALIVE
                                        && !entry.id().equals(probe.target()));
        for (Entry helper : helpers) {
            probe.ask(helper.id());
            outbox.send(helper.id(), new PingRequest(probe.sequence(), probe.target()), out);
        }
    }

    private void giveUp(Moment now, Probe probe, SwimEffects out) {
        probes.remove(probe.sequence());
        Entry entry = table.get(probe.target());
        if (entry != null && entry.state().isPresent()) {
            failed++;
            health.worsen(probe.doubt());
            if (!silence.covers(now, probe.startNanos())) {
                overlay.accuse(now, entry, out);
            }
        }
    }

    /// SWIM's protocol period: one member per interval, in rounds.
    private void nextRound(Moment now, SwimEffects out) {
        nextRoundNanos += health.stretch(intervalNanos());
        if (now.nanos() - nextRoundNanos >= 0) {
            nextRoundNanos = now.nanos() + health.stretch(intervalNanos());
        }
        NodeId target = order.next(this::isPresent);
        if (target != null) {
            look(now, target, out);
        }
    }

    private boolean isPresent(NodeId member) {
        Entry entry = table.get(member);
        return entry != null && entry.state().isPresent();
    }

    /// Members that came back may have been told by nobody: now and then someone looks. The whole
    /// cluster together looks as often as eight nodes would.
    private void lookAtDead(Moment now, SwimEffects out) {
        nextDeadNanos = now.nanos() + config.timing().deadProbeInterval().toNanos();
        if (random.nextInt(table.size()) < 8) {
            for (Entry dead : table.sample(1, entry -> entry.state() == Liveness.DEAD)) {
                look(now, dead.id(), out);
            }
        }
    }

    /// Probes a member now, unless that is under way or too many probes are.
    void look(Moment now, NodeId target, SwimEffects out) {
        for (Probe probe : probes.values()) {
            if (probe.target().equals(target)) {
                return;
            }
        }
        if (probes.size() >= config.limits().probesMax()) {
            return;
        }
        sequence++;
        probes.put(
                sequence,
                new Probe(
                        sequence,
                        target,
                        now.nanos(),
                        health.stretch(config.timing().pingTimeout().toNanos()),
                        health.stretch(intervalNanos())));
        outbox.send(target, new Ping(sequence), out);
    }

    /// Someone else accuses a member: some of those who hear it look for themselves, so that a true
    /// failure is confirmed soon and a false one is told to the accused soon.
    void verify(Moment now, NodeId accused, SwimEffects out) {
        int others = Math.max(1, table.size() - 2);
        if (random.nextInt(others) < config.suspicion().verifiers()) {
            look(now, accused, out);
        }
    }

    void pinged(NodeId from, long asked, SwimEffects out) {
        outbox.send(from, new Ack(asked), out);
    }

    void pingRequested(Moment now, NodeId from, long asked, NodeId target, SwimEffects out) {
        if (target.equals(self.id())) {
            outbox.send(from, new Ack(asked), out);
        } else if (table.get(target) != null) {
            sequence++;
            relays.start(now, sequence, from, asked, target, out);
        }
    }

    void acknowledged(Moment now, NodeId from, long answered, SwimEffects out) {
        Probe probe = probes.get(answered);
        if (probe == null) {
            relays.acknowledged(answered, from, out);
        } else if (probe.accepts(from)) {
            if (probe.measures(from)) {
                measured(from, now.nanos() - probe.startNanos());
            }
            probes.remove(answered);
            health.improve();
        }
    }

    void nacked(NodeId from, long answered) {
        Probe probe = probes.get(answered);
        if (probe != null) {
            probe.nack(from);
        }
    }

    /// A link proves that the member answered just now: its probes have succeeded.
    void proven(NodeId peer) {
        if (probes.values().removeIf(probe -> probe.target().equals(peer))) {
            health.improve();
        }
    }

    void measured(NodeId peer, long rttNanos) {
        Entry entry = table.get(peer);
        if (entry != null && rttNanos > 0) {
            entry.measured(rttNanos);
        }
    }

    /// This node was away: its open probes get their time once more.
    void postpone(Moment now, Duration late) {
        relays.clear();
        for (Probe probe : probes.values()) {
            probe.postpone(late.toNanos());
        }
        nextRoundNanos = now.nanos() + health.stretch(intervalNanos());
    }

    long deadlineNanos(long otherwise) {
        long earliest = relays.deadlineNanos(otherwise);
        if (nextRoundNanos - earliest < 0) {
            earliest = nextRoundNanos;
        }
        if (table.hasDead() && nextDeadNanos - earliest < 0) {
            earliest = nextDeadNanos;
        }
        for (Probe probe : probes.values()) {
            if (probe.dueNanos() - earliest < 0) {
                earliest = probe.dueNanos();
            }
        }
        return earliest;
    }

    private long intervalNanos() {
        return config.timing().probeInterval().toNanos();
    }

    long failed() {
        return failed;
    }
}
