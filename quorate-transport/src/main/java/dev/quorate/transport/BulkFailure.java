package dev.quorate.transport;

import dev.quorate.api.Outcome.Retry;
import org.jspecify.annotations.Nullable;

/// Why a transfer ended early.
///
/// @param retry whether, and when, asking again can help
/// @param sentence what happened and where
public record BulkFailure(Code code, Retry retry, String sentence) {
    /// What kind of failure it was. The numbers are the wire's and never change their meaning.
    public enum Code {
        /// The peer has nothing by that request.
        NOT_FOUND(1),
        /// This peer may not have it.
        NOT_ALLOWED(2),
        /// One side has as many transfers as it allows.
        BUSY(3),
        /// The server could not read it.
        SOURCE_FAILED(4),
        /// The receiver could not keep it.
        SINK_FAILED(5),
        /// Nothing moved for too long.
        IDLE(6),
        /// What came is not what was sent, or not what is allowed.
        DAMAGED(7),
        /// There is no connection, or it broke.
        LINK(8),
        /// Somebody ended it.
        CANCELLED(9),
        /// One side is shutting down.
        STOPPING(10);

        private final int number;

        Code(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        static @Nullable Code of(int number) {
            for (Code code : values()) {
                if (code.number == number) {
                    return code;
                }
            }
            return null;
        }
    }
}
