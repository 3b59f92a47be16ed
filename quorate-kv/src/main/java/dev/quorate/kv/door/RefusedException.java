package dev.quorate.kv.door;

/// A request is answered with an error before anything is done about it.
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private RefusedException(String text) {
        // refusals are answers, not accidents: no stack trace
        super(text, null, false, false);
    }

    /// The error with this whole text, code included.
    static RefusedException because(String text) {
        return new RefusedException(text);
    }

    static RefusedException syntax() {
        return new RefusedException("ERR syntax error");
    }

    static RefusedException notAnInteger() {
        return new RefusedException("ERR value is not an integer or out of range");
    }

    static RefusedException arity(String command) {
        return new RefusedException("ERR wrong number of arguments for '" + command + "' command");
    }

    static RefusedException expireTime(String command) {
        return new RefusedException("ERR invalid expire time in '" + command + "' command");
    }
}
