package dev.quorate.types;

/// Identity of one replica of one group, issued by group 0 and never reused (rule R6): a node that
/// loses a replica and gets it again is another replica, so messages of the first life cannot count
/// in the second.
///
/// @param value strictly positive
public record ReplicaId(long value) implements Comparable<ReplicaId> {
    public ReplicaId {
        if (value <= 0) {
            throw new IllegalArgumentException("replica id must be positive: " + value);
        }
    }

    @Override
    public int compareTo(ReplicaId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "r" + value;
    }
}
