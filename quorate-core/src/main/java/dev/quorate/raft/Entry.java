package dev.quorate.raft;

import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;

/// One entry of a group's log.
///
/// @param term the term whose leader appended it
/// @param index position in the log; the first entry has index 1
/// @param stampMicros log time in microseconds since the epoch; strictly increasing along a log
///   (rule R14), so it is the one clock that state machines may use
/// @param payload the command, or empty
public record Entry(long term, long index, long stampMicros, Kind kind, Bytes payload) {
    /// What an entry is for. The numbers are on disk and on the wire: append only.
    public enum Kind {
        /// The first entry of a leader's term (thesis §6.4): commits what went before.
        NOOP,
        /// A client's command.
        COMMAND,
        /// Moves log time on, for state machines that wait for it.
        TICK,
        /// A [Configuration], encoded: in force from the moment it is in the log (thesis §4.1).
        CONFIGURATION,
        /// A client's command that is applied once however often it is tried (thesis §6.3).
        SESSION_COMMAND,
    }

    private static final int OVERHEAD_BYTES = 48;

    public Entry {
        if (term <= 0 || index <= 0) {
            throw new IllegalArgumentException("entry at " + term + "/" + index);
        }
    }

    /// The entry's name.
    public LogPosition position() {
        return new LogPosition(term, index);
    }

    /// What the entry costs in memory and on disk, in bytes, roughly.
    public int sizeBytes() {
        return OVERHEAD_BYTES + payload.length();
    }
}
