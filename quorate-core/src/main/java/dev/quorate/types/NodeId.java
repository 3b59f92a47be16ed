package dev.quorate.types;

/// Identity of a node for the lifetime of the cluster: a number issued by group 0, never reused,
/// even after the node is removed. Addresses are hints; this is not.
///
/// @param value strictly positive
public record NodeId(long value) implements Comparable<NodeId> {
    public NodeId {
        if (value <= 0) {
            throw new IllegalArgumentException("node id must be positive: " + value);
        }
    }

    @Override
    public int compareTo(NodeId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "n" + value;
    }
}
