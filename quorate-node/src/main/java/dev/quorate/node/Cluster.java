package dev.quorate.node;

/// The cluster as one of its nodes sees it. Thread-safe.
public interface Cluster {
    /// The newest view.
    ClusterView view();

    /// Shards of the whole cluster.
    Shards shards();
}
