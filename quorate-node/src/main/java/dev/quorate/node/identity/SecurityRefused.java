package dev.quorate.node.identity;

/// An operator asked for something that cannot be; the message says why, in a sentence.
public final class SecurityRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    SecurityRefused(String sentence) {
        super(sentence);
    }

    SecurityRefused(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
