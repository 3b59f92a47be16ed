package dev.quorate.metadata;

import static dev.quorate.metadata.MetadataOutcome.Code.IDENTITY_CONFLICT;
import static dev.quorate.metadata.MetadataOutcome.Code.ILLEGAL_EDGE;
import static dev.quorate.metadata.MetadataOutcome.Code.INVALID;
import static dev.quorate.metadata.MetadataOutcome.Code.LIMIT_REACHED;
import static dev.quorate.metadata.MetadataOutcome.Code.NODE_IN_USE;
import static dev.quorate.metadata.MetadataOutcome.Code.NODE_REMOVED;
import static dev.quorate.metadata.MetadataOutcome.Code.STALE;
import static dev.quorate.metadata.MetadataOutcome.Code.UNKNOWN_NODE;
import static dev.quorate.metadata.MetadataOutcome.Code.VERSION_MISMATCH;

import dev.quorate.metadata.MetadataOutcome.Rejected;
import dev.quorate.metadata.NodeEdge.Command;
import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides changes of the topology.
final class TopologyRules {
    private TopologyRules() {}

    static MetadataOutcome apply(Draft draft, TopologyChange change) {
        return switch (change) {
            case TopologyChange.Join join -> join(draft, join.info());
            case TopologyChange.Rejoin rejoin -> rejoin(draft, rejoin.info());
            case TopologyChange.ChangeAddresses c -> move(draft, c);
            case TopologyChange.ChangeLabels c -> label(draft, c);
            case TopologyChange.StartLearning c -> walk(draft, c.node(), Command.START_LEARNING);
            case TopologyChange.PromoteToVoter c -> walk(draft, c.node(), Command.PROMOTE_TO_VOTER);
            case TopologyChange.StartDecommission c ->
                    walk(draft, c.node(), Command.START_DECOMMISSION);
            case TopologyChange.CancelDecommission c ->
                    walk(draft, c.node(), Command.CANCEL_DECOMMISSION);
            case TopologyChange.FinishDecommission c ->
                    walk(draft, c.node(), Command.FINISH_DECOMMISSION);
            case TopologyChange.Leave c -> walk(draft, c.node(), Command.LEAVE);
        };
    }

    /// Why one of the node's addresses cannot be used, or null. Empty means "not known yet".
    static @Nullable String addressRefusal(NodeInfo info) {
        List<String> addresses = new ArrayList<>(info.addresses().values());
        addresses.add(info.linksAddress());
        addresses.add(info.clientAddress());
        for (String address : addresses) {
            String refusal = addressRefusal(address);
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    private static @Nullable String addressRefusal(String address) {
        if (address.isEmpty()) {
            return null;
        }
        int colon = address.lastIndexOf(':');
        String port = address.substring(colon + 1);
        boolean number =
                !port.isEmpty()
                        && port.length() <= 5
                        && port.chars().allMatch(TopologyRules::isDigit);
        if (colon < 1 || !number || Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535) {
            return "\"" + address + "\" is not an address of the form host:port";
        }
        return null;
    }

    private static boolean isDigit(int character) {
        return '0' <= character && character <= '9';
    }

    private static MetadataOutcome join(Draft draft, NodeInfo info) {
        NodeState current = draft.topology.stateOf(info.id());
        if (current == NodeState.REMOVED) {
            return new Rejected(
                    NODE_REMOVED, info.id() + " left the cluster; its id is never used again");
        }
        NodeInfo known = draft.topology.node(info.id());
        if (known != null) {
            return pinsAgree(known, info) ? Draft.APPLIED : otherKey(info.id());
        }
        if (info.state() != NodeState.JOINING && info.state() != NodeState.LEARNER) {
            return new Rejected(
                    ILLEGAL_EDGE,
                    info.id() + " can join as JOINING or LEARNER, not as " + info.state());
        }
        if (draft.topology.nodes().size() >= ClusterTopology.NODES_MAX) {
            return new Rejected(
                    LIMIT_REACHED,
                    "the cluster already has "
                            + ClusterTopology.NODES_MAX
                            + " nodes, and more are not possible");
        }
        if (info.id().value() > ClusterTopology.NODE_ID_MAX) {
            return new Rejected(INVALID, "node ids end at " + ClusterTopology.NODE_ID_MAX);
        }
        Bytes reserving = draft.tokens.keyReserving(info.id());
        if (!reserving.isEmpty() && !reserving.equals(info.spkiPin())) {
            return new Rejected(
                    IDENTITY_CONFLICT, info.id() + " is reserved for the key of a join token");
        }
        Rejected refusal = recordRefusal(draft, info);
        if (refusal != null) {
            return refusal;
        }
        draft.topology = draft.topology.with(info, draft.index);
        return Draft.APPLIED;
    }

    private static MetadataOutcome rejoin(Draft draft, NodeInfo info) {
        NodeInfo known = draft.topology.node(info.id());
        if (known == null) {
            return unknown(draft, info.id());
        }
        if (!pinsAgree(known, info)) {
            return otherKey(info.id());
        }
        NodeInfo next = info.withState(known.state()).withPin(known.spkiPin());
        if (next.equals(known)) {
            return Draft.APPLIED;
        }
        if (next.incarnation() <= known.incarnation()) {
            return new Rejected(
                    STALE,
                    info.id()
                            + " is already known at incarnation "
                            + known.incarnation()
                            + ", so "
                            + info.incarnation()
                            + " is not news");
        }
        Rejected refusal = recordRefusal(draft, next);
        if (refusal != null) {
            return refusal;
        }
        draft.topology = draft.topology.with(next, draft.index);
        DescriptorRules.fence(draft, next.id(), next.incarnation());
        return Draft.APPLIED;
    }

    private static MetadataOutcome move(Draft draft, TopologyChange.ChangeAddresses change) {
        NodeInfo known = draft.topology.node(change.node());
        if (known == null) {
            return unknown(draft, change.node());
        }
        if (change.incarnation() != known.incarnation()) {
            return new Rejected(
                    STALE,
                    known.id()
                            + " is known at incarnation "
                            + known.incarnation()
                            + ", not at "
                            + change.incarnation());
        }
        NodeInfo next =
                known.withAddresses(
                        change.linksAddress(), change.clientAddress(), change.addresses());
        String refusal = addressRefusal(next);
        if (refusal != null) {
            return new Rejected(INVALID, known.id() + ": " + refusal);
        }
        return replace(draft, known, next);
    }

    private static MetadataOutcome label(Draft draft, TopologyChange.ChangeLabels change) {
        NodeInfo known = draft.topology.node(change.node());
        return known == null
                ? unknown(draft, change.node())
                : replace(draft, known, known.withLabels(change.labels()));
    }

    private static MetadataOutcome replace(Draft draft, NodeInfo known, NodeInfo next) {
        if (!next.equals(known)) {
            draft.topology = draft.topology.with(next, draft.index);
        }
        return Draft.APPLIED;
    }

    /// Why the record cannot enter the topology, or null when it can.
    private static @Nullable Rejected recordRefusal(Draft draft, NodeInfo info) {
        String refusal = addressRefusal(info);
        if (refusal != null) {
            return new Rejected(INVALID, info.id() + ": " + refusal);
        }
        if (draft.version > 0 && !info.wire().contains(draft.version)) {
            return new Rejected(
                    VERSION_MISMATCH,
                    info.id()
                            + " speaks versions "
                            + info.wire()
                            + " and the cluster is at "
                            + draft.version);
        }
        return IdentityRules.keyRefusal(draft, info.id(), info.spkiPin());
    }

    private static MetadataOutcome walk(Draft draft, NodeId id, Command command) {
        NodeInfo node = draft.topology.node(id);
        if (node == null) {
            boolean done = draft.topology.stateOf(id) == command.target();
            return done ? Draft.APPLIED : unknown(draft, id);
        }
        if (node.state() == command.target()) {
            return Draft.APPLIED;
        }
        NodeEdge edge = NodeEdge.find(node.state(), command);
        if (edge == null) {
            return new Rejected(
                    ILLEGAL_EDGE,
                    id + " is " + node.state() + ", from where no " + command + " is possible");
        }
        return switch (edge.to()) {
            case JOINING, LEARNER, ACTIVE, DRAINING -> enter(draft, node, edge.to());
            case DECOMMISSIONED, REMOVED -> {
                Rejected refusal = useRefusal(draft, id);
                yield refusal == null ? enter(draft, node, edge.to()) : refusal;
            }
        };
    }

    private static MetadataOutcome enter(Draft draft, NodeInfo node, NodeState next) {
        if (next == NodeState.DECOMMISSIONED || next == NodeState.REMOVED) {
            DescriptorRules.fence(draft, node.id(), Long.MAX_VALUE);
        }
        if (next != NodeState.REMOVED) {
            draft.topology = draft.topology.with(node.withState(next), draft.index);
        } else if (draft.topology.removed().size() >= ClusterTopology.REMOVED_MAX) {
            return new Rejected(
                    LIMIT_REACHED,
                    ClusterTopology.REMOVED_MAX + " nodes have left; no more can be remembered");
        } else {
            draft.topology = draft.topology.without(node.id(), draft.index);
            draft.identities = draft.identities.withoutStaged(node.id());
            draft.trust = draft.trust.without(node.id(), draft.index);
        }
        return Draft.APPLIED;
    }

    private static @Nullable Rejected useRefusal(Draft draft, NodeId id) {
        List<GroupInfo> holding =
                draft.routing.groups().stream().filter(group -> group.involves(id)).toList();
        if (holding.isEmpty()) {
            return null;
        }
        return new Rejected(
                NODE_IN_USE,
                id
                        + " still has a place in "
                        + holding.size()
                        + " groups, the first is "
                        + holding.getFirst().id());
    }

    private static boolean pinsAgree(NodeInfo known, NodeInfo said) {
        return said.spkiPin().isEmpty()
                || known.spkiPin().isEmpty()
                || said.spkiPin().equals(known.spkiPin());
    }

    private static Rejected otherKey(NodeId id) {
        return new Rejected(IDENTITY_CONFLICT, id + " is tied to another key");
    }

    private static Rejected unknown(Draft draft, NodeId id) {
        return draft.topology.stateOf(id) == NodeState.REMOVED
                ? new Rejected(NODE_REMOVED, id + " left the cluster; its id is never used again")
                : new Rejected(UNKNOWN_NODE, id + " is not part of the cluster");
    }
}
