package dev.quorate.raft;

import dev.quorate.types.LogPosition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What stable storage knows of a replica's log when it starts. The entries themselves stay there
/// until they are asked for ([RaftEffect.ReadLog]), so that a restart needs little memory.
///
/// @param hardState term and vote
/// @param compacted the last position that compaction or a snapshot removed; [LogPosition#ZERO] for
///   a log that still begins at 1
/// @param terms where each term begins in what is left, in order: a map of the log in a few words
/// @param lastIndex the last entry of the log, or the compacted index when there is none
/// @param lastStampMicros log time of the last entry; of the snapshot when the log ends where it
///   begins; `0` for a new log
/// @param configurations in log order: the one in force at `compacted` (unless the log still begins
///   at 1), then each that the rest of the log brings
/// @param installing a snapshot whose installation was begun and not finished (rule R4)
/// @param compactedStampMicros log time at `compacted` if that is where a snapshot ended, else `0`
public record Restored(
        HardState hardState,
        LogPosition compacted,
        List<TermStart> terms,
        long lastIndex,
        long lastStampMicros,
        List<Configured> configurations,
        @Nullable SnapshotMeta installing,
        long compactedStampMicros) {
    /// From `index` on, up to the next one's, entries are of `term`.
    public record TermStart(long term, long index) {}

    /// From `index` on, up to the next one's, this configuration is in force.
    public record Configured(long index, Configuration configuration) {}

    /// A replica that has never run.
    public static final Restored NOTHING =
            new Restored(HardState.INITIAL, LogPosition.ZERO, List.of(), 0, 0, List.of(), null);

    /// A log that does not begin behind a snapshot.
    public Restored(
            HardState hardState,
            LogPosition compacted,
            List<TermStart> terms,
            long lastIndex,
            long lastStampMicros,
            List<Configured> configurations,
            @Nullable SnapshotMeta installing) {
        this(
                hardState,
                compacted,
                terms,
                lastIndex,
                lastStampMicros,
                configurations,
                installing,
                0);
    }

    public Restored {
        terms = List.copyOf(terms);
        configurations = List.copyOf(configurations);
        if (lastIndex < compacted.index()
                || (lastIndex > compacted.index() && terms.isEmpty())
                || (!terms.isEmpty() && terms.getFirst().index() != compacted.index() + 1)) {
            throw new IllegalArgumentException(
                    "log from " + compacted + " to " + lastIndex + " with terms " + terms);
        }
        if (compacted.index() > 0
                && (configurations.isEmpty()
                        || configurations.getFirst().index() > compacted.index())) {
            throw new IllegalArgumentException(
                    "no configuration is known where the log begins, at " + compacted);
        }
    }
}
