package dev.quorate.metadata;

import static dev.quorate.metadata.NodeState.ACTIVE;
import static dev.quorate.metadata.NodeState.DECOMMISSIONED;
import static dev.quorate.metadata.NodeState.DRAINING;
import static dev.quorate.metadata.NodeState.JOINING;
import static dev.quorate.metadata.NodeState.LEARNER;
import static dev.quorate.metadata.NodeState.REMOVED;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One legal step in a node's life; [#TABLE] has all of them, and every other one is rejected.
///
/// A node comes into the table by [TopologyChange.Join], as joining or learner. A command whose
/// target state is already reached changes nothing and counts as applied, so that it may be sent
/// again.
public record NodeEdge(NodeState from, Command command, NodeState to) {
    /// The commands that move a node from one state to another.
    public enum Command {
        /// [TopologyChange.StartLearning].
        START_LEARNING(LEARNER),
        /// [TopologyChange.PromoteToVoter].
        PROMOTE_TO_VOTER(ACTIVE),
        /// [TopologyChange.StartDecommission].
        START_DECOMMISSION(DRAINING),
        /// [TopologyChange.CancelDecommission].
        CANCEL_DECOMMISSION(ACTIVE),
        /// [TopologyChange.FinishDecommission].
        FINISH_DECOMMISSION(DECOMMISSIONED),
        /// [TopologyChange.Leave].
        LEAVE(REMOVED);

        private final NodeState target;

        Command(NodeState target) {
            this.target = target;
        }

        /// The state that the command leads to.
        public NodeState target() {
            return target;
        }
    }

    /// The whole table.
    public static final List<NodeEdge> TABLE =
            List.of(
                    new NodeEdge(JOINING, Command.START_LEARNING, LEARNER),
                    new NodeEdge(JOINING, Command.LEAVE, REMOVED),
                    new NodeEdge(JOINING, Command.START_DECOMMISSION, DRAINING),
                    new NodeEdge(LEARNER, Command.PROMOTE_TO_VOTER, ACTIVE),
                    new NodeEdge(LEARNER, Command.LEAVE, REMOVED),
                    new NodeEdge(LEARNER, Command.START_DECOMMISSION, DRAINING),
                    new NodeEdge(ACTIVE, Command.START_DECOMMISSION, DRAINING),
                    new NodeEdge(DRAINING, Command.CANCEL_DECOMMISSION, ACTIVE),
                    new NodeEdge(DRAINING, Command.FINISH_DECOMMISSION, DECOMMISSIONED),
                    new NodeEdge(DECOMMISSIONED, Command.LEAVE, REMOVED));

    /// The edge that `command` takes from `state`, or null when there is none.
    static @Nullable NodeEdge find(NodeState state, Command command) {
        for (NodeEdge edge : TABLE) {
            if (edge.from == state && edge.command == command) {
                return edge;
            }
        }
        return null;
    }
}
