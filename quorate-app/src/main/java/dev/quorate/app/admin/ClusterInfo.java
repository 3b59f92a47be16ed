package dev.quorate.app.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A node and its cluster at one instant: the document at `/v1/cluster-info`.
///
/// @param epoch log index of group 0 that nodes and groups reflect
/// @param lifecycle what the node is doing, in one word
/// @param detail the same with cause or number of nodes
/// @param alive whether the process is of use, or may be again by itself
/// @param ready whether the node should be sent requests
/// @param groups those that the node hosts, as its own replicas are
/// @param subsystems what runs in the node, in the order of its start
public record ClusterInfo(
        String clusterId,
        long nodeId,
        long bootEpoch,
        long epoch,
        String lifecycle,
        String detail,
        boolean alive,
        boolean ready,
        List<NodeReport.Node> nodes,
        List<Replica> groups,
        List<Subsystem> subsystems) {
    /// One replica of this node.
    ///
    /// @param role `leader`, `follower`, `candidate` or `pre-candidate`
    /// @param trouble why it stands still; empty when all is well
    public record Replica(
            long group,
            String role,
            long term,
            @Nullable Long leader,
            List<Long> voters,
            List<Long> learners,
            long lastIndex,
            long commitIndex,
            long appliedIndex,
            String trouble) {}

    /// One part of the node.
    ///
    /// @param trouble why it does not do its work just now; empty while it does
    public record Subsystem(String name, String trouble) {}

    public ClusterInfo {
        nodes = List.copyOf(nodes);
        groups = List.copyOf(groups);
        subsystems = List.copyOf(subsystems);
    }
}
