package dev.quorate.core;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Raft;
import dev.quorate.raft.RaftInput;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Brings the groups led here closer to what group 0 wants, beat by beat, and tells group 0 how far
/// that is and which replicas of this node have lost their data.
final class Reconciler {
    /// A group that is as group 0 wants it and has said so: nothing is to be done at its beats, of
    /// which there are many, until one of the two is another object.
    private record AtRest(GroupInfo info, Configuration configuration) {
        @SuppressWarnings("ReferenceEquality") // equal ones that are not the same only cost time
        boolean isStill(GroupInfo known, Configuration current) {
            return info == known && configuration == current;
        }
    }

    private final MetadataGroup metadata;
    private final Reporting reporting;
    private final Quarantine quarantine;
    private final Turn turn;
    private final Map<GroupId, AtRest> resting = new HashMap<>();
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
        Configuration current = raft.configuration();
        AtRest rest = resting.get(group.id());
        if (rest != null && rest.isStill(info, current)) {
            return;
        }
        if (group.id().equals(GroupId.METADATA) && group.reads().appliedTerm() != raft.term()) {
            return; // what an earlier leader was told is not applied yet: it would be undone
        }
        if (info.configIndex() < raft.configurationIndex()) {
            // Not before group 0 shows this very configuration: a view that is older may want what
            // is long over, and a newer one may have let a node go that a change would name again.
            report(reporting.configuration(info, raft.configurationIndex(), current));
            return;
        }
        if (Reconciling.isSettled(info, current)) {
            resting.put(group.id(), new AtRest(info, current));
            return;
        }
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
