package dev.quorate.metadata;

import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One node's copy of group 0's state, with what is worth knowing beside it: recent changes, and
/// who probably leads which group.
///
/// Not thread-safe: one owner. The views it hands out are immutable.
public final class MetadataCache {
    /// Changes of each kind that are remembered; older ones are forgotten.
    public static final int HISTORY_MAX = 1024;

    /// A change and the entry it came in.
    public record Recorded<T>(long index, T change) {}

    private MetadataState state = MetadataState.EMPTY;
    private final Deque<Recorded<TopologyChange>> topologyHistory = new ArrayDeque<>();
    private final Deque<Recorded<RoutingChange>> routingHistory = new ArrayDeque<>();
    private final Map<GroupId, LeaderHint> hints = new HashMap<>();

    /// A cache that has applied nothing yet.
    public MetadataCache() {}

    /// What is known now.
    public MetadataView view() {
        return state.view();
    }

    /// The state machine as it is now, for a snapshot.
    public MetadataState state() {
        return state;
    }

    /// Index of the last entry applied; 0 before the first.
    public long appliedIndex() {
        return state.index();
    }

    /// How many catalog changes have been applied.
    public long catalogEntriesApplied() {
        return view().catalogEntriesApplied();
    }

    /// The topology changes applied here since the start, oldest first, at most [#HISTORY_MAX].
    public List<Recorded<TopologyChange>> topologyHistory() {
        return List.copyOf(topologyHistory);
    }

    /// The routing changes applied here since the start, oldest first, at most [#HISTORY_MAX].
    public List<Recorded<RoutingChange>> routingHistory() {
        return List.copyOf(routingHistory);
    }

    /// Who probably leads the group; null when nobody is known to, or no longer belongs to it.
    public @Nullable LeaderHint leaderHint(GroupId group) {
        LeaderHint hint = hints.get(group);
        return hint != null && mayLead(group, hint.leader()) ? hint : null;
    }

    /// Offers a guess; taken unless one of a newer term is known or the node is not in the group.
    ///
    /// @param term the leader's Raft term; 0 when unknown
    public void offerLeader(GroupId group, NodeId leader, long term) {
        LeaderHint known = leaderHint(group);
        if (mayLead(group, leader) && (known == null || term >= known.term())) {
            hints.put(group, new LeaderHint(leader, term));
        }
    }

    /// Forgets every guess that names the node, because it seems to be unreachable.
    public void forgetLeader(NodeId leader) {
        hints.values().removeIf(hint -> hint.leader().equals(leader));
    }

    /// Replaces the state by a snapshot's.
    ///
    /// @throws IllegalArgumentException if the snapshot is not newer
    public void install(MetadataState snapshot) {
        if (snapshot.index() <= state.index()) {
            throw new IllegalArgumentException(
                    "a snapshot at " + snapshot.index() + " is not newer than " + state.index());
        }
        state = snapshot;
    }

    void publish(MetadataState next) {
        state = next;
    }

    /// Keeps what an applied entry says beside the state.
    void record(long index, MetadataEntry entry) {
        switch (entry) {
            case MetadataEntry.Batch batch -> {
                for (MetadataEntry child : batch.entries()) {
                    record(index, child);
                }
            }
            case TopologyChange change -> remember(topologyHistory, index, change);
            case RoutingChange change -> {
                remember(routingHistory, index, change);
                hint(change);
            }
            case MigrationChange.Abort abort -> {
                for (Compensation step : abort.compensations()) {
                    if (step
                            instanceof Compensation.RestoreLeaderHint(GroupId group, NodeId node)) {
                        offerLeader(group, node, 0);
                    }
                }
            }
            case MetadataEntry.CatalogDdl _,
                    MetadataEntry.ClusterVersionBump _,
                    MetadataEntry.DenyNode _,
                    MetadataEntry.PinNodeIdentity _,
                    MetadataEntry.RevokeIdentity _,
                    MetadataEntry.CatalogDdlAudited _,
                    MetadataEntry.SurrogateAlloc _,
                    DescriptorChange _,
                    MigrationChange.Checkpoint _,
                    VShardMove _,
                    CaTrustChange _,
                    JoinTokenTransition _,
                    NodeKeyChange _,
                    MetadataEntry.SetClusterSetting _,
                    MetadataEntry.SetPlacement _ -> {}
        }
    }

    private void hint(RoutingChange change) {
        switch (change) {
            case RoutingChange.ReassignVShard reassign ->
                    offerLeader(reassign.group(), reassign.leaseholder(), 0);
            case RoutingChange.LeadershipTransfer transfer ->
                    offerLeader(transfer.group(), transfer.leader(), transfer.term());
            case RoutingChange.RemoveMember remove -> {
                LeaderHint hint = hints.get(remove.group());
                if (hint != null && hint.leader().equals(remove.node())) {
                    hints.remove(remove.group());
                }
            }
            case RoutingChange.ReportConfiguration _, RoutingChange.ReportQuarantine _ -> {}
        }
    }

    private boolean mayLead(GroupId id, NodeId node) {
        GroupInfo group = view().routing().group(id);
        return group != null && group.involves(node);
    }

    private static <T> void remember(Deque<Recorded<T>> history, long index, T change) {
        if (history.size() == HISTORY_MAX) {
            history.removeFirst();
        }
        history.addLast(new Recorded<>(index, change));
    }
}
