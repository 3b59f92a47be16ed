package dev.quorate.placement;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.Majorities;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataEntry.DenyNode;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.TopologyChange;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Decides when a node that comes counts, and when a node that goes is gone. A pure function of the
/// view, like [Placement].
public final class NodeSteps {
    /// A group that a node cannot leave, and why, for a person.
    public record Blocker(GroupInfo group, String sentence) {}

    private NodeSteps() {}

    /// What to propose now.
    ///
    /// @param placed what [Placement#next] says of the same view: a node to which replicas are
    ///   still to be given has not taken its share yet
    /// @param upToDate nodes whose replica of group 0 keeps up
    public static List<TopologyChange> next(
            MetadataView view, List<PlacementStep> placed, Collection<NodeId> upToDate) {
        List<TopologyChange> changes = new ArrayList<>();
        for (NodeInfo node : view.topology().nodes()) {
            NodeId id = node.id();
            switch (node.state()) {
                case JOINING -> {
                    if (upToDate.contains(id)) {
                        changes.add(new TopologyChange.StartLearning(id));
                    }
                }
                case LEARNER -> {
                    boolean awaits = placed.stream().anyMatch(step -> id.equals(step.to()));
                    if (!awaits && upToDate.contains(id) && hasArrived(view, id)) {
                        changes.add(new TopologyChange.PromoteToVoter(id));
                    }
                }
                case DRAINING -> {
                    if (held(view, id).isEmpty()) {
                        changes.add(new TopologyChange.FinishDecommission(id));
                    }
                }
                case DECOMMISSIONED -> changes.add(new TopologyChange.Leave(id));
                case ACTIVE, REMOVED -> {}
            }
        }
        return List.copyOf(changes);
    }

    /// The groups in which the node has a place: what is left to do until it is empty.
    public static List<GroupInfo> held(MetadataView view, NodeId node) {
        return view.routing().groups().stream().filter(group -> group.involves(node)).toList();
    }

    /// Which groups would keep the node from being emptied; none when it may be decommissioned.
    ///
    /// @param lost nodes that have not been heard of for too long
    public static List<Blocker> blockers(MetadataView view, NodeId node, List<NodeId> lost) {
        Fleet fleet = new Fleet(view, lost);
        long others = fleet.usable().stream().filter(other -> !other.equals(node)).count();
        int needed = Placement.replicationFactor(view);
        List<Blocker> blockers = new ArrayList<>();
        for (GroupInfo group : held(view, node)) {
            boolean onlyListens =
                    group.id().equals(GroupId.METADATA) && group.memberOn(node) == null;
            if (others < needed && !onlyListens) {
                blockers.add(
                        new Blocker(
                                group,
                                group.id()
                                        + " needs "
                                        + needed
                                        + " nodes and without "
                                        + node
                                        + " only "
                                        + others
                                        + " can take replicas"));
            }
        }
        return List.copyOf(blockers);
    }

    /// The groups that would be without a majority of voters, and so never be whole again, if the
    /// node did not return; none when it may be given up. What [#removal] proposes is judged by the
    /// same rule once more, when it is applied.
    ///
    /// @param silent other nodes that do not answer
    public static List<Blocker> removalBlockers(
            MetadataView view, NodeId node, Collection<NodeId> silent) {
        return Majorities.strandedWithout(view, node, silent).stream()
                .map(stranded -> new Blocker(stranded.group(), stranded.sentence()))
                .toList();
    }

    /// What to propose to give up a node that will not return: its keys are denied, so that it
    /// cannot, and its replicas are replaced.
    ///
    /// @param reason for the audit
    /// @param silent other nodes that do not answer
    /// @param care whether a group may be left without a majority
    public static MetadataEntry removal(
            NodeId node, String reason, Collection<NodeId> silent, DenyNode.Care care) {
        return new MetadataEntry.Batch(
                List.of(
                        new DenyNode(node, reason, silent, care),
                        new TopologyChange.StartDecommission(node)));
    }

    /// Whether the node has a vote in every group that shall be on it.
    private static boolean hasArrived(MetadataView view, NodeId node) {
        for (GroupInfo group : view.routing().groups()) {
            var member = group.memberOn(node);
            if (member != null && !group.voters().contains(member)) {
                return false;
            }
        }
        return true;
    }
}
