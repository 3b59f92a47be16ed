package dev.quorate.sim;

/// Where a process shall die: at the nth effect that it is about to execute, or in its nth force of
/// the journal. Counts on when it never does.
final class Trap {
    /// What is counted.
    enum Step {
        /// Before an effect is executed.
        EFFECT,
        /// While a batch is being written to the journal.
        FORCE,
    }

    private final Step step;
    private final long at;
    private long seen;

    /// @param at the first is 1
    Trap(Step step, long at) {
        this.step = step;
        this.at = at;
    }

    /// Counts a step.
    ///
    /// @return whether it is the one
    boolean springs(Step what) {
        return what == step && ++seen == at;
    }

    /// Steps so far.
    long seen() {
        return seen;
    }
}
