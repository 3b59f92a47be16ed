package dev.quorate.metadata;

/// This node cannot understand a committed entry, and must neither skip it nor guess: it applies
/// nothing more of group 0 and is not ready, while Raft goes on.
public final class MetadataApplyStopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long index;

    MetadataApplyStopped(long index, MetadataFormatException cause) {
        super(
                "metadata entry "
                        + index
                        + " cannot be applied by this build: "
                        + cause.getMessage()
                        + ". Nothing after it is applied here until the node runs a build that"
                        + " understands it",
                cause);
        this.index = index;
    }

    /// The entry that could not be applied; the watermark stays before it.
    public long index() {
        return index;
    }
}
