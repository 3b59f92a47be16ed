package dev.quorate.sim;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataEntry;
import dev.quorate.metadata.MetadataEntry.DenyNode;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.metadata.TopologyChange;
import dev.quorate.placement.NodeSteps;
import dev.quorate.placement.Placement;
import dev.quorate.placement.PlacementOptions;
import dev.quorate.types.NodeId;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// Someone who lets nodes join and leave, and asks again until the cluster says that it has heard.
final class Registrar {
    private enum Wish {
        JOIN,
        LEAVE,
        /// It will not return.
        REMOVE,
    }

    private static final long AGAIN_NANOS = 700_000_000L;

    private final World world;
    private final List<SimNode> nodes;
    private final Operator operator;
    private final Prng random;
    private final TreeMap<NodeId, Wish> wishes = new TreeMap<>();

    Registrar(World world, List<SimNode> nodes, Operator operator) {
        this.world = world;
        this.nodes = nodes;
        this.operator = operator;
        random = world.random.fork();
    }

    /// The node shall belong to the cluster.
    void join(NodeId node) {
        wish(node, Wish.JOIN);
    }

    /// The node shall be emptied and leave.
    void leave(NodeId node) {
        wish(node, Wish.LEAVE);
    }

    /// The node will not return: the others shall do without it.
    void remove(NodeId node) {
        wish(node, Wish.REMOVE);
    }

    private void wish(NodeId node, Wish wish) {
        world.event(node.value(), "shall " + wish);
        boolean first = wishes.isEmpty();
        wishes.put(node, wish);
        if (first) {
            ask();
        }
    }

    private void ask() {
        MetadataView view = operator.newestView();
        wishes.forEach((node, wish) -> {
            if (view != null && view.founded() && !isHeard(view, node, wish)) {
                SimNode through = random.pick(nodes);
                if (through.isUp()) {
                    operator.propose(through, entry(view, node, wish));
                }
            }
        });
        world.agenda.after(AGAIN_NANOS / 2 + random.nextLong(AGAIN_NANOS), this::ask);
    }

    private static boolean isHeard(MetadataView view, NodeId node, Wish wish) {
        NodeState state = view.topology().stateOf(node);
        return switch (wish) {
            case JOIN -> state != null;
            case LEAVE, REMOVE ->
                    state == NodeState.DRAINING
                            || state == NodeState.DECOMMISSIONED
                            || state == NodeState.REMOVED;
        };
    }

    /// Others that do not run just now, as a failure detector would have it.
    private List<NodeId> silent(NodeId but) {
        return nodes.stream()
                .filter(node -> !node.isUp() && !node.id().equals(but))
                .map(SimNode::id)
                .toList();
    }

    private MetadataEntry entry(MetadataView view, NodeId node, Wish wish) {
        if (view.topology().stateOf(node) == null) {
            return new TopologyChange.Join(Ticket.record(node));
        }
        return switch (wish) {
            case JOIN -> new TopologyChange.Join(Ticket.record(node));
            case LEAVE -> new TopologyChange.StartDecommission(node);
            case REMOVE ->
                    NodeSteps.removal(node, "it will not return", silent(node), DenyNode.Care.SAFE);
        };
    }

    /// Whether every wish is fulfilled, and nothing is left to arrange. Asked after every event:
    /// what is cheap to see comes first.
    boolean isDone(Invariants invariants) {
        MetadataView view = operator.newestView();
        return view != null
                && view.topology().nodes().stream()
                        .allMatch(node -> node.state() == NodeState.ACTIVE)
                && wishes.entrySet().stream()
                        .allMatch(wish ->
                                view.topology().stateOf(wish.getKey()) == wanted(wish.getValue()))
                && view.routing().groups().stream().allMatch(group -> isThere(group, invariants))
                && Placement.next(view, List.of(), PlacementOptions.DEFAULT).isEmpty();
    }

    private static NodeState wanted(Wish wish) {
        return wish == Wish.JOIN ? NodeState.ACTIVE : NodeState.REMOVED;
    }

    private static boolean isThere(GroupInfo group, Invariants invariants) {
        return group.isSettled()
                && new HashSet<>(facts(group, invariants).configuration().voters())
                        .equals(new HashSet<>(group.members()));
    }

    private static GroupFacts facts(GroupInfo group, Invariants invariants) {
        return Objects.requireNonNull(invariants.groups().get(group.id()));
    }

    /// What is still to come, in words; empty when nothing is.
    String complaints(Invariants invariants) {
        MetadataView view = operator.newestView();
        if (view == null) {
            return "nobody is up";
        }
        StringBuilder text = new StringBuilder();
        for (NodeInfo node : view.topology().nodes()) {
            if (node.state() != NodeState.ACTIVE) {
                text.append(node.id()).append(" is ").append(node.state()).append("; ");
            }
        }
        wishes.forEach((node, wish) -> {
            if (view.topology().stateOf(node) != wanted(wish)) {
                text.append(node).append(" shall ").append(wish).append("; ");
            }
        });
        for (GroupInfo group : view.routing().groups()) {
            if (!isThere(group, invariants)) {
                GroupFacts facts = facts(group, invariants);
                text.append(group).append(" is at ").append(facts.configuration()).append("; ");
            }
        }
        Placement.next(view, List.of(), PlacementOptions.DEFAULT)
                .forEach(step -> text.append("to do: ").append(step).append("; "));
        return text.toString();
    }

    /// Nodes that have left, or shall.
    List<NodeId> leavers() {
        return wishes.entrySet().stream()
                .filter(wish -> wish.getValue() != Wish.JOIN)
                .map(Map.Entry::getKey)
                .toList();
    }
}
