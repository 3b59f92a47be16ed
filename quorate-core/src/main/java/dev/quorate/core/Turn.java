package dev.quorate.core;

import dev.quorate.raft.Credits;
import dev.quorate.types.Moment;

/// What every part of the node needs during a step: the time, the way out, and the lanes' credits.
/// One object, refilled at each step.
final class Turn {
    private static final NodeEffects NOWHERE =
            effect -> {
                throw new IllegalStateException("effect outside a turn: " + effect);
            };

    private final Credits credits;
    private final Admission admission = new Admission();
    private Moment now = new Moment(0, 0);
    private long correctionMicros;
    private NodeEffects out = NOWHERE;

    Turn(Credits credits) {
        this.credits = credits;
    }

    void begin(Moment moment, NodeEffects effects) {
        now = moment;
        out = effects;
    }

    void end() {
        out = NOWHERE;
    }

    Moment now() {
        return now;
    }

    /// What is to be added to the wall clock, by what is known of others' (rule R14).
    void correction(long micros) {
        correctionMicros = micros;
    }

    /// The later one of what the wall clock shows and what it should show: by it nothing seems
    /// fresher than it is.
    long latestMicros() {
        return now.wallMicros() + Math.max(0, correctionMicros);
    }

    Admission admission() {
        return admission;
    }

    Credits credits() {
        return credits;
    }

    void emit(NodeEffect effect) {
        out.emit(effect);
    }

    void trace(Trace trace) {
        out.emit(new NodeEffect.Traced(trace));
    }
}
