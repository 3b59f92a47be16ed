package dev.quorate.node.directory;

import dev.quorate.types.ClusterId;
import dev.quorate.types.NodeId;

/// What a node is to do when it starts, as its directory says.
public sealed interface StartDecision {
    /// Which cluster.
    ClusterId cluster();

    /// As which of its nodes.
    NodeId self();

    /// Come back.
    record Restart(ClusterCatalog catalog) implements StartDecision {
        @Override
        public ClusterId cluster() {
            return catalog.cluster();
        }

        @Override
        public NodeId self() {
            return catalog.self();
        }
    }

    /// Take part for the first time in a cluster that is there.
    record Join(ClusterCatalog catalog) implements StartDecision {
        @Override
        public ClusterId cluster() {
            return catalog.cluster();
        }

        @Override
        public NodeId self() {
            return catalog.self();
        }
    }

    /// Found the cluster together with the other founders.
    record Found(FoundingTicket ticket) implements StartDecision {
        @Override
        public ClusterId cluster() {
            return ticket.cluster();
        }

        @Override
        public NodeId self() {
            return ticket.self();
        }
    }
}
