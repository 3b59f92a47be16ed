package dev.quorate.swim;

import dev.quorate.swim.SwimEffect.Changed;
import dev.quorate.swim.SwimEffect.RaiseIncarnation;
import dev.quorate.types.Moment;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns statements into beliefs: which one wins, who is suspected and until when, and how this
/// node defends itself.
final class Overlay {
    /// What a statement changed.
    enum News {
        NOTHING,
        /// A member is accused of which we knew nothing bad.
        ACCUSED,
        /// A member came back from the dead.
        RETURNED,
        OTHER,
    }

    private final SwimConfig config;
    private final Self self;
    private final Table table;
    private final Rumours rumours;
    private final LocalHealth health;
    private final Silence silence;
    private long refutations;

    Overlay(
            SwimConfig config,
            Self self,
            Table table,
            Rumours rumours,
            LocalHealth health,
            Silence silence) {
        this.config = config;
        this.self = self;
        this.table = table;
        this.rumours = rumours;
        this.health = health;
        this.silence = silence;
    }

    /// Hears a statement about anyone. Strangers are not members, whatever is said of them.
    News hear(Moment now, Rumour rumour, SwimEffects out) {
        if (rumour.about().equals(self.id())) {
            defend(rumour, out);
            return News.NOTHING;
        }
        Entry entry = table.get(rumour.about());
        if (entry == null) {
            return News.NOTHING;
        }
        int order = rumour.order(entry.incarnation(), entry.state());
        if (order > 0) {
            return accept(now, entry, rumour, out);
        }
        Suspicion suspicion = entry.suspicion();
        if (order == 0 && suspicion != null && suspicion.confirm(rumour.by())) {
            tellOthers(now, rumour);
        }
        return News.NOTHING;
    }

    /// This node's own probe of the member failed.
    News accuse(Moment now, Entry entry, SwimEffects out) {
        if (!entry.state().isPresent()) {
            return News.NOTHING;
        }
        Rumour accusation =
                new Rumour(entry.id(), Liveness.SUSPECT, entry.incarnation(), self.id());
        return hear(now, accusation, out);
    }

    private News accept(Moment now, Entry entry, Rumour rumour, SwimEffects out) {
        Liveness before = entry.state();
        boolean restarted = rumour.incarnation().boot() != entry.incarnation().boot();
        boolean first = entry.incarnation().equals(Incarnation.NONE);
        entry.become(rumour, timer(now, rumour), now.nanos());
        table.moved(entry, before);
        tellOthers(now, rumour);
        if (before != rumour.state() || (restarted && !first)) {
            out.emit(
                    new Changed(
                            new Transition(
                                    entry.id(), before, rumour.state(), rumour.incarnation())));
        }
        if (rumour.state() == Liveness.SUSPECT && before == Liveness.ALIVE) {
            return News.ACCUSED;
        }
        boolean returned = !before.isPresent() && rumour.state().isPresent();
        return returned ? News.RETURNED : News.OTHER;
    }

    /// Verdicts of a node that hears nobody are its own affair.
    private void tellOthers(Moment now, Rumour rumour) {
        if (rumour.by().equals(self.id()) && silence.isDeaf(now)) {
            rumours.forget(rumour.about());
        } else {
            rumours.add(rumour);
        }
    }

    /// Every node arms its own timer for the suspected incarnation, whoever accused.
    private @Nullable Suspicion timer(Moment now, Rumour rumour) {
        if (rumour.state() != Liveness.SUSPECT) {
            return null;
        }
        SwimConfig.SuspicionTiming timing = config.suspicion();
        double intervals = timing.alpha() * Math.log10(table.size());
        long probeNanos = config.timing().probeInterval().toNanos();
        long minNanos = Math.max(timing.floor().toNanos(), (long) (intervals * probeNanos));
        if (!config.isLifeguard()) {
            return new Suspicion(now.nanos(), rumour.by(), 0, minNanos, minNanos);
        }
        // neither the suspect nor the first accuser can confirm
        int expected = Math.max(0, Math.min(timing.confirmations(), table.size() - 2));
        long maxNanos = (long) (timing.beta() * minNanos);
        return new Suspicion(now.nanos(), rumour.by(), expected, minNanos, maxNanos);
    }

    /// Says that this node lives, with an incarnation above anything that was said against it.
    private void defend(Rumour rumour, SwimEffects out) {
        Rumour own = self.rumour();
        if (rumour.order(own.incarnation(), own.state()) <= 0) {
            return;
        }
        self.raiseAbove(rumour.incarnation());
        if (rumour.state() != Liveness.ALIVE) {
            refutations++;
            health.worsen(1);
        }
        out.emit(new RaiseIncarnation(self.incarnation()));
        rumours.add(self.rumour());
    }

    /// Declares dead who did not defend itself in time: at the suspected incarnation, never a later
    /// one, since a defence replaces the timer.
    void expire(Moment now, SwimEffects out) {
        for (Entry entry : List.copyOf(table.suspects())) {
            Suspicion suspicion = entry.suspicion();
            if (suspicion != null && now.nanos() - suspicion.deadlineNanos() >= 0) {
                hear(
                        now,
                        new Rumour(entry.id(), Liveness.DEAD, entry.incarnation(), self.id()),
                        out);
            }
        }
    }

    /// This node could not hear for a while: nobody's time to defend itself ran meanwhile.
    void postpone(Duration late) {
        if (late.isZero()) {
            return;
        }
        for (Entry entry : table.suspects()) {
            Suspicion suspicion = entry.suspicion();
            if (suspicion != null) {
                suspicion.postpone(late.toNanos());
            }
        }
    }

    /// Somebody is heard again: whom this node declared dead while it heard nobody is presumed
    /// alive once more. The others know better, and will say so.
    void pardon(Moment now, Duration silent, SwimEffects out) {
        if (silent.isZero() || !table.hasDead()) {
            return;
        }
        long sinceNanos = now.nanos() - silent.toNanos();
        for (Entry entry : table.all()) {
            if (entry.isDeclaredDead(self.id(), sinceNanos)) {
                entry.become(
                        new Rumour(entry.id(), Liveness.ALIVE, entry.incarnation(), entry.id()),
                        null,
                        now.nanos());
                table.moved(entry, Liveness.DEAD);
                out.emit(
                        new Changed(
                                new Transition(
                                        entry.id(),
                                        Liveness.DEAD,
                                        Liveness.ALIVE,
                                        entry.incarnation())));
            }
        }
    }

    void forget(NodeId member) {
        table.remove(member);
        rumours.forget(member);
    }

    /// The earliest end of a suspicion, or `otherwise` if that is earlier.
    long deadlineNanos(long otherwise) {
        long earliest = otherwise;
        for (Entry entry : table.suspects()) {
            Suspicion suspicion = entry.suspicion();
            if (suspicion != null && suspicion.deadlineNanos() - earliest < 0) {
                earliest = suspicion.deadlineNanos();
            }
        }
        return earliest;
    }

    long refutations() {
        return refutations;
    }
}
