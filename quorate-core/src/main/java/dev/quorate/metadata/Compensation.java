package dev.quorate.metadata;

import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.VShardId;
import java.util.ArrayList;
import java.util.List;

/// One step that takes back what an aborted move has done. Steps on replicas change where they
/// *shall* be; the group's own log then removes what is too much (rule R17). Each may be repeated.
public sealed interface Compensation {
    /// The node shall not be a learner of the group.
    record RemoveLearner(GroupId group, NodeId node) implements Compensation {}

    /// The node shall not vote in the group.
    record RemoveVoter(GroupId group, NodeId node) implements Compensation {}

    /// The node is offered as the group's leader again.
    record RestoreLeaderHint(GroupId group, NodeId node) implements Compensation {}

    /// Nodes drop their forwarding stub of the vShard.
    record RemoveGhostStub(VShardId vshard) implements Compensation {}

    /// The group's replicas shall be where they were before.
    record RestorePlacement(GroupId group, List<Member> members) implements Compensation {
        public RestorePlacement {
            members = GroupInfo.distinct(group, members);
            if (members.isEmpty()) {
                throw new IllegalArgumentException(group + " needs at least one member");
            }
        }
    }

    /// What takes back a move that has come as far as its row says, in order; empty from the
    /// cut-over on, since then it only goes forward.
    static List<Compensation> of(MigrationStateTable.Row row) {
        MigrationPayload.AddLearner origin = row.origin();
        List<Compensation> steps = new ArrayList<>();
        switch (row.phase()) {
            case ADD_LEARNER, CATCH_UP ->
                    steps.add(new RemoveLearner(origin.group(), origin.target()));
            case PROMOTE_LEARNER -> steps.add(new RemoveVoter(origin.group(), origin.target()));
            case LEADERSHIP_TRANSFER -> {
                steps.add(new RestoreLeaderHint(origin.group(), origin.source()));
                steps.add(new RemoveVoter(origin.group(), origin.target()));
            }
            case CUTOVER, COMPLETE -> {
                return List.of();
            }
        }
        if (!origin.priorMembers().isEmpty()) {
            steps.add(new RestorePlacement(origin.group(), origin.priorMembers()));
        }
        return List.copyOf(steps);
    }
}
