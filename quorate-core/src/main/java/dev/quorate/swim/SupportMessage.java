package dev.quorate.swim;

/// What two nodes say to each other about store liveness. The sender's identity is the link's.
public sealed interface SupportMessage {
    /// "Support me at this epoch for so long." Asked again before the time is over.
    ///
    /// @param epoch the asker's
    /// @param round the asker's count of its rounds of asking; the answer names it
    /// @param durationMicros how long, in microseconds, from the moment that it is heard
    record Request(Incarnation epoch, long round, long durationMicros) implements SupportMessage {}

    /// The promise. The asker counts its time from when it *asked*, the giver from when it *heard*:
    /// so the asker's end comes first, whatever their clocks show.
    ///
    /// @param epoch the asker's epoch that is supported
    /// @param round of the request
    /// @param durationMicros how long, in microseconds; at most what was asked
    /// @param boot the giver's boot epoch: a later life does not remember the promise
    record Support(Incarnation epoch, long round, long durationMicros, long boot)
            implements SupportMessage {}

    /// "I have withdrawn my support of you at this epoch, for ever." The asker must go above it.
    record Refusal(Incarnation epoch) implements SupportMessage {}
}
