package dev.quorate.storage;

/// An entry that no segment can hold was refused before anything was written.
public final class EntryTooLarge extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param message which entry, how large, and what is allowed
    public EntryTooLarge(String message) {
        super(message);
    }
}
