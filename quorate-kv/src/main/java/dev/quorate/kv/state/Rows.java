package dev.quorate.kv.state;

import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.KeySlot;
import java.nio.ByteBuffer;

/// The layout of one group's rows.
///
/// ```text
/// group:8  0                                    status: version:1 index:8 stamp:8 keys:8
/// group:8  1  vshard:2  key                     data:   kind:1 expiry:8 value
/// group:8  2  expiry:8  vshard:2  key           expiry: (empty)
/// ```
///
/// The group comes first, so that a command that went to the wrong group cannot touch the rows of
/// another: each group's rows are a function of its own log alone. Within a group the rows of a
/// vShard are one sorted range.
final class Rows {
    private static final byte STATUS = 0;
    private static final byte DATA = 1;
    private static final byte EXPIRY = 2;
    private static final int PREFIX_BYTES = 9;
    private static final int VSHARD_BYTES = 2;

    private final long group;

    Rows(GroupId group) {
        this.group = group.value();
    }

    Bytes status() {
        return finish(begin(STATUS, 0));
    }

    Bytes data(Bytes key) {
        ByteBuffer row = begin(DATA, VSHARD_BYTES + key.length());
        putKey(row, key);
        return finish(row);
    }

    Bytes expiry(long expiryMicros, Bytes key) {
        ByteBuffer row = begin(EXPIRY, Long.BYTES + VSHARD_BYTES + key.length());
        row.putLong(expiryMicros);
        putKey(row, key);
        return finish(row);
    }

    /// Where the expiry rows of this moment begin.
    Bytes expiryFrom(long expiryMicros) {
        ByteBuffer row = begin(EXPIRY, Long.BYTES);
        row.putLong(expiryMicros);
        return finish(row);
    }

    /// Where the expiry rows end.
    Bytes expiryEnd() {
        return finish(begin((byte) (EXPIRY + 1), 0));
    }

    /// Where the group's rows begin.
    Bytes first() {
        return Bytes.wrap(ByteBuffer.allocate(Long.BYTES).putLong(group).array());
    }

    /// Where the group's rows end.
    Bytes end() {
        return Bytes.wrap(ByteBuffer.allocate(Long.BYTES).putLong(group + 1).array());
    }

    static long expiryOf(Bytes expiryRow) {
        return expiryRow.asBuffer().getLong(PREFIX_BYTES);
    }

    static Bytes keyOf(Bytes expiryRow) {
        int start = PREFIX_BYTES + Long.BYTES + VSHARD_BYTES;
        ByteBuffer row = expiryRow.asBuffer().position(start);
        return Bytes.read(row, row.remaining());
    }

    private ByteBuffer begin(byte kind, int moreBytes) {
        return ByteBuffer.allocate(PREFIX_BYTES + moreBytes).putLong(group).put(kind);
    }

    private static void putKey(ByteBuffer row, Bytes key) {
        row.putShort((short) KeySlot.vshardOf(key.toByteArray()).value());
        key.writeTo(row);
    }

    private static Bytes finish(ByteBuffer row) {
        return Bytes.read(row.flip(), row.limit());
    }
}
