package dev.quorate.metadata;

import dev.quorate.types.NodeId;
import java.util.List;

/// A change of who may plan against which version of a descriptor. Decided when it is applied and
/// not when it is proposed: a lease that was asked for before a drain and comes after it is
/// refused.
public sealed interface DescriptorChange extends MetadataEntry {
    /// Grants or prolongs a lease.
    record LeaseGrant(DescriptorLease lease, UnknownFields unknown) implements DescriptorChange {
        /// An entry of this build's making.
        public LeaseGrant(DescriptorLease lease) {
            this(lease, UnknownFields.NONE);
        }
    }

    /// Gives leases back.
    ///
    /// @param incarnation the life of the node that gives them back; a later life's are kept
    record LeaseRelease(
            NodeId node, long incarnation, List<DescriptorId> descriptors, UnknownFields unknown)
            implements DescriptorChange {
        public LeaseRelease {
            GroupInfo.requireNotNegative("incarnation", incarnation);
            descriptors = List.copyOf(descriptors);
        }

        /// An entry of this build's making.
        public LeaseRelease(NodeId node, long incarnation, List<DescriptorId> descriptors) {
            this(node, incarnation, descriptors, UnknownFields.NONE);
        }
    }

    /// From here on no lease is granted on these versions. Those that are out run off.
    ///
    /// @param upToVersion the newest version that drains
    /// @param expiresAtMicros log time at which the drain ends by itself, should its owner be gone
    record DrainStart(
            DescriptorId descriptor, long upToVersion, long expiresAtMicros, UnknownFields unknown)
            implements DescriptorChange {
        public DrainStart {
            GroupInfo.requireNotNegative("version", upToVersion);
            GroupInfo.requireNotNegative("expiry", expiresAtMicros);
        }

        /// An entry of this build's making.
        public DrainStart(DescriptorId descriptor, long upToVersion, long expiresAtMicros) {
            this(descriptor, upToVersion, expiresAtMicros, UnknownFields.NONE);
        }
    }

    /// Leases are granted again.
    record DrainEnd(DescriptorId descriptor, UnknownFields unknown) implements DescriptorChange {
        /// An entry of this build's making.
        public DrainEnd(DescriptorId descriptor) {
            this(descriptor, UnknownFields.NONE);
        }
    }
}
