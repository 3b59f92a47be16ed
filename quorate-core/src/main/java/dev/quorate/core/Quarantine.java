package dev.quorate.core;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataView;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.raft.RaftMessage;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The replicas of this node that have lost data (rule R7). Their groups still count them, so group
/// 0 must hear of each, to have it replaced under a new id.
///
/// Level-triggered: a replica is reported until group 0 shows that it knows, or that nobody counts
/// it any more. A node that has lost its own replica of group 0 sees nothing of that: it reports
/// for as long as somebody still speaks to the lost one.
final class Quarantine {
    private static final long PERIOD_NANOS = 250_000_000;
    private static final int REPORTS_MAX = 64;

    private final NodeId self;
    private final Turn turn;
    private final Reporting reporting;
    private final LeaderHints hints;
    private final TreeMap<ReplicaId, LostReplica> lost = new TreeMap<>();
    private long nextNanos;
    private boolean hurried = true;
    private boolean open;

    Quarantine(
            NodeId self,
            Turn turn,
            Reporting reporting,
            LeaderHints hints,
            List<LostReplica> found) {
        this.self = self;
        this.turn = turn;
        this.reporting = reporting;
        this.hints = hints;
        found.forEach(replica -> lost.put(replica.replica(), replica));
        open = !lost.isEmpty();
    }

    void add(LostReplica replica) {
        lost.put(replica.replica(), replica);
        hurry();
    }

    /// A peer speaks to a replica that is not here. If that is a lost one of group 0, which this
    /// node cannot see any more, its leader is whom to tell.
    void notHosted(NodeId from, PeerMessage.Raft envelope) {
        boolean isOfLeader =
                envelope.message() instanceof RaftMessage.Heartbeat
                        || envelope.message() instanceof RaftMessage.AppendRequest
                        || envelope.message() instanceof RaftMessage.SnapshotOffer;
        if (envelope.group().equals(GroupId.METADATA)
                && lost.containsKey(envelope.to())
                && isOfLeader) {
            hints.heard(GroupId.METADATA, envelope.message().term(), from);
        }
    }

    /// Whether the replica is, or was here before, one that is lost: nobody may remember more of it
    /// than that. A node's replicas of a group have ascending ids.
    boolean outdates(GroupId group, ReplicaId replica) {
        return lost.tailMap(replica, true).values().stream()
                .anyMatch(one -> one.group().equals(group));
    }

    /// The view changed, or a replica was lost: look again.
    void hurry() {
        if (!lost.isEmpty()) {
            open = true;
            hurried = true;
        }
    }

    long nextDeadlineNanos() {
        if (!open) {
            return turn.now().nanos() + NodeCore.FOREVER_NANOS;
        }
        return hurried ? turn.now().nanos() : nextNanos;
    }

    /// What to propose to group 0 now, a bounded part of it.
    List<Bytes> due(MetadataView view) {
        if (!open || (!hurried && turn.now().nanos() - nextNanos < 0)) {
            return List.of();
        }
        hurried = false;
        nextNanos = turn.now().nanos() + PERIOD_NANOS;
        open = false;
        List<Bytes> reports = new ArrayList<>();
        for (LostReplica replica : lost.values()) {
            if (isUnknown(replica, view)) {
                open = true;
                Bytes report = reporting.quarantine(replica.group(), member(replica));
                if (report != null) {
                    reports.add(report);
                }
            }
            if (reports.size() == REPORTS_MAX) {
                return reports;
            }
        }
        return reports;
    }

    /// Whether group 0 may have to hear of it.
    private boolean isUnknown(LostReplica replica, MetadataView view) {
        if (!view.founded()) {
            return isBlind();
        }
        GroupInfo known = view.routing().group(replica.group());
        return known != null
                && known.involves(member(replica))
                && !known.isQuarantined(replica.replica());
    }

    /// Whether this node sees nothing of group 0, because it has lost its replica of that.
    private boolean isBlind() {
        return lost.values().stream().anyMatch(one -> one.group().equals(GroupId.METADATA));
    }

    /// How those are doing that nobody has replaced yet, for people.
    void describe(MetadataView view, List<GroupStatus> into) {
        for (LostReplica replica : lost.values()) {
            GroupInfo known = view.routing().group(replica.group());
            boolean counts = known == null || known.involves(member(replica));
            boolean replaced =
                    into.stream().anyMatch(status -> status.group().equals(replica.group()));
            if (counts && !replaced) {
                into.add(status(replica, known));
            }
        }
    }

    private GroupStatus status(LostReplica replica, @Nullable GroupInfo known) {
        Configuration configuration =
                known == null
                        ? Configuration.of(List.of(member(replica)))
                        : new Configuration(
                                known.configuration().voters(),
                                known.configuration().outgoing(),
                                known.configuration().learners());
        return new GroupStatus(
                replica.group(),
                RoleName.FOLLOWER,
                0,
                /* leader= */ null,
                configuration,
                LogPosition.ZERO,
                LogPosition.ZERO,
                0,
                0,
                0,
                sentence(replica));
    }

    private static String sentence(LostReplica replica) {
        return "%s is in quarantine, to be replaced under a new id: %s"
                .formatted(replica.replica(), replica.cause());
    }

    private Member member(LostReplica replica) {
        return new Member(self, replica.replica());
    }
}
