package dev.quorate.types;

/// The (term, index) pair that uniquely names a log entry.
///
/// Ordered as Raft orders logs: by term first, then by index (Raft paper §5.4.1), so "the
/// candidate's log is at least as up-to-date" reads `candidate.compareTo(mine) >= 0`.
public record LogPosition(long term, long index) implements Comparable<LogPosition> {
    /// Position before the first entry.
    public static final LogPosition ZERO = new LogPosition(0, 0);

    public LogPosition {
        if (term < 0 || index < 0) {
            throw new IllegalArgumentException("negative log position: " + term + "/" + index);
        }
    }

    @Override
    public int compareTo(LogPosition other) {
        int byTerm = Long.compare(term, other.term);
        return byTerm != 0 ? byTerm : Long.compare(index, other.index);
    }

    @Override
    public String toString() {
        return term + "/" + index;
    }
}
