package dev.quorate.core;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataCodec;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.Upgrade;
import dev.quorate.placement.NodeSteps;
import dev.quorate.placement.Placement;
import dev.quorate.placement.PlacementStep;
import dev.quorate.raft.Entry;
import dev.quorate.raft.Raft;
import dev.quorate.raft.RaftInput;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import dev.quorate.wire.PeerMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// What the leader of group 0 does for the whole cluster: tells nodes of their replica of group 0,
/// decides where replicas shall be, and leads nodes through their lives.
///
/// Level-triggered: everything follows from what group 0 says and what its leader hears, so that
/// any leader goes on where another left off. All that is remembered is what was proposed last:
/// nothing more is proposed before that is applied, so one change of a group follows from the one
/// before.
final class Steering {
    private static final long PERIOD_NANOS = 200_000_000;
    private static final long INVITE_NANOS = 500_000_000;
    private static final long NO_REQUEST = 0;

    private final NodeId self;
    private final PlacementConfig config;
    private final Turn turn;
    private long nextNanos = Long.MIN_VALUE;
    private long inviteNanos = Long.MIN_VALUE;
    private long term;
    private long proposedIndex;

    Steering(NodeId self, PlacementConfig config, Turn turn) {
        this.self = self;
        this.config = config;
        this.turn = turn;
    }

    /// Called at every beat of group 0's leader; does what is due.
    void beat(HostedGroup zero, MetadataView view) {
        Raft raft = zero.raft();
        if (!view.founded()
                || !raft.takesProposals()
                || zero.reads().appliedTerm() != raft.term()) {
            return;
        }
        long now = turn.now().nanos();
        if (raft.term() != term) {
            term = raft.term();
            proposedIndex = 0;
            nextNanos = now;
            inviteNanos = now;
        }
        if (now - inviteNanos >= 0) {
            inviteNanos = now + INVITE_NANOS;
            invite(raft, view);
        }
        if (now - nextNanos >= 0 && raft.appliedIndex() >= proposedIndex) {
            nextNanos = now + PERIOD_NANOS;
            steer(zero, view);
        }
    }

    /// A learner that holds nothing yet may not know that it exists.
    private void invite(Raft raft, MetadataView view) {
        GroupInfo info = view.routing().group(GroupId.METADATA);
        Set<ReplicaId> silent = new TreeSet<>();
        for (Raft.Heard heard : raft.heard()) {
            if (heard.matchIndex() == 0) {
                silent.add(heard.replica().replica());
            }
        }
        for (Member learner : raft.configuration().learners()) {
            if (info != null && info.involves(learner) && silent.contains(learner.replica())) {
                turn.emit(
                        new NodeEffect.Send(
                                learner.node(),
                                new PeerMessage.Invitation(learner.replica(), info.founders())));
            }
        }
    }

    private void steer(HostedGroup zero, MetadataView view) {
        Raft raft = zero.raft();
        List<NodeId> lost = lost(raft);
        List<PlacementStep> steps = Placement.next(view, lost, config.options());
        List<MetadataEntry> entries = new ArrayList<>();
        if (!steps.isEmpty()) {
            entries.add(Placement.batch(steps));
        }
        entries.addAll(NodeSteps.next(view, steps, upToDate(raft, lost)));
        MetadataEntry upgrade = Upgrade.next(view);
        if (upgrade != null) {
            entries.add(upgrade);
        }
        for (MetadataEntry entry : entries) {
            zero.step(
                    new RaftInput.Propose(
                            NO_REQUEST, Entry.Kind.COMMAND, MetadataCodec.encode(entry)));
        }
        if (!entries.isEmpty()) {
            proposedIndex = raft.lastPosition().index();
        }
    }

    /// Nodes whose replica of group 0 has been silent for too long, ascending.
    private List<NodeId> lost(Raft raft) {
        Map<NodeId, Long> silentNanos = new TreeMap<>();
        for (Raft.Heard heard : raft.heard()) {
            long silent = turn.now().nanos() - heard.atNanos();
            silentNanos.merge(heard.replica().node(), silent, Math::min);
        }
        long limit = config.lostAfter().toNanos();
        return silentNanos.entrySet().stream()
                .filter(node -> node.getValue() > limit && !node.getKey().equals(self))
                .map(Map.Entry::getKey)
                .toList();
    }

    /// Nodes that know what group 0 says.
    private static Set<NodeId> upToDate(Raft raft, List<NodeId> lost) {
        Set<NodeId> nodes = new TreeSet<>();
        raft.configuration().voters().forEach(voter -> nodes.add(voter.node()));
        raft.promotable().forEach(learner -> nodes.add(learner.node()));
        lost.forEach(nodes::remove);
        return nodes;
    }
}
