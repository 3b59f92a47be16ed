package dev.quorate.metadata;

/// Hears of what [CacheApplier] does, on the thread that calls it. Any of the methods may be left
/// out.
public interface MetadataListener {
    /// Hears nothing.
    MetadataListener NONE = new MetadataListener() {};

    /// An entry changed what is known of the cluster; readers should see `after` from now on.
    default void changed(MetadataView before, MetadataView after) {}

    /// A change of the embedder's catalog was applied; called once for each, children of batches in
    /// order, after [#changed]. Opaque to the cluster, which only counts it.
    default void catalogChanged(CatalogChange change) {}

    /// An entry was decided: the answer for its proposer. Never called twice for one index.
    default void decided(long index, MetadataOutcome outcome) {}
}
