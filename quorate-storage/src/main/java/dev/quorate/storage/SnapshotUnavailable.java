package dev.quorate.storage;

/// A stored snapshot is gone, or its bytes are not what they were: fetch it again.
public final class SnapshotUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param message which snapshot, and what is wrong with it
    public SnapshotUnavailable(String message) {
        super(message);
    }
}
