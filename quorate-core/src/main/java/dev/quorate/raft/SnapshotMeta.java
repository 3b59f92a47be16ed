package dev.quorate.raft;

import dev.quorate.types.Bytes;
import dev.quorate.types.LogPosition;

/// What a snapshot is a snapshot of. All that the consensus core knows of one: the bytes stay in
/// the shell.
///
/// @param position the last entry whose effects it holds
/// @param stampMicros that entry's log time
/// @param configuration in force at that entry: not the newest one (rule R4)
/// @param sizeBytes length of its content
/// @param sha256 of its content: the name under which it is fetched
public record SnapshotMeta(
        LogPosition position,
        long stampMicros,
        Configuration configuration,
        long sizeBytes,
        Bytes sha256) {
    /// Length of [#sha256()].
    public static final int DIGEST_BYTES = 32;

    public SnapshotMeta {
        if (position.index() <= 0 || sizeBytes < 0 || sha256.length() != DIGEST_BYTES) {
            throw new IllegalArgumentException(
                    "snapshot at %s of %d bytes with a digest of %d bytes"
                            .formatted(position, sizeBytes, sha256.length()));
        }
    }

    /// The last index whose effects it holds.
    public long index() {
        return position.index();
    }
}
