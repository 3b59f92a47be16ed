package dev.quorate.node;

import dev.quorate.api.Outcome;

/// A request was certainly not applied, and never will be.
public final class RejectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Outcome.Rejected outcome;

    RejectedException(Outcome.Rejected outcome) {
        super(outcome.sentence());
        this.outcome = outcome;
    }

    /// Why, and whether to try again.
    public Outcome.Rejected outcome() {
        return outcome;
    }
}
