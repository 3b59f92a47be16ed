package dev.quorate.transport;

import java.io.IOException;

/// The other side answered, and the answer was no.
public final class EnrolmentRefused extends IOException {
    private static final long serialVersionUID = 1;

    private final EnrolmentReply.Retry retry;

    EnrolmentRefused(EnrolmentReply.Refusal refusal) {
        super(refusal.sentence());
        retry = refusal.retry();
    }

    /// Whether asking again makes sense.
    public EnrolmentReply.Retry retry() {
        return retry;
    }
}
