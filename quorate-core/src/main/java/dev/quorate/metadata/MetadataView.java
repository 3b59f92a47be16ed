package dev.quorate.metadata;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What every node believes about the cluster as of one index of group 0's log. Immutable and
/// swapped whole, so that a reader never sees half a change.
///
/// @param index the last entry it reflects; 0 before the first
/// @param stampMicros log time of that entry, in microseconds since the epoch
/// @param version the wire and entry formats that the cluster may use; 0 before founding
/// @param catalogEntriesApplied how many [MetadataEntry.CatalogDdl] have been applied
/// @param nextReplicaId the number that the next new replica gets
/// @param settings cluster-wide settings by name
public record MetadataView(
        long index,
        long stampMicros,
        int version,
        long catalogEntriesApplied,
        long nextReplicaId,
        ClusterTopology topology,
        RoutingTable routing,
        SortedMap<String, String> settings) {
    /// Before the first entry.
    public static final MetadataView EMPTY =
            new MetadataView(
                    0,
                    0,
                    0,
                    0,
                    1,
                    ClusterTopology.EMPTY,
                    RoutingTable.EMPTY,
                    Collections.emptySortedMap());

    public MetadataView {
        GroupInfo.requireNotNegative("index", index);
        GroupInfo.requireNotNegative("catalog counter", catalogEntriesApplied);
        if (version < 0 || version > WireRange.VERSION_MAX) {
            throw new IllegalArgumentException("cluster version out of range: " + version);
        }
        if (nextReplicaId < 1) {
            throw new IllegalArgumentException("replica ids are positive: " + nextReplicaId);
        }
        settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
    }

    /// Whether a founding batch has been applied.
    public boolean founded() {
        return settings.containsKey(ClusterSettings.CLUSTER_ID);
    }

    /// Whether both say the same about the cluster, the index and log time aside.
    boolean sameFacts(MetadataView other) {
        return version == other.version
                && catalogEntriesApplied == other.catalogEntriesApplied
                && nextReplicaId == other.nextReplicaId
                && topology.equals(other.topology)
                && routing.equals(other.routing)
                && settings.equals(other.settings);
    }

    /// The same facts, reflecting a later entry that changed none of them.
    MetadataView at(long nextIndex, long nextStampMicros) {
        return new MetadataView(
                nextIndex,
                Math.max(stampMicros, nextStampMicros),
                version,
                catalogEntriesApplied,
                nextReplicaId,
                topology,
                routing,
                settings);
    }
}
