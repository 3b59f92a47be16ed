package dev.quorate.kv.command;

/// Bytes that are no command, query or reply of a version this build knows.
public final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    /// Says what was wrong, and where.
    public MalformedException(String sentence) {
        super(sentence);
    }
}
