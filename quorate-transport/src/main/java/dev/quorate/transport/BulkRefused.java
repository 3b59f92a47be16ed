package dev.quorate.transport;

import dev.quorate.api.Outcome.Retry;

/// A server's refusal of a request for a transfer: told to the receiver as it is.
public final class BulkRefused extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient BulkFailure failure;

    /// A refusal.
    ///
    /// @param sentence for the log of the other side
    public BulkRefused(BulkFailure.Code code, Retry retry, String sentence) {
        super(sentence);
        this.failure = new BulkFailure(code, retry, sentence);
    }

    /// The refusal as the receiver hears it.
    public BulkFailure failure() {
        return failure;
    }
}
