package dev.quorate.types;

/// Identity of a Raft group, never reused. Group 0 holds the cluster's metadata; data groups start
/// at 1.
///
/// @param value never negative
public record GroupId(long value) implements Comparable<GroupId> {
    /// The metadata group.
    public static final GroupId METADATA = new GroupId(0);

    public GroupId {
        if (value < 0) {
            throw new IllegalArgumentException("group id must not be negative: " + value);
        }
    }

    @Override
    public int compareTo(GroupId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "g" + value;
    }
}
