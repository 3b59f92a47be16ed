package dev.quorate.kv.state;

import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;

/// What is stored under a key.
///
/// @param expiryMicros log time from which the key is gone; [#NEVER] for never
record Cell(Bytes value, long expiryMicros) {
    static final long NEVER = Long.MAX_VALUE;
    private static final byte STRING = 1;
    private static final int HEADER_BYTES = 9;

    boolean liveAt(long micros) {
        return expiryMicros > micros;
    }

    boolean expires() {
        return expiryMicros != NEVER;
    }

    Bytes encode() {
        ByteBuffer row = ByteBuffer.allocate(HEADER_BYTES + value.length());
        row.put(STRING).putLong(expiryMicros);
        value.writeTo(row);
        return Bytes.wrap(row.array());
    }

    static Cell decode(Bytes row) {
        if (row.length() < HEADER_BYTES || row.at(0) != STRING) {
            throw new IllegalStateException(
                    "a data row of " + row.length() + " bytes is not one of this version");
        }
        ByteBuffer in = row.asBuffer().position(1);
        long expiryMicros = in.getLong();
        return new Cell(Bytes.read(in, in.remaining()), expiryMicros);
    }
}
