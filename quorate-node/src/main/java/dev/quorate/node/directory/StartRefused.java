package dev.quorate.node.directory;

/// The node must not start as its directory is; the message says why and what to do.
public final class StartRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// A refusal that the directory itself gives reason for.
    ///
    /// @param sentence for the person who starts the node
    public StartRefused(String sentence) {
        super(sentence);
    }

    /// A refusal with a failure behind it.
    ///
    /// @param sentence for the person who starts the node
    public StartRefused(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
