package dev.quorate.wire;

/// The bytes are no frame of ours; says what was wrong, for the log. The link they came on can go
/// on: frames are told apart by their lengths, and one bad frame leaves the next readable.
public final class MalformedFrame extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedFrame(String message) {
        // no stack trace: a hostile peer could otherwise make us spend more than it does
        super(message, null, false, false);
    }
}
