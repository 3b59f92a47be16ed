package dev.quorate.placement;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// Which nodes can hold and lead replicas, and which of them may fail together.
final class Fleet {
    private final MetadataView view;
    private final Set<NodeId> present = new HashSet<>();
    private final TreeSet<NodeId> usable = new TreeSet<>();

    /// @param lost nodes that have not been heard of for so long that their replicas are replaced
    Fleet(MetadataView view, Collection<NodeId> lost) {
        this.view = view;
        for (NodeInfo node : view.topology().nodes()) {
            if (!lost.contains(node.id()) && !view.isRevoked(node.id())) {
                present.add(node.id());
                if (takesReplicas(node.state())) {
                    usable.add(node.id());
                }
            }
        }
    }

    /// How many nodes of the cluster are not heard of, or not let in.
    int lostCount() {
        return view.topology().nodes().size() - present.size();
    }

    /// Nodes that may get replicas, ascending.
    List<NodeId> usable() {
        return List.copyOf(usable);
    }

    boolean isUsable(NodeId node) {
        return usable.contains(node);
    }

    /// Whether the node is part of the cluster, let in and heard of.
    boolean isPresent(NodeId node) {
        return present.contains(node);
    }

    /// Whether enough voters are there for the group to get anywhere.
    boolean hasMajority(GroupInfo group) {
        return isMajority(group.voters()) && isMajority(group.configuration().outgoing());
    }

    private boolean isMajority(List<Member> voters) {
        long there = voters.stream().filter(voter -> isPresent(voter.node())).count();
        return voters.isEmpty() || 2 * there > voters.size();
    }

    /// Whether the replica is worth its place.
    boolean isKept(GroupInfo group, Member member) {
        return isUsable(member.node()) && !group.isQuarantined(member.replica());
    }

    /// Whether the node takes full part.
    boolean isActive(NodeId id) {
        NodeInfo node = view.topology().node(id);
        return node != null && node.state() == NodeState.ACTIVE;
    }

    /// Whether a node without a replica of group 0 shall get one, to hear what it says. Not before
    /// it has arrived: until then its token may be withdrawn, or go to another.
    boolean mustListen(NodeInfo node) {
        return switch (node.state()) {
            case JOINING -> isPresent(node.id()) && !view.tokens().isAwaited(node.id());
            case LEARNER, ACTIVE -> isPresent(node.id());
            case DRAINING, DECOMMISSIONED, REMOVED -> false;
        };
    }

    /// Whether a node with a replica of group 0 may go on listening: one that is to go, until
    /// nothing else is left on it.
    boolean mayListen(GroupInfo zero, NodeInfo node) {
        return switch (node.state()) {
            case JOINING, LEARNER, ACTIVE -> !view.isRevoked(node.id());
            case DRAINING -> !isEmptied(zero, node.id());
            case DECOMMISSIONED, REMOVED -> false;
        };
    }

    private boolean isEmptied(GroupInfo zero, NodeId node) {
        List<Member> voters = new ArrayList<>(zero.voters());
        voters.addAll(zero.configuration().outgoing());
        return zero.memberOn(node) == null
                && voters.stream().noneMatch(voter -> voter.node().equals(node))
                && view.routing().groups().stream()
                        .allMatch(group -> group.equals(zero) || !group.involves(node));
    }

    /// Whether the replica may lead the group now.
    boolean mayLead(GroupInfo group, Member member) {
        NodeInfo node = view.topology().node(member.node());
        return node != null
                && node.state() == NodeState.ACTIVE
                && isKept(group, member)
                && group.voters().contains(member);
    }

    /// What the node shares with others that may fail together with it: its zone, or else its rack;
    /// without either, every node is on its own.
    String domain(NodeId id) {
        NodeInfo node = view.topology().node(id);
        if (node == null) {
            return id.toString();
        }
        String zone = node.labels().get("zone");
        return Objects.requireNonNullElse(
                zone, Objects.requireNonNullElse(node.labels().get("rack"), id.toString()));
    }

    /// How many of the other nodes share the node's domain.
    int neighbours(List<NodeId> nodes, NodeId node) {
        String domain = domain(node);
        int count = 0;
        for (NodeId other : nodes) {
            if (!other.equals(node) && domain(other).equals(domain)) {
                count++;
            }
        }
        return count;
    }

    private static boolean takesReplicas(NodeState state) {
        return switch (state) {
            case LEARNER, ACTIVE -> true;
            case JOINING, DRAINING, DECOMMISSIONED, REMOVED -> false;
        };
    }
}
