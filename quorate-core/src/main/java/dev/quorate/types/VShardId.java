package dev.quorate.types;

/// Identity of a virtual shard: the unit of data that is placed and moved. There are always
/// [#COUNT] of them.
///
/// @param value in `[0, COUNT)`
public record VShardId(int value) implements Comparable<VShardId> {
    /// How many vShards a cluster has.
    public static final int COUNT = 1024;

    public VShardId {
        if (value < 0 || value >= COUNT) {
            throw new IllegalArgumentException("vShard id out of range: " + value);
        }
    }

    @Override
    public int compareTo(VShardId other) {
        return Integer.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "v" + value;
    }
}
