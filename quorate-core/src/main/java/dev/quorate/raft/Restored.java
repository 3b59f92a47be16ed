package dev.quorate.raft;

import dev.quorate.types.LogPosition;
import java.util.List;

/// What stable storage knows of a replica's log when it starts. The entries themselves stay there
/// until they are asked for ([RaftEffect.ReadLog]), so that a restart needs little memory.
///
/// @param hardState term and vote
/// @param compacted the last position that compaction removed; [LogPosition#ZERO] for a log that
///   still begins at 1
/// @param terms where each term begins in what is left, in order: a map of the log in a few words
/// @param lastIndex the last entry of the log, or the compacted index when there is none
/// @param lastStampMicros log time of the last entry; `0` when there is none
public record Restored(
        HardState hardState,
        LogPosition compacted,
        List<TermStart> terms,
        long lastIndex,
        long lastStampMicros) {
    /// From `index` on, up to the next one's, entries are of `term`.
    public record TermStart(long term, long index) {}

    /// A replica that has never run.
    public static final Restored NOTHING =
            new Restored(HardState.INITIAL, LogPosition.ZERO, List.of(), 0, 0);

    public Restored {
        terms = List.copyOf(terms);
        if (lastIndex < compacted.index()
                || (lastIndex > compacted.index() && terms.isEmpty())
                || (!terms.isEmpty() && terms.getFirst().index() != compacted.index() + 1)) {
            throw new IllegalArgumentException(
                    "log from " + compacted + " to " + lastIndex + " with terms " + terms);
        }
    }
}
