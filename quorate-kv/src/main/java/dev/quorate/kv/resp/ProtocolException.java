package dev.quorate.kv.resp;

/// The peer does not speak the protocol, or asks for more than is allowed; the connection cannot go
/// on, since nobody knows where its next request would begin.
public final class ProtocolException extends Exception {
    private static final long serialVersionUID = 1L;

    ProtocolException(String detail) {
        super("ERR Protocol error: " + detail);
    }
}
