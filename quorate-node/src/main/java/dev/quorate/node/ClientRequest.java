package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.api.Outcome.Code;
import dev.quorate.api.Outcome.Rejected;
import dev.quorate.api.Outcome.Retry;
import dev.quorate.api.Outcome.Unknown;
import dev.quorate.core.NodeInput;
import java.util.concurrent.CompletableFuture;

/// A request on its way to the core, with the place where its answer goes.
///
/// @param input one that is answered by a reply, with this `requestId`
record ClientRequest(long requestId, NodeInput input, CompletableFuture<Outcome> reply) {
    private static final int OVERHEAD_BYTES = 64;

    /// What it weighs while it waits, in bytes, roughly.
    int bytes() {
        return OVERHEAD_BYTES
                + switch (input) {
                    case NodeInput.Write write -> write.command().length();
                    case NodeInput.SessionWrite write -> write.payload().length();
                    case NodeInput.Read read -> read.query().length();
                    default -> 0;
                };
    }

    /// Ends a request that the core has not seen.
    void refuse(String sentence) {
        reply.complete(new Rejected(Code.STOPPING, Retry.LATER, null, sentence));
    }

    /// Ends a request that the core has seen and will not answer: unless it was a question, it may
    /// have had its effect.
    void abandon(String sentence) {
        if (input instanceof NodeInput.Read) {
            refuse(sentence);
        } else {
            reply.complete(new Unknown(sentence));
        }
    }
}
