package dev.quorate.sim;

/// The machine lost power inside a disk operation. An error, so that no code under test takes it
/// for a failure that it may handle.
final class PowerCut extends Error {
    private static final long serialVersionUID = 1L;

    PowerCut() {
        super("power cut", null, false, false);
    }
}
