package dev.quorate.session;

import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What makes a write the same write when it is tried again.
///
/// @param vShard the virtual shard that the write belongs to, so that the memory of it can move
///   with the shard; [#NO_VSHARD] for a group that owns none
/// @param clientHigh first half of the client's random 128-bit id
/// @param clientLow second half
/// @param sequence counted by the client, one number per write
/// @param notAfterMicros log time after which the write is refused; chosen once, and the same
///   whenever the write is tried again
public record SessionKey(
        int vShard, long clientHigh, long clientLow, long sequence, long notAfterMicros) {
    /// Of groups that own no virtual shard.
    public static final int NO_VSHARD = -1;

    /// Length of [#encode()].
    public static final int BYTES = 4 + 8 + 8 + 8 + 8;

    /// The key as a name under which a state machine keeps the result.
    public Bytes encode() {
        ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        writeTo(out);
        return Bytes.wrap(out.array());
    }

    void writeTo(ByteBuffer out) {
        out.putInt(vShard).putLong(clientHigh).putLong(clientLow).putLong(sequence);
        out.putLong(notAfterMicros);
    }

    /// Reads what [#encode()] wrote.
    ///
    /// @throws IllegalArgumentException if it is not a key
    public static SessionKey decode(Bytes encoded) {
        if (encoded.length() != BYTES) {
            throw new IllegalArgumentException("a session key of " + encoded.length() + " bytes");
        }
        return read(encoded.asBuffer().order(ByteOrder.LITTLE_ENDIAN));
    }

    static SessionKey read(ByteBuffer in) {
        return new SessionKey(in.getInt(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
    }
}
