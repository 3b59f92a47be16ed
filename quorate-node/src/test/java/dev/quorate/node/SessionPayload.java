package dev.quorate.node;

import dev.quorate.session.SessionCommand;
import dev.quorate.session.SessionKey;
import dev.quorate.types.Bytes;
import dev.quorate.types.VShardId;
import java.time.Duration;

/// A write with a session, to be sent as often as a test likes.
final class SessionPayload {
    private SessionPayload() {}

    static Bytes of(VShardId vshard, String command, Duration valid) {
        long notAfterMicros = System.currentTimeMillis() * 1_000 + valid.toNanos() / 1_000;
        SessionKey key = new SessionKey(vshard.value(), 1, 2, 3, notAfterMicros);
        return new SessionCommand(key, Bytes.utf8(command)).encode();
    }
}
