package dev.quorate.core;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Raft;
import dev.quorate.raft.RaftInput;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import org.jspecify.annotations.Nullable;

/// Brings the groups led here closer to what group 0 wants, beat by beat, and tells group 0 how far
/// that is and which replicas of this node have lost their data.
final class Reconciler {
    private final MetadataGroup metadata;
    private final Reporting reporting;
    private final Quarantine quarantine;
    private final Turn turn;
    private @Nullable Requests requests;

    Reconciler(MetadataGroup metadata, Reporting reporting, Quarantine quarantine, Turn turn) {
        this.metadata = metadata;
        this.reporting = reporting;
        this.quarantine = quarantine;
        this.turn = turn;
    }

    /// From now on reports go out this way.
    void reportBy(Requests way) {
        requests = way;
    }

    /// Reports what is due about replicas in quarantine.
    void reportLost() {
        quarantine.due(metadata.view()).forEach(this::report);
    }

    /// A group beats.
    void beat(HostedGroup group) {
        GroupInfo info = metadata.view().routing().group(group.id());
        Raft raft = group.raft();
        if (info == null || !raft.isLeader() || !raft.configurationIsCommitted()) {
            return;
        }
        if (group.id().equals(GroupId.METADATA) && group.reads().appliedTerm() != raft.term()) {
            return; // what an earlier leader was told is not applied yet: it would be undone
        }
        Configuration current = raft.configuration();
        report(reporting.configuration(info, raft.configurationIndex(), current));
        Reconciling.Step next =
                Reconciling.next(info, current, raft.promotable(), raft.answering(turn.now()));
        if (next != null) {
            group.step(
                    new RaftInput.ChangeMembers(
                            Requests.NODE_ITSELF, next.voters(), next.learners()));
        }
    }

    private void report(@Nullable Bytes entry) {
        if (entry != null && requests != null) {
            requests.accept(null, Requests.NODE_ITSELF, reporting.asked(entry));
        }
    }
}
