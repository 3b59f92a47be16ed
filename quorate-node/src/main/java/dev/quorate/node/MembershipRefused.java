package dev.quorate.node;

/// A change of who belongs to the cluster was not made; the message is a sentence that says why.
public final class MembershipRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// @param sentence why, for an operator
    public MembershipRefused(String sentence) {
        super(sentence);
    }
}
