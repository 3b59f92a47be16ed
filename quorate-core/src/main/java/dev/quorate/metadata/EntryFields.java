package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;

/// Which fields each kind of entry has, except [MetadataEntry.Batch], which [MetadataCodec] nests.
/// Tags are never changed or used again.
final class EntryFields {
    private EntryFields() {}

    static FieldWriter write(MetadataEntry entry) {
        FieldWriter to = new FieldWriter();
        return switch (entry) {
            case MetadataEntry.CatalogDdl e -> to.bytes(1, e.payload());
            case MetadataEntry.ClusterVersionBump e -> to.number(1, e.from()).number(2, e.to());
            case MetadataEntry.SetPlacement e ->
                    to.number(1, e.group().value())
                            .members(2, e.members())
                            .members(3, e.listeners());
            case MetadataEntry.SetClusterSetting e -> to.text(1, e.key()).text(2, e.value());
            case MetadataEntry.PinNodeIdentity e ->
                    to.number(1, e.node().value()).bytes(2, e.spkiSha256());
            case MetadataEntry.CatalogDdlAudited e ->
                    to.bytes(1, e.payload())
                            .text(2, e.author().userId())
                            .text(3, e.author().userName())
                            .text(4, e.author().statement());
            case MetadataEntry.SurrogateAlloc e -> to.number(1, e.from()).number(2, e.to());
            case DescriptorChange e -> DescriptorFields.write(to, e);
            case MigrationChange e -> MigrationFields.write(to, e);
            case VShardMove e -> VShardMoveFields.write(to, e);
            case MetadataEntry.RevokeIdentity e -> SecurityFields.write(to, e);
            case MetadataEntry.DenyNode e -> SecurityFields.write(to, e);
            case CaTrustChange e -> SecurityFields.write(to, e);
            case NodeKeyChange e -> SecurityFields.write(to, e);
            case JoinTokenTransition e -> TokenFields.write(to, e);
            case TopologyChange e -> topology(to, e);
            case RoutingChange e -> RoutingFields.write(to, e);
            case MetadataEntry.Batch _ ->
                    throw new IllegalArgumentException("the fields of a batch are its children");
        };
    }

    private static FieldWriter topology(FieldWriter to, TopologyChange change) {
        return switch (change) {
            case TopologyChange.Join e -> to.message(1, NodeFields.write(e.info()));
            case TopologyChange.Rejoin e -> to.message(1, NodeFields.write(e.info()));
            case TopologyChange.ChangeAddresses e ->
                    to.number(1, e.node().value())
                            .number(2, e.incarnation())
                            .text(3, e.linksAddress())
                            .text(4, e.clientAddress())
                            .texts(5, e.addresses());
            case TopologyChange.ChangeLabels e ->
                    to.number(1, e.node().value()).texts(2, e.labels());
            case TopologyChange.StartLearning _,
                    TopologyChange.PromoteToVoter _,
                    TopologyChange.StartDecommission _,
                    TopologyChange.CancelDecommission _,
                    TopologyChange.FinishDecommission _,
                    TopologyChange.Leave _ ->
                    to.number(1, change.node().value());
        };
    }

    /// @throws IllegalArgumentException if a value is none that the entry may have
    static MetadataEntry read(EntryKind kind, FieldReader from) {
        return switch (kind) {
            case CATALOG_DDL -> {
                Bytes payload = from.bytes(1);
                yield new MetadataEntry.CatalogDdl(payload, from.unknown());
            }
            case CLUSTER_VERSION_BUMP -> {
                int before = from.count(1);
                int after = from.count(2);
                yield new MetadataEntry.ClusterVersionBump(before, after, from.unknown());
            }
            case SET_PLACEMENT -> {
                GroupId group = new GroupId(from.number(1));
                var members = from.members(2);
                var listeners = from.members(3);
                yield new MetadataEntry.SetPlacement(group, members, listeners, from.unknown());
            }
            case SET_CLUSTER_SETTING -> {
                String key = from.text(1);
                String value = from.text(2);
                yield new MetadataEntry.SetClusterSetting(key, value, from.unknown());
            }
            case PIN_NODE_IDENTITY -> {
                NodeId node = from.node(1);
                Bytes pin = from.bytes(2);
                yield new MetadataEntry.PinNodeIdentity(node, pin, from.unknown());
            }
            case JOIN -> {
                NodeInfo info = NodeFields.read(from.message(1));
                yield new TopologyChange.Join(info, from.unknown());
            }
            case REJOIN -> {
                NodeInfo info = NodeFields.read(from.message(1));
                yield new TopologyChange.Rejoin(info, from.unknown());
            }
            case CHANGE_ADDRESSES -> {
                NodeId node = from.node(1);
                long incarnation = from.number(2);
                String links = from.text(3);
                String client = from.text(4);
                var others = from.texts(5);
                yield new TopologyChange.ChangeAddresses(
                        node, incarnation, links, client, others, from.unknown());
            }
            case CHANGE_LABELS -> {
                NodeId node = from.node(1);
                var labels = from.texts(2);
                yield new TopologyChange.ChangeLabels(node, labels, from.unknown());
            }
            case START_LEARNING -> new TopologyChange.StartLearning(from.node(1), from.unknown());
            case PROMOTE_TO_VOTER ->
                    new TopologyChange.PromoteToVoter(from.node(1), from.unknown());
            case START_DECOMMISSION ->
                    new TopologyChange.StartDecommission(from.node(1), from.unknown());
            case CANCEL_DECOMMISSION ->
                    new TopologyChange.CancelDecommission(from.node(1), from.unknown());
            case FINISH_DECOMMISSION ->
                    new TopologyChange.FinishDecommission(from.node(1), from.unknown());
            case LEAVE -> new TopologyChange.Leave(from.node(1), from.unknown());
            case REASSIGN_VSHARD,
                    LEADERSHIP_TRANSFER,
                    REMOVE_MEMBER,
                    REPORT_CONFIGURATION,
                    REPORT_QUARANTINE ->
                    RoutingFields.read(kind, from);
            case CATALOG_DDL_AUDITED -> {
                Bytes payload = from.bytes(1);
                var author = new CatalogChange.Author(from.text(2), from.text(3), from.text(4));
                yield new MetadataEntry.CatalogDdlAudited(payload, author, from.unknown());
            }
            case SURROGATE_ALLOC -> {
                long before = from.number(1);
                long after = from.number(2);
                yield new MetadataEntry.SurrogateAlloc(before, after, from.unknown());
            }
            case DESCRIPTOR_LEASE_GRANT,
                    DESCRIPTOR_LEASE_RELEASE,
                    DESCRIPTOR_DRAIN_START,
                    DESCRIPTOR_DRAIN_END ->
                    DescriptorFields.read(kind, from);
            case MIGRATION_CHECKPOINT, MIGRATION_ABORT -> MigrationFields.read(kind, from);
            case VSHARD_MOVE_PREPARE, VSHARD_MOVE_CANCEL, VSHARD_MOVE_CANCELLED ->
                    VShardMoveFields.read(kind, from);
            case REVOKE_IDENTITY,
                    DENY_NODE,
                    CA_ESTABLISH,
                    CA_STAGE,
                    CA_NODE_REISSUED,
                    CA_FINALIZE,
                    CA_ABANDON,
                    NODE_KEY_STAGE,
                    NODE_KEY_CONFIRM,
                    NODE_KEY_ABANDON ->
                    SecurityFields.read(kind, from);
            case TOKEN_REGISTER,
                    TOKEN_BEGIN_IN_FLIGHT,
                    TOKEN_MARK_CONSUMED,
                    TOKEN_REVERT_IN_FLIGHT,
                    TOKEN_MARK_EXPIRED,
                    TOKEN_MARK_ABORTED ->
                    TokenFields.read(kind, from);
            case BATCH -> throw from.malformed("the fields of a batch are its children");
        };
    }
}
