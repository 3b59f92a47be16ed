package dev.quorate.metadata;

/// The cluster versions that a node's build can speak.
///
/// @param min oldest, at least 0
/// @param max newest, at most [#VERSION_MAX]
public record WireRange(int min, int max) {
    /// Highest version that the formats can hold.
    public static final int VERSION_MAX = 0xffff;

    public WireRange {
        if (min < 0 || max < min || max > VERSION_MAX) {
            throw new IllegalArgumentException("not a range of versions: " + min + ".." + max);
        }
    }

    /// Whether the node can speak `version`.
    public boolean contains(int version) {
        return min <= version && version <= max;
    }

    @Override
    public String toString() {
        return min + ".." + max;
    }
}
