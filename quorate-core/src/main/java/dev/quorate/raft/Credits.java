package dev.quorate.raft;

/// How much more the lanes can take before one of their completions must come back (rule R10).
/// Shared by all replicas of a node.
public final class Credits {
    private int journal;
    private int apply;

    /// @param journal [RaftEffect.Persist]s that may be emitted
    /// @param apply [RaftEffect.Apply]s that may be emitted
    public Credits(int journal, int apply) {
        this.journal = journal;
        this.apply = apply;
    }

    /// Takes a place on the journal's lane, if there is one.
    public boolean takeJournal() {
        if (journal == 0) {
            return false;
        }
        journal--;
        return true;
    }

    /// Whether there is a place on an apply lane.
    public boolean hasApply() {
        return apply > 0;
    }

    /// Takes a place on an apply lane, if there is one.
    public boolean takeApply() {
        if (apply == 0) {
            return false;
        }
        apply--;
        return true;
    }

    /// A completion of the journal's lane came back.
    public void returnJournal() {
        journal++;
    }

    /// A completion of an apply lane came back.
    public void returnApply() {
        apply++;
    }
}
