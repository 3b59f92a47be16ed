package dev.quorate.metadata;

/// Bytes that are not an entry, or not a state, which this build can read.
public final class MetadataFormatException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// What is the matter with the bytes.
    public enum Problem {
        /// No build ever wrote this.
        MALFORMED,
        /// The envelope's version is not known here.
        UNKNOWN_VERSION,
        /// The kind of entry, or a part of the state, is not known here.
        UNKNOWN_KIND,
        /// Beyond a limit on size or depth.
        TOO_LARGE,
    }

    private final Problem problem;

    MetadataFormatException(Problem problem, String sentence) {
        super(sentence);
        this.problem = problem;
    }

    /// What is the matter.
    public Problem problem() {
        return problem;
    }
}
