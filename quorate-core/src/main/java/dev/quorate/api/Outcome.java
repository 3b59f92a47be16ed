package dev.quorate.api;

import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;
import dev.quorate.types.NodeId;
import org.jspecify.annotations.Nullable;

/// How a request ended. Only [Unknown] leaves the caller in doubt, and it is its own case so that
/// nobody forgets it.
public sealed interface Outcome {
    /// A write that is committed and applied, or a read that was answered.
    ///
    /// @param at the entry that carried the write; for a read, the last entry the answer includes
    public record Applied(LogPosition at, Bytes result) implements Outcome {}

    /// Certainly not applied, now or later.
    ///
    /// @param leader where to go instead, when `retry` is [Retry#REDIRECT]
    /// @param sentence what, where, and what to do about it
    public record Rejected(Code code, Retry retry, @Nullable NodeId leader, String sentence)
            implements Outcome {}

    /// May or may not be applied, now or later.
    ///
    /// @param sentence what was seen last
    public record Unknown(String sentence) implements Outcome {}

    /// Why a request was refused.
    public enum Code {
        /// Another node leads the group.
        NOT_LEADER,
        /// Nobody leads the group, as far as this node knows.
        NO_LEADER,
        /// The node is full of requests.
        OVERLOADED,
        /// The request is malformed or too large.
        INVALID,
        /// This node does not host the group and knows nobody who does.
        NO_SUCH_GROUP,
        /// The deadline passed before anything was done.
        TIMEOUT,
        /// The node is stopping or its storage has failed.
        STOPPING,
        /// Group 0 refused the change when it came to apply it.
        REFUSED,
    }

    /// Whether, and when, sending the request again can help.
    public enum Retry {
        /// At once.
        NOW,
        /// After a pause.
        LATER,
        /// At another node.
        REDIRECT,
        /// Not at all.
        NEVER,
    }
}
