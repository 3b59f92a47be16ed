package dev.quorate.node;

/// A request may or may not have been applied, now or later.
public final class UnknownException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownException(String sentence) {
        super(sentence);
    }
}
