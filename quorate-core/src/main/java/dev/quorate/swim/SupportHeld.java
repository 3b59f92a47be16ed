package dev.quorate.swim;

import dev.quorate.swim.SupportEffect.Gained;
import dev.quorate.swim.SupportEffect.Lost;
import dev.quorate.swim.SupportEffect.RaiseEpoch;
import dev.quorate.swim.SupportEffect.Send;
import dev.quorate.swim.SupportMessage.Refusal;
import dev.quorate.swim.SupportMessage.Request;
import dev.quorate.swim.SupportMessage.Support;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The asker's side: who supports this node's epoch, and until when at least.
final class SupportHeld {
    private record Held(Incarnation epoch, long untilNanos, long boot) {}

    private static final int ROUNDS_REMEMBERED = 16;

    private final SupportConfig config;
    private final long[] askedNanos = new long[ROUNDS_REMEMBERED];
    private final Map<NodeId, @Nullable Held> givers = new TreeMap<>();
    private Incarnation epoch;
    private long round;
    private long nextRoundNanos;

    SupportHeld(SupportConfig config, Incarnation epoch, Moment start) {
        this.config = config;
        this.epoch = epoch;
        nextRoundNanos = start.nanos();
    }

    /// Changes from whom support is wanted; asks newcomers at once.
    void want(Moment now, List<NodeId> wanted, SupportEffects out) {
        for (NodeId giver : List.copyOf(givers.keySet())) {
            if (!wanted.contains(giver)) {
                lose(giver, out);
                givers.remove(giver);
            }
        }
        boolean grew = false;
        for (NodeId giver : wanted) {
            if (!givers.containsKey(giver)) {
                givers.put(giver, null);
                grew = true;
            }
        }
        if (grew) {
            ask(now, out);
        }
    }

    void wakeup(Moment now, SupportEffects out) {
        for (NodeId giver : List.copyOf(givers.keySet())) {
            Held held = givers.get(giver);
            if (held != null && now.nanos() - held.untilNanos() >= 0) {
                lose(giver, out);
            }
        }
        if (!givers.isEmpty() && now.nanos() - nextRoundNanos >= 0) {
            ask(now, out);
        }
    }

    private void ask(Moment now, SupportEffects out) {
        round++;
        askedNanos[slot(round)] = now.nanos();
        nextRoundNanos = now.nanos() + config.interval().toNanos();
        Request request = new Request(epoch, round, config.duration().toNanos() / 1_000);
        for (NodeId giver : givers.keySet()) {
            out.emit(new Send(giver, request));
        }
    }

    /// A promise counts from when it was asked for; one for another epoch, or for a round too long
    /// ago, counts for nothing.
    void promised(Moment now, NodeId from, Support support, SupportEffects out) {
        boolean known = support.round() > round - ROUNDS_REMEMBERED && support.round() <= round;
        if (!givers.containsKey(from) || !known || !support.epoch().equals(epoch)) {
            return;
        }
        long micros = Math.min(support.durationMicros(), config.duration().toNanos() / 1_000);
        long untilNanos = askedNanos[slot(support.round())] + micros * 1_000;
        if (now.nanos() - untilNanos >= 0) {
            return;
        }
        Held held = givers.get(from);
        if (held != null && held.boot() > support.boot()) {
            return;
        }
        if (held != null && held.boot() < support.boot()) {
            lose(from, out);
            held = null;
        }
        if (held == null) {
            out.emit(new Gained(from, epoch));
        } else if (held.untilNanos() - untilNanos > 0) {
            untilNanos = held.untilNanos();
        }
        givers.put(from, new Held(epoch, untilNanos, support.boot()));
    }

    /// A giver has given this epoch up: nobody's support of it may be relied on any longer, so this
    /// node goes above it and asks everybody anew.
    void refused(Moment now, NodeId from, Refusal refusal, SupportEffects out) {
        if (!givers.containsKey(from) || epoch.isAfter(refusal.epoch())) {
            return;
        }
        loseAll(out);
        epoch = refusal.epoch().next();
        out.emit(new RaiseEpoch(epoch));
        ask(now, out);
    }

    void loseAll(SupportEffects out) {
        for (NodeId giver : new ArrayList<>(givers.keySet())) {
            lose(giver, out);
        }
    }

    private void lose(NodeId giver, SupportEffects out) {
        Held held = givers.get(giver);
        if (held != null) {
            givers.put(giver, null);
            out.emit(new Lost(giver, held.epoch()));
        }
    }

    boolean isHeldFrom(NodeId giver, Moment now) {
        Held held = givers.get(giver);
        return held != null && now.nanos() - held.untilNanos() < 0;
    }

    /// Those from whom support is wanted, by id.
    List<NodeId> givers() {
        return List.copyOf(givers.keySet());
    }

    Incarnation epoch() {
        return epoch;
    }

    long deadlineNanos(long otherwise) {
        long earliest = otherwise;
        for (Held held : givers.values()) {
            if (held != null && held.untilNanos() - earliest < 0) {
                earliest = held.untilNanos();
            }
        }
        if (!givers.isEmpty() && nextRoundNanos - earliest < 0) {
            earliest = nextRoundNanos;
        }
        return earliest;
    }

    private static int slot(long round) {
        return (int) (round % ROUNDS_REMEMBERED);
    }
}
