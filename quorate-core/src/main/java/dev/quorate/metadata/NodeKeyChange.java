package dev.quorate.metadata;

import dev.quorate.types.Bytes;
import dev.quorate.types.NodeId;

/// A change of the key that proves who a node is. Both keys count while the change is under way, so
/// that the node can swap them without losing a link.
public sealed interface NodeKeyChange extends MetadataEntry {
    /// The node whose key changes.
    NodeId node();

    /// From here on the node is known by either key.
    ///
    /// @param current the pinned key, as the proposer saw it
    /// @param next pinned by [Confirm]
    record Stage(NodeId node, Bytes current, Bytes next, UnknownFields unknown)
            implements NodeKeyChange {
        public Stage {
            Sha256.require("a key pin", current);
            Sha256.require("a key pin", next);
            if (current.equals(next)) {
                throw new IllegalArgumentException(node + ": the next key is the current one");
            }
        }

        /// An entry of this build's making.
        public Stage(NodeId node, Bytes current, Bytes next) {
            this(node, current, next, UnknownFields.NONE);
        }
    }

    /// The staged key is pinned; the one before it names nobody any more.
    record Confirm(NodeId node, Bytes next, UnknownFields unknown) implements NodeKeyChange {
        public Confirm {
            Sha256.require("a key pin", next);
        }

        /// An entry of this build's making.
        public Confirm(NodeId node, Bytes next) {
            this(node, next, UnknownFields.NONE);
        }
    }

    /// The pinned key stays; the staged one names nobody any more.
    record Abandon(NodeId node, Bytes next, UnknownFields unknown) implements NodeKeyChange {
        public Abandon {
            Sha256.require("a key pin", next);
        }

        /// An entry of this build's making.
        public Abandon(NodeId node, Bytes next) {
            this(node, next, UnknownFields.NONE);
        }
    }
}
