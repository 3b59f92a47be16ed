package dev.quorate.node.config;

/// The configuration cannot be used; the message names file, key, value and what is allowed.
public final class ConfigRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// A refusal.
    ///
    /// @param sentence for the person who wrote the configuration
    public ConfigRefused(String sentence) {
        super(sentence);
    }
}
