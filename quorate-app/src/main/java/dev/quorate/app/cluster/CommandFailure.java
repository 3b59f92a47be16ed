package dev.quorate.app.cluster;

/// A command cannot do what it was asked; the message is a sentence for the person who asked.
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param sentence what is wrong, where, and what to do about it
    public CommandFailure(String sentence) {
        super(sentence);
    }

    /// @param sentence what is wrong, where, and what to do about it
    public CommandFailure(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
