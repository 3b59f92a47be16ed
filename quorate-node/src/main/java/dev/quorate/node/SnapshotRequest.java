package dev.quorate.node;

import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What one node asks another for.
///
/// ```text
/// format:1 (1)  group:8  index:8  sha256:32      little-endian
/// ```
///
/// @param index the last entry whose effects the snapshot holds; for people, the digest decides
/// @param sha256 of its content
record SnapshotRequest(GroupId group, long index, Bytes sha256) {
    private static final byte FORMAT = 1;
    private static final int BYTES = 1 + 8 + 8 + SnapshotMeta.DIGEST_BYTES;

    static SnapshotRequest of(GroupId group, SnapshotMeta meta) {
        return new SnapshotRequest(group, meta.index(), meta.sha256());
    }

    Bytes encode() {
        ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.put(FORMAT).putLong(group.value()).putLong(index);
        sha256.writeTo(out);
        return Bytes.wrap(out.array());
    }

    /// Reads what [#encode()] wrote.
    ///
    /// @throws IllegalArgumentException if it is no request of this format
    static SnapshotRequest decode(Bytes request) {
        if (request.length() != BYTES || request.at(0) != FORMAT) {
            throw new IllegalArgumentException("not a request for a snapshot");
        }
        ByteBuffer in = request.asBuffer().order(ByteOrder.LITTLE_ENDIAN);
        in.get();
        GroupId group = new GroupId(in.getLong());
        long index = in.getLong();
        return new SnapshotRequest(group, index, Bytes.read(in, SnapshotMeta.DIGEST_BYTES));
    }
}
