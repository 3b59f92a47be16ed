package dev.quorate.kv.state;

import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;

/// How far a group's rows reach.
///
/// @param index the last entry whose effects the rows include
/// @param stampMicros that entry's log time
/// @param keys how many data rows there are
record Status(long index, long stampMicros, long keys) {
    static final Status NEW = new Status(0, 0, 0);
    private static final byte VERSION = 1;
    private static final int ROW_BYTES = 25;

    /// The same rows, now known to reach further.
    Status at(long newIndex) {
        return new Status(newIndex, stampMicros, keys);
    }

    Bytes encode() {
        return Bytes.wrap(
                ByteBuffer.allocate(ROW_BYTES)
                        .put(VERSION)
                        .putLong(index)
                        .putLong(stampMicros)
                        .putLong(keys)
                        .array());
    }

    static Status decode(Bytes row) {
        if (row.length() != ROW_BYTES || row.at(0) != VERSION) {
            throw new IllegalStateException(
                    "a status row of " + row.length() + " bytes is not one of this version");
        }
        ByteBuffer in = row.asBuffer().position(1);
        return new Status(in.getLong(), in.getLong(), in.getLong());
    }
}
