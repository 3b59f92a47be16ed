package dev.quorate.raft;

/// A property that consensus rests on does not hold. The replica must halt: going on could spread
/// the damage, and repairing itself would hide it.
public final class InvariantBroken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param dump which property, and the replica's state
    public InvariantBroken(String dump) {
        super(dump);
    }
}
