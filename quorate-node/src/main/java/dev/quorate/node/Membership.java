package dev.quorate.node;

import dev.quorate.api.Outcome;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataEntry.DenyNode;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.metadata.TopologyChange;
import dev.quorate.node.ClusterView.Reach;
import dev.quorate.node.identity.GroupZero;
import dev.quorate.placement.NodeSteps;
import dev.quorate.types.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Who belongs to the cluster, as operators change it. What they start here, the leader of group 0
/// carries through. Thread-safe; methods that change something wait for group 0.
public final class Membership {
    private static final Duration APPLIED_WAIT = Duration.ofSeconds(5);
    private static final int NAMED_MAX = 5;

    private final GroupZero groupZero;
    private final Supplier<ClusterView> seen;

    Membership(GroupZero groupZero, Supplier<ClusterView> seen) {
        this.groupZero = groupZero;
        this.seen = seen;
    }

    /// One node of the cluster.
    ///
    /// @param state of its life, in one word
    /// @param reach what the failure detector makes of it
    /// @param groups how many groups it has a place in
    /// @param leads how many groups it is known to lead
    public record Standing(
            NodeId id,
            String state,
            Reach reach,
            boolean linkUp,
            String links,
            String client,
            String admin,
            int groups,
            int leads) {}

    /// Whether what an operator asks for may cost data.
    public enum Care {
        /// Refuse what could.
        SAFE,
        /// The operator knows better.
        FORCED
    }

    /// All nodes of the cluster, by id; those that left are not among them.
    public List<Standing> standings() {
        MetadataView view = groupZero.view();
        ClusterView cluster = seen.get();
        List<Standing> standings = new ArrayList<>();
        for (NodeInfo node : view.topology().nodes()) {
            ClusterView.Node known = cluster.node(node.id());
            long leads =
                    cluster.groups().stream()
                            .filter(group -> node.id().equals(group.leader()))
                            .count();
            standings.add(
                    new Standing(
                            node.id(),
                            node.state().name().toLowerCase(Locale.ROOT),
                            known == null ? Reach.UNKNOWN : known.reach(),
                            known != null && known.linkUp(),
                            node.linksAddress(),
                            node.clientAddress(),
                            node.addresses().getOrDefault("admin", ""),
                            NodeSteps.held(view, node.id()).size(),
                            (int) leads));
        }
        return standings;
    }

    /// Has a node emptied; then it belongs to the cluster no more and stops by itself.
    ///
    /// @throws MembershipRefused if that cannot be, in a sentence
    public void leave(NodeId node) {
        MetadataView view = groupZero.view();
        NodeInfo known = known(view, node);
        if (known.state() == NodeState.DRAINING || known.state() == NodeState.DECOMMISSIONED) {
            return;
        }
        refuseIf(NodeSteps.blockers(view, node, lost(node)), node + " cannot leave");
        commit(new TopologyChange.StartDecommission(node), node + " does not leave");
    }

    /// Takes [#leave] back.
    ///
    /// @throws MembershipRefused if it is too late, in a sentence
    public void stay(NodeId node) {
        known(groupZero.view(), node);
        commit(new TopologyChange.CancelDecommission(node), node + " leaves all the same");
    }

    /// Gives up a node that will not return: it is let in no more, and its replicas are replaced.
    ///
    /// @param reason for the audit
    /// @throws MembershipRefused if it answers, or a group would lose its majority, and nobody
    ///   insists
    public void remove(NodeId node, String reason, Care care) {
        MetadataView view = groupZero.view();
        known(view, node);
        if (node.equals(seen.get().self())) {
            throw new MembershipRefused(
                    "A node does not give itself up: have it leave, or ask another node.");
        }
        if (care == Care.SAFE) {
            ClusterView.Node there = seen.get().node(node);
            if (there != null && there.linkUp() && there.reach() != Reach.DEAD) {
                throw new MembershipRefused(
                        node
                                + " was not removed: it answers. Have it leave instead, which loses"
                                + " nothing, or insist.");
            }
            refuseIf(NodeSteps.removalBlockers(view, node, lost(node)), node + " was not removed");
        }
        // judged once more where it is applied: others may be given up at this very moment
        DenyNode.Care judged = care == Care.SAFE ? DenyNode.Care.SAFE : DenyNode.Care.FORCED;
        commit(NodeSteps.removal(node, reason, lost(node), judged), node + " was not removed");
    }

    private static NodeInfo known(MetadataView view, NodeId node) {
        NodeInfo known = view.topology().node(node);
        if (known == null) {
            throw new MembershipRefused("There is no node " + node.value() + " in this cluster.");
        }
        return known;
    }

    /// Other nodes that seem to be dead just now.
    private List<NodeId> lost(NodeId but) {
        return seen.get().nodes().stream()
                .filter(node -> node.reach() == Reach.DEAD && !node.id().equals(but))
                .map(ClusterView.Node::id)
                .toList();
    }

    private static void refuseIf(List<NodeSteps.Blocker> blockers, String what) {
        if (!blockers.isEmpty()) {
            String named =
                    blockers.stream()
                            .limit(NAMED_MAX)
                            .map(NodeSteps.Blocker::sentence)
                            .collect(Collectors.joining("; "));
            throw new MembershipRefused(
                    what
                            + ": "
                            + named
                            + (blockers.size() > NAMED_MAX
                                    ? "; and so for " + (blockers.size() - NAMED_MAX) + " more."
                                    : "."));
        }
    }

    private void commit(MetadataEntry entry, String otherwise) {
        switch (groupZero.propose(entry)) {
            case Outcome.Applied(var position, _, _, _) ->
                    groupZero.await(position.index(), APPLIED_WAIT);
            case Outcome.Rejected refused ->
                    throw new MembershipRefused(otherwise + ": " + refused.sentence() + ".");
            case Outcome.Unknown(String sentence) ->
                    throw new MembershipRefused(
                            otherwise + ", or perhaps it does: " + sentence + ". Look, try again.");
        }
    }
}
