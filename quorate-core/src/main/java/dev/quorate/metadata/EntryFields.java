package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.types.VShardId;

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
                    to.number(1, e.group().value()).members(2, e.members());
            case MetadataEntry.SetClusterSetting e -> to.text(1, e.key()).text(2, e.value());
            case MetadataEntry.PinNodeIdentity e ->
                    to.number(1, e.node().value()).bytes(2, e.spkiSha256());
            case MetadataEntry.RevokeIdentity e -> SecurityFields.write(to, e);
            case CaTrustChange e -> SecurityFields.write(to, e);
            case NodeKeyChange e -> SecurityFields.write(to, e);
            case JoinTokenTransition e -> TokenFields.write(to, e);
            case TopologyChange e -> topology(to, e);
            case RoutingChange e -> routing(to, e);
            case MetadataEntry.Batch _ ->
                    throw new IllegalArgumentException("the fields of a batch are its children");
        };
    }

    private static FieldWriter topology(FieldWriter to, TopologyChange change) {
        return switch (change) {
            case TopologyChange.Join e -> to.message(1, NodeFields.write(e.info()));
            case TopologyChange.Rejoin e -> to.message(1, NodeFields.write(e.info()));
            case TopologyChange.StartLearning _,
                    TopologyChange.PromoteToVoter _,
                    TopologyChange.StartDecommission _,
                    TopologyChange.CancelDecommission _,
                    TopologyChange.FinishDecommission _,
                    TopologyChange.Leave _ ->
                    to.number(1, change.node().value());
        };
    }

    private static FieldWriter routing(FieldWriter to, RoutingChange change) {
        return switch (change) {
            case RoutingChange.ReassignVShard e ->
                    to.number(1, e.vshard().value())
                            .number(2, e.group().value())
                            .number(3, e.leaseholder().value())
                            .number(4, e.epoch());
            case RoutingChange.LeadershipTransfer e ->
                    to.number(1, e.group().value())
                            .number(2, e.leader().value())
                            .number(3, e.term());
            case RoutingChange.RemoveMember e ->
                    to.number(1, e.group().value())
                            .number(2, e.node().value())
                            .number(3, e.configIndex());
            case RoutingChange.ReportMembers e ->
                    to.number(1, e.group().value())
                            .members(2, e.voters())
                            .members(3, e.learners())
                            .number(4, e.configIndex());
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
                yield new MetadataEntry.SetPlacement(group, members, from.unknown());
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
            case REASSIGN_VSHARD, LEADERSHIP_TRANSFER, REMOVE_MEMBER, REPORT_MEMBERS ->
                    readRouting(kind, from);
            case REVOKE_IDENTITY,
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

    private static RoutingChange readRouting(EntryKind kind, FieldReader from) {
        if (kind == EntryKind.REASSIGN_VSHARD) {
            VShardId vshard = new VShardId(from.count(1));
            GroupId group = new GroupId(from.number(2));
            NodeId leaseholder = from.node(3);
            long epoch = from.number(4);
            return new RoutingChange.ReassignVShard(
                    vshard, group, leaseholder, epoch, from.unknown());
        }
        GroupId group = new GroupId(from.number(1));
        if (kind == EntryKind.LEADERSHIP_TRANSFER) {
            NodeId leader = from.node(2);
            long term = from.number(3);
            return new RoutingChange.LeadershipTransfer(group, leader, term, from.unknown());
        }
        if (kind == EntryKind.REMOVE_MEMBER) {
            NodeId node = from.node(2);
            long configIndex = from.number(3);
            return new RoutingChange.RemoveMember(group, node, configIndex, from.unknown());
        }
        var voters = from.members(2);
        var learners = from.members(3);
        long configIndex = from.number(4);
        return new RoutingChange.ReportMembers(
                group, voters, learners, configIndex, from.unknown());
    }
}
