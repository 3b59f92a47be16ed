package dev.quorate.metadata;

import dev.quorate.types.NodeId;
import java.util.SortedMap;

/// A change of which nodes belong to the cluster and what each is for; [NodeEdge] says which
/// changes a node's state allows.
public sealed interface TopologyChange extends MetadataEntry {
    /// The node that changes.
    NodeId node();

    /// Adds a node. A node that is already known stays as it is.
    ///
    /// @param info joining or learner; no other state can be joined into
    record Join(NodeInfo info, UnknownFields unknown) implements TopologyChange {
        /// An entry of this build's making.
        public Join(NodeInfo info) {
            this(info, UnknownFields.NONE);
        }

        @Override
        public NodeId node() {
            return info.id();
        }
    }

    /// Replaces a known node's addresses, labels and wire range after it restarted. Its state and
    /// its pinned key stay.
    ///
    /// @param info with a higher incarnation than the recorded one; its state is ignored
    record Rejoin(NodeInfo info, UnknownFields unknown) implements TopologyChange {
        /// An entry of this build's making.
        public Rejoin(NodeInfo info) {
            this(info, UnknownFields.NONE);
        }

        @Override
        public NodeId node() {
            return info.id();
        }
    }

    /// Replaces a running node's addresses: they are hints and may all change at once.
    ///
    /// @param incarnation the node's life that has these addresses; an older one's are refused
    record ChangeAddresses(
            NodeId node,
            long incarnation,
            String linksAddress,
            String clientAddress,
            SortedMap<String, String> addresses,
            UnknownFields unknown)
            implements TopologyChange {
        public ChangeAddresses {
            GroupInfo.requireNotNegative("incarnation", incarnation);
            NodeInfo.requireShort(node, linksAddress);
            NodeInfo.requireShort(node, clientAddress);
            addresses = NodeInfo.sorted(node, addresses);
        }

        /// An entry of this build's making.
        public ChangeAddresses(
                NodeId node,
                long incarnation,
                String linksAddress,
                String clientAddress,
                SortedMap<String, String> addresses) {
            this(node, incarnation, linksAddress, clientAddress, addresses, UnknownFields.NONE);
        }
    }

    /// Replaces a node's labels, by which placement tells zones and racks apart.
    record ChangeLabels(NodeId node, SortedMap<String, String> labels, UnknownFields unknown)
            implements TopologyChange {
        public ChangeLabels {
            labels = NodeInfo.sorted(node, labels);
        }

        /// An entry of this build's making.
        public ChangeLabels(NodeId node, SortedMap<String, String> labels) {
            this(node, labels, UnknownFields.NONE);
        }
    }

    /// The joining node starts to receive data: Joining to Learner.
    record StartLearning(NodeId node, UnknownFields unknown) implements TopologyChange {
        /// An entry of this build's making.
        public StartLearning(NodeId node) {
            this(node, UnknownFields.NONE);
        }
    }

    /// The node has caught up and counts: Learner to Active.
    record PromoteToVoter(NodeId node, UnknownFields unknown) implements TopologyChange {
        /// An entry of this build's making.
        public PromoteToVoter(NodeId node) {
            this(node, UnknownFields.NONE);
        }
    }

    /// The node shall be emptied: Active to Draining; so does a node whose join is given up.
    record StartDecommission(NodeId node, UnknownFields unknown) implements TopologyChange {
        /// An entry of this build's making.
        public StartDecommission(NodeId node) {
            this(node, UnknownFields.NONE);
        }
    }

    /// The node stays after all: Draining to Active.
    record CancelDecommission(NodeId node, UnknownFields unknown) implements TopologyChange {
        /// An entry of this build's making.
        public CancelDecommission(NodeId node) {
            this(node, UnknownFields.NONE);
        }
    }

    /// The node holds no replica any more: Draining to Decommissioned.
    record FinishDecommission(NodeId node, UnknownFields unknown) implements TopologyChange {
        /// An entry of this build's making.
        public FinishDecommission(NodeId node) {
            this(node, UnknownFields.NONE);
        }
    }

    /// Removes a decommissioned node, or one whose join was given up. Its id is never used again.
    record Leave(NodeId node, UnknownFields unknown) implements TopologyChange {
        /// An entry of this build's making.
        public Leave(NodeId node) {
            this(node, UnknownFields.NONE);
        }
    }
}
