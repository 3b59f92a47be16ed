package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What every node believes about the cluster as of one index of group 0's log. Immutable and
/// swapped whole, so that a reader never sees half a change.
///
/// @param index the last entry it reflects; 0 before the first
/// @param stampMicros log time of that entry, in microseconds since the epoch
/// @param version the wire and entry formats that the cluster may use; 0 before founding
/// @param catalogEntriesApplied how many [MetadataEntry.CatalogDdl] have been applied
/// @param nextReplicaId the number that the next new replica gets
/// @param settings cluster-wide settings by name
/// @param trust the authorities that sign certificates of nodes
/// @param identities keys beside the pinned ones
/// @param tokens the join tokens
/// @param descriptors who may plan against which version of a descriptor
/// @param surrogateHighWater the highest number that [MetadataEntry.SurrogateAlloc] has taken
/// @param migrations the moves of replicas
/// @param vshardMoves the moves of vShards between groups
public record MetadataView(
        long index,
        long stampMicros,
        int version,
        long catalogEntriesApplied,
        long nextReplicaId,
        ClusterTopology topology,
        RoutingTable routing,
        SortedMap<String, String> settings,
        CaTrust trust,
        Identities identities,
        TokenStateMirror tokens,
        DescriptorTable descriptors,
        long surrogateHighWater,
        MigrationStateTable migrations,
        VShardMoves vshardMoves) {
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
                    Collections.emptySortedMap(),
                    CaTrust.EMPTY,
                    Identities.EMPTY,
                    TokenStateMirror.EMPTY,
                    DescriptorTable.EMPTY,
                    0,
                    MigrationStateTable.EMPTY,
                    VShardMoves.EMPTY);

    public MetadataView {
        GroupInfo.requireNotNegative("index", index);
        GroupInfo.requireNotNegative("catalog counter", catalogEntriesApplied);
        GroupInfo.requireNotNegative("surrogate", surrogateHighWater);
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

    /// Whose the key is. Links ask this of every certificate, and again whenever the view changes.
    public KeyOwner ownerOf(Bytes spkiSha256) {
        Identities.RevokedKey revoked = identities.revocation(spkiSha256);
        if (revoked != null) {
            return new KeyOwner.Revoked(revoked.reason());
        }
        for (NodeInfo node : topology.nodes()) {
            if (node.spkiPin().equals(spkiSha256)) {
                return new KeyOwner.Member(node.id());
            }
        }
        NodeId staged = identities.stagedBy(spkiSha256);
        if (staged != null) {
            return new KeyOwner.Member(staged);
        }
        JoinTokenState token = tokens.boundTo(spkiSha256);
        JoinTokenState.Presenter presenter = token == null ? null : token.presenter();
        // who came and left again does not come back by the same token
        return token == null || presenter == null || topology.stateOf(presenter.node()) != null
                ? new KeyOwner.Stranger()
                : new KeyOwner.Arriving(presenter.node(), token.hash());
    }

    /// Whether the node's pinned key was revoked: nobody lets it in.
    public boolean isRevoked(NodeId id) {
        NodeInfo node = topology.node(id);
        return node != null && identities.revocation(node.spkiPin()) != null;
    }

    /// Why a node that shows this key is part of the cluster no more, for ever; null if it is, or
    /// may be: perhaps this view is only not new enough.
    public @Nullable String whyGone(NodeId id, Bytes spkiSha256) {
        if (topology.stateOf(id) == NodeState.REMOVED) {
            return "it has left the cluster, or was removed from it";
        }
        Identities.RevokedKey revoked = identities.revocation(spkiSha256);
        Bytes staged = identities.stagedKey(id);
        // in the middle of a change of keys the other one may still be good
        boolean hasAnother =
                !staged.equals(spkiSha256)
                        && !staged.isEmpty()
                        && identities.revocation(staged) == null;
        return revoked == null || hasAnother ? null : "its key was revoked: " + revoked.reason();
    }

    /// Whether both say the same about the cluster, the index and log time aside.
    boolean sameFacts(MetadataView other) {
        return at(0, Long.MAX_VALUE).equals(other.at(0, Long.MAX_VALUE));
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
                settings,
                trust,
                identities,
                tokens,
                descriptors,
                surrogateHighWater,
                migrations,
                vshardMoves);
    }

    /// The same but for the moves.
    MetadataView withMigrations(MigrationStateTable next) {
        return new MetadataView(
                index,
                stampMicros,
                version,
                catalogEntriesApplied,
                nextReplicaId,
                topology,
                routing,
                settings,
                trust,
                identities,
                tokens,
                descriptors,
                surrogateHighWater,
                next,
                vshardMoves);
    }
}
