package dev.quorate.metadata;

/// Names one object of the embedder's catalog. The kind belongs to the name, so that a table and an
/// index may be called the same.
///
/// @param tenant whose it is; 0 when there are no tenants
/// @param kind the embedder's word for what it is
public record DescriptorId(long tenant, String kind, String name)
        implements Comparable<DescriptorId> {
    /// Characters of kind and of name.
    public static final int TEXT_LENGTH_MAX = 256;

    public DescriptorId {
        GroupInfo.requireNotNegative("tenant", tenant);
        if (kind.length() > TEXT_LENGTH_MAX || name.isEmpty() || name.length() > TEXT_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "kind and name of a descriptor have at most "
                            + TEXT_LENGTH_MAX
                            + " characters, and the name is not empty");
        }
    }

    @Override
    public int compareTo(DescriptorId other) {
        int order = Long.compare(tenant, other.tenant);
        if (order == 0) {
            order = kind.compareTo(other.kind);
        }
        return order == 0 ? name.compareTo(other.name) : order;
    }

    @Override
    public String toString() {
        return kind + " " + name;
    }
}
