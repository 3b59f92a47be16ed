package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataOutcome.Code.BATCH_TOO_DEEP;
import static dev.quorate.metadata.MetadataOutcome.Code.STALE;
import static dev.quorate.metadata.MetadataOutcome.Code.VERSION_MISMATCH;

import dev.quorate.metadata.MetadataOutcome.Rejected;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.UUID;

/// The tentative state of one entry (rule R24): children of a batch change it one after another,
/// and one rejected child is reason to throw it away whole.
final class Draft {
    static final MetadataOutcome APPLIED = new MetadataOutcome.Applied();

    final long index;

    /// Log time: never before that of the entries before.
    final long nowMicros;

    ClusterTopology topology;
    RoutingTable routing;
    long nextReplicaId;
    int version;
    CaTrust trust;
    Identities identities;
    TokenStateMirror tokens;
    DescriptorTable descriptors;
    MigrationStateTable migrations;
    VShardMoves vshardMoves;

    private final MetadataView base;
    private final List<UUID> damagedMigrations = new ArrayList<>();
    private long catalogEntriesApplied;
    private long surrogateHighWater;
    private SortedMap<String, String> settings;

    Draft(MetadataView base, long index, long stampMicros) {
        this.base = base;
        this.index = index;
        nowMicros = Math.max(base.stampMicros(), stampMicros);
        topology = base.topology();
        routing = base.routing();
        nextReplicaId = base.nextReplicaId();
        version = base.version();
        catalogEntriesApplied = base.catalogEntriesApplied();
        settings = base.settings();
        trust = base.trust();
        identities = base.identities();
        tokens = base.tokens();
        descriptors = base.descriptors();
        surrogateHighWater = base.surrogateHighWater();
        migrations = base.migrations();
        vshardMoves = base.vshardMoves();
    }

    /// The state as drafted; its index is still the old one.
    MetadataView view() {
        return new MetadataView(
                base.index(),
                base.stampMicros(),
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

    /// The old state, after the entry was rejected. Nothing of the entry is in it, except that a
    /// migration whose checkpoint was damaged must not go on.
    MetadataView rejectedView() {
        MigrationStateTable table = base.migrations();
        for (UUID id : damagedMigrations) {
            table = table.withFailed(id);
        }
        return base.withMigrations(table);
    }

    /// Notes a damaged checkpoint; takes effect when the entry is rejected for it.
    void failMigration(UUID id) {
        damagedMigrations.add(id);
    }

    /// Takes an entry in. After a rejection the draft is worthless.
    ///
    /// @param depth how many batches the entry is inside of
    MetadataOutcome apply(MetadataEntry entry, int depth) {
        return switch (entry) {
            case MetadataEntry.Batch batch -> batch(batch, depth + 1);
            case MetadataEntry.CatalogDdl _, MetadataEntry.CatalogDdlAudited _ -> {
                catalogEntriesApplied++;
                yield APPLIED;
            }
            case MetadataEntry.ClusterVersionBump bump -> raiseVersion(bump);
            case MetadataEntry.PinNodeIdentity pin -> IdentityRules.pin(this, pin);
            case MetadataEntry.RevokeIdentity revoke -> IdentityRules.revoke(this, revoke);
            case MetadataEntry.DenyNode deny -> IdentityRules.deny(this, deny);
            case MetadataEntry.SetClusterSetting setting -> set(setting.key(), setting.value());
            case MetadataEntry.SetPlacement placement -> RoutingRules.place(this, placement);
            case MetadataEntry.SurrogateAlloc alloc -> allocate(alloc);
            case DescriptorChange change -> DescriptorRules.apply(this, change);
            case MigrationChange change -> MigrationRules.apply(this, change);
            case VShardMove change -> VShardMoveRules.apply(this, change);
            case CaTrustChange change -> TrustRules.apply(this, change);
            case NodeKeyChange change -> IdentityRules.apply(this, change);
            case JoinTokenTransition change -> TokenRules.apply(this, change);
            case RoutingChange change -> RoutingRules.apply(this, change);
            case TopologyChange change -> TopologyRules.apply(this, change);
        };
    }

    private MetadataOutcome batch(MetadataEntry.Batch batch, int depth) {
        if (depth > MetadataCodec.BATCH_DEPTH_MAX) {
            return new Rejected(
                    BATCH_TOO_DEEP,
                    "batches may be nested " + MetadataCodec.BATCH_DEPTH_MAX + " deep, not more");
        }
        for (int i = 0; i < batch.entries().size(); i++) {
            MetadataOutcome outcome = apply(batch.entries().get(i), depth);
            if (outcome instanceof Rejected(MetadataOutcome.Code code, String sentence)) {
                return new Rejected(code, "entry " + (i + 1) + " of the batch: " + sentence);
            }
        }
        return APPLIED;
    }

    private MetadataOutcome allocate(MetadataEntry.SurrogateAlloc alloc) {
        if (alloc.from() != surrogateHighWater) {
            return new Rejected(
                    STALE,
                    "numbers are taken up to " + surrogateHighWater + ", not to " + alloc.from());
        }
        surrogateHighWater = alloc.to();
        return APPLIED;
    }

    private MetadataOutcome raiseVersion(MetadataEntry.ClusterVersionBump bump) {
        if (bump.from() != version) {
            return new Rejected(
                    VERSION_MISMATCH,
                    "the cluster is at version " + version + ", no longer at " + bump.from());
        }
        for (NodeInfo node : topology.nodes()) {
            if (node.state() != NodeState.DECOMMISSIONED && !node.wire().contains(bump.to())) {
                return new Rejected(
                        VERSION_MISMATCH,
                        node.id() + " speaks versions " + node.wire() + ", not " + bump.to());
            }
        }
        version = bump.to();
        return APPLIED;
    }

    private MetadataOutcome set(String key, String value) {
        Rejected refusal = ClusterSettings.refusal(settings, key, value);
        if (refusal != null) {
            return refusal;
        }
        settings = ClusterSettings.with(settings, key, value);
        return APPLIED;
    }
}
