package dev.quorate.metadata;

import org.jspecify.annotations.Nullable;

/// The kinds of entry by their number in stored bytes. Numbers are never changed or used again.
enum EntryKind {
    CATALOG_DDL(1),
    BATCH(2),
    CLUSTER_VERSION_BUMP(3),
    SET_PLACEMENT(4),
    SET_CLUSTER_SETTING(5),
    PIN_NODE_IDENTITY(6),
    REVOKE_IDENTITY(7),
    CATALOG_DDL_AUDITED(8),
    SURROGATE_ALLOC(9),
    DENY_NODE(10),
    JOIN(16),
    REJOIN(17),
    START_LEARNING(18),
    PROMOTE_TO_VOTER(19),
    START_DECOMMISSION(20),
    CANCEL_DECOMMISSION(21),
    FINISH_DECOMMISSION(22),
    LEAVE(23),
    CHANGE_ADDRESSES(24),
    CHANGE_LABELS(25),
    REASSIGN_VSHARD(32),
    LEADERSHIP_TRANSFER(33),
    REMOVE_MEMBER(34),
    REPORT_CONFIGURATION(35),
    REPORT_QUARANTINE(36),
    CA_ESTABLISH(48),
    CA_STAGE(49),
    CA_NODE_REISSUED(50),
    CA_FINALIZE(51),
    CA_ABANDON(52),
    NODE_KEY_STAGE(56),
    NODE_KEY_CONFIRM(57),
    NODE_KEY_ABANDON(58),
    TOKEN_REGISTER(64),
    TOKEN_BEGIN_IN_FLIGHT(65),
    TOKEN_MARK_CONSUMED(66),
    TOKEN_REVERT_IN_FLIGHT(67),
    TOKEN_MARK_EXPIRED(68),
    TOKEN_MARK_ABORTED(69),
    DESCRIPTOR_LEASE_GRANT(80),
    DESCRIPTOR_LEASE_RELEASE(81),
    DESCRIPTOR_DRAIN_START(82),
    DESCRIPTOR_DRAIN_END(83),
    MIGRATION_CHECKPOINT(96),
    MIGRATION_ABORT(97),
    VSHARD_MOVE_PREPARE(112),
    VSHARD_MOVE_CANCEL(113),
    VSHARD_MOVE_CANCELLED(114);

    private static final @Nullable EntryKind[] BY_CODE = byCode();

    private final int code;

    private static @Nullable EntryKind[] byCode() {
        @Nullable EntryKind[] table = new EntryKind[256];
        for (EntryKind kind : values()) {
            table[kind.code] = kind;
        }
        return table;
    }

    EntryKind(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static @Nullable EntryKind ofCode(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }

    static EntryKind of(MetadataEntry entry) {
        return switch (entry) {
            case MetadataEntry.CatalogDdl _ -> CATALOG_DDL;
            case MetadataEntry.Batch _ -> BATCH;
            case MetadataEntry.ClusterVersionBump _ -> CLUSTER_VERSION_BUMP;
            case MetadataEntry.SetPlacement _ -> SET_PLACEMENT;
            case MetadataEntry.SetClusterSetting _ -> SET_CLUSTER_SETTING;
            case MetadataEntry.PinNodeIdentity _ -> PIN_NODE_IDENTITY;
            case MetadataEntry.RevokeIdentity _ -> REVOKE_IDENTITY;
            case MetadataEntry.DenyNode _ -> DENY_NODE;
            case MetadataEntry.CatalogDdlAudited _ -> CATALOG_DDL_AUDITED;
            case MetadataEntry.SurrogateAlloc _ -> SURROGATE_ALLOC;
            case DescriptorChange.LeaseGrant _ -> DESCRIPTOR_LEASE_GRANT;
            case DescriptorChange.LeaseRelease _ -> DESCRIPTOR_LEASE_RELEASE;
            case DescriptorChange.DrainStart _ -> DESCRIPTOR_DRAIN_START;
            case DescriptorChange.DrainEnd _ -> DESCRIPTOR_DRAIN_END;
            case MigrationChange.Checkpoint _ -> MIGRATION_CHECKPOINT;
            case MigrationChange.Abort _ -> MIGRATION_ABORT;
            case VShardMove.Prepare _ -> VSHARD_MOVE_PREPARE;
            case VShardMove.Cancel _ -> VSHARD_MOVE_CANCEL;
            case VShardMove.Cancelled _ -> VSHARD_MOVE_CANCELLED;
            case TopologyChange.Join _ -> JOIN;
            case TopologyChange.Rejoin _ -> REJOIN;
            case TopologyChange.StartLearning _ -> START_LEARNING;
            case TopologyChange.PromoteToVoter _ -> PROMOTE_TO_VOTER;
            case TopologyChange.StartDecommission _ -> START_DECOMMISSION;
            case TopologyChange.CancelDecommission _ -> CANCEL_DECOMMISSION;
            case TopologyChange.FinishDecommission _ -> FINISH_DECOMMISSION;
            case TopologyChange.Leave _ -> LEAVE;
            case TopologyChange.ChangeAddresses _ -> CHANGE_ADDRESSES;
            case TopologyChange.ChangeLabels _ -> CHANGE_LABELS;
            case RoutingChange.ReassignVShard _ -> REASSIGN_VSHARD;
            case RoutingChange.LeadershipTransfer _ -> LEADERSHIP_TRANSFER;
            case RoutingChange.RemoveMember _ -> REMOVE_MEMBER;
            case RoutingChange.ReportConfiguration _ -> REPORT_CONFIGURATION;
            case RoutingChange.ReportQuarantine _ -> REPORT_QUARANTINE;
            case CaTrustChange.Establish _ -> CA_ESTABLISH;
            case CaTrustChange.Stage _ -> CA_STAGE;
            case CaTrustChange.NodeReissued _ -> CA_NODE_REISSUED;
            case CaTrustChange.Finalize _ -> CA_FINALIZE;
            case CaTrustChange.Abandon _ -> CA_ABANDON;
            case NodeKeyChange.Stage _ -> NODE_KEY_STAGE;
            case NodeKeyChange.Confirm _ -> NODE_KEY_CONFIRM;
            case NodeKeyChange.Abandon _ -> NODE_KEY_ABANDON;
            case JoinTokenTransition.Register _ -> TOKEN_REGISTER;
            case JoinTokenTransition.BeginInFlight _ -> TOKEN_BEGIN_IN_FLIGHT;
            case JoinTokenTransition.MarkConsumed _ -> TOKEN_MARK_CONSUMED;
            case JoinTokenTransition.RevertInFlight _ -> TOKEN_REVERT_IN_FLIGHT;
            case JoinTokenTransition.MarkExpired _ -> TOKEN_MARK_EXPIRED;
            case JoinTokenTransition.MarkAborted _ -> TOKEN_MARK_ABORTED;
        };
    }
}
