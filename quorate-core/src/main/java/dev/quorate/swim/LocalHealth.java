package dev.quorate.swim;

/// How much this node has reason to doubt itself (Lifeguard, LHA-Probe: the local health
/// multiplier). Missed nacks and accusations raise it, answered probes lower it.
final class LocalHealth {
    private final int max;
    private int score;

    /// @param max highest score; 0 switches it off
    LocalHealth(int max) {
        this.max = max;
    }

    /// Something suggests that the fault is ours.
    void worsen(int by) {
        score = Math.min(max, score + by);
    }

    /// A probe was answered: we are heard, and hear.
    void improve() {
        score = Math.max(0, score - 1);
    }

    int score() {
        return score;
    }

    /// Stretches a timeout.
    long stretch(long nanos) {
        return nanos * (score + 1);
    }
}
