package dev.quorate.sim;

/// A simulated run broke a promise. The message holds the command that replays it and what happened
/// last.
public sealed class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String message, Throwable cause) {
        super(message, cause);
    }

    Violation(String message) {
        super(message);
    }

    /// Something happened that must never happen.
    public static final class SafetyViolation extends Violation {
        private static final long serialVersionUID = 1L;

        SafetyViolation(String message) {
            super(message);
        }

        SafetyViolation(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /// Something that must happen did not, in time.
    public static final class LivenessViolation extends Violation {
        private static final long serialVersionUID = 1L;

        LivenessViolation(String message) {
            super(message);
        }
    }
}
