package dev.quorate.metadata;

import dev.quorate.types.Bytes;

/// An entry of group 0's log that can no longer change.
///
/// @param index position in the log, at least 1
/// @param stampMicros log time, in microseconds since the epoch
/// @param data an encoded [MetadataEntry]; empty for entries of Raft's own
public record CommittedEntry(long index, long stampMicros, Bytes data) {
    public CommittedEntry {
        if (index < 1) {
            throw new IllegalArgumentException("log indexes start at 1: " + index);
        }
    }
}
