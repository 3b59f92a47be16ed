package dev.quorate.session;

import dev.quorate.types.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// A write with a session: the payload of a session entry of the log.
public record SessionCommand(SessionKey key, Bytes command) {
    /// Little-endian: format 1, the key, the command.
    public Bytes encode() {
        ByteBuffer out =
                ByteBuffer.allocate(1 + SessionKey.BYTES + command.length())
                        .order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 1);
        key.writeTo(out);
        command.writeTo(out);
        return Bytes.wrap(out.array());
    }

    /// Reads what [#encode()] wrote.
    ///
    /// @throws IllegalArgumentException if it is not a write with a session
    public static SessionCommand decode(Bytes encoded) {
        if (encoded.length() < 1 + SessionKey.BYTES || encoded.at(0) != 1) {
            throw new IllegalArgumentException("not a write with a session");
        }
        ByteBuffer in = encoded.asBuffer().order(ByteOrder.LITTLE_ENDIAN);
        in.get();
        SessionKey key = SessionKey.read(in);
        return new SessionCommand(key, Bytes.read(in, in.remaining()));
    }
}
