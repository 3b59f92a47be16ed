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
    /// @param stampMicros that entry's log time, in microseconds since the epoch
    /// @param served what the answer may be relied on for
    public record Applied(LogPosition at, long stampMicros, Served served, Bytes result)
            implements Outcome {}

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

    /// What an answer is: never more than what was seen to hold.
    public enum Served {
        /// A write: committed, applied, durable on a quorum.
        WRITTEN,
        /// A write that was applied before, by an earlier attempt: the first result again.
        REPEATED,
        /// A read that a quorum confirmed.
        LINEARIZABLE,
        /// A read that rests on the leader's lease.
        LEASE,
        /// A read within the staleness that was asked for.
        BOUNDED,
        /// A read of whatever this replica has.
        LOCAL,
        /// A read of the state at the log time that was asked for.
        SNAPSHOT,
    }

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
        /// The change was refused when it came to apply it.
        REFUSED,
        /// The request's time was over before it was applied: it never will be (rule R20).
        EXPIRED,
        /// The state machine does not do this.
        UNSUPPORTED,
        /// The state machine failed to answer the query.
        QUERY_FAILED,
        /// Another change of the same kind is under way.
        CHANGE_UNDER_WAY,
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
