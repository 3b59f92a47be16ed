package dev.quorate.swim;

import dev.quorate.types.NodeId;
import org.jspecify.annotations.Nullable;

/// What this node holds of one other member.
final class Entry {
    private final NodeId id;
    private Liveness state = Liveness.ALIVE;
    private Incarnation incarnation = Incarnation.NONE;
    private NodeId by;
    private long sinceNanos;
    private long rttNanos;
    private long toldNanos;
    private @Nullable Suspicion suspicion;

    /// A member is presumed alive until it is shown to be silent.
    Entry(NodeId id, long nowNanos, long tellPauseNanos) {
        this.id = id;
        by = id;
        sinceNanos = nowNanos;
        toldNanos = nowNanos - tellPauseNanos;
    }

    /// Takes over what a rumour says; the caller has checked that it overrides.
    void become(Rumour rumour, @Nullable Suspicion timer, long nowNanos) {
        if (state != rumour.state()) {
            sinceNanos = nowNanos;
        }
        state = rumour.state();
        incarnation = rumour.incarnation();
        by = rumour.by();
        suspicion = timer;
    }

    /// What is held, to be told to others.
    Rumour rumour() {
        return new Rumour(id, state, incarnation, by);
    }

    MemberStatus status() {
        return new MemberStatus(id, state, incarnation, sinceNanos, rttNanos);
    }

    /// Smooths a measured round-trip time in, as TCP does: an eighth of the difference.
    void measured(long sampleNanos) {
        rttNanos = rttNanos == 0 ? sampleNanos : rttNanos + (sampleNanos - rttNanos) / 8;
    }

    /// Whether the member may be told once more what is held of it.
    boolean mayTell(long nowNanos, long pauseNanos) {
        if (nowNanos - toldNanos < pauseNanos) {
            return false;
        }
        toldNanos = nowNanos;
        return true;
    }

    /// Whether that node declared this one dead, not before the given time.
    boolean isDeclaredDead(NodeId judge, long sinceNanos) {
        return state == Liveness.DEAD && by.equals(judge) && this.sinceNanos - sinceNanos >= 0;
    }

    NodeId id() {
        return id;
    }

    Liveness state() {
        return state;
    }

    Incarnation incarnation() {
        return incarnation;
    }

    @Nullable Suspicion suspicion() {
        return suspicion;
    }
}
