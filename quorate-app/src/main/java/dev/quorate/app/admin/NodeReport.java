package dev.quorate.app.admin;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a node says of itself and its cluster at one instant: the document at `/v1/status`.
///
/// @param pid the node's process
/// @param lifecycle what the node is doing, in one word
/// @param cause why it is not ready, or what it cannot serve; null when all is well
/// @param ready whether it knows a leader of every group
/// @param redis `host:port` of its Redis protocol server
/// @param admin `http://host:port` of this document
/// @param counters how often things happened since the start, by name
/// @param refusals who was turned away lately, and why; newest last
/// @param links how the reporting node's links to the others do
public record NodeReport(
        String version,
        String clusterId,
        long nodeId,
        long pid,
        String lifecycle,
        @Nullable String cause,
        boolean ready,
        long uptimeSeconds,
        String redis,
        String admin,
        List<Node> nodes,
        List<Group> groups,
        Map<String, Long> counters,
        List<String> refusals,
        List<Link> links) {
    /// A member of the cluster.
    ///
    /// @param linkUp whether the reporting node has a link to it
    /// @param reach what the failure detector makes of it: `alive`, `suspect`, `dead`, `left` or
    ///   `unknown`; null from a node that has none
    public record Node(
            long id,
            String state,
            String links,
            String client,
            boolean linkUp,
            @Nullable String reach) {}

    /// The reporting node's link to another one. Counts are since it started.
    ///
    /// @param reach `reachable`, `unreachable` or `probing`
    /// @param protocol what both sides speak; 0 while the link is down
    /// @param rttMicros the last round trip of a keepalive; 0 if none was measured yet
    /// @param queuedBytes what waits for the carrier
    /// @param inFlightBytes what the carrier has not taken yet
    /// @param framesRefused frames that were not queued
    /// @param dials attempts to reach it
    /// @param losses how often the link was lost
    public record Link(
            long peer,
            boolean up,
            String reach,
            int protocol,
            long rttMicros,
            long bytesOut,
            long framesOut,
            long bytesIn,
            long framesIn,
            long queuedBytes,
            long inFlightBytes,
            long framesRefused,
            long dials,
            long losses) {}

    /// A group.
    ///
    /// @param leader null while the reporting node knows none
    /// @param replicas ids of the nodes it was placed on
    /// @param voters ids of the nodes that vote in it; empty if the reporting node does not host it
    /// @param learners ids of the nodes that follow it without a vote
    /// @param changing whether its members are being changed
    public record Group(
            long id,
            @Nullable Long leader,
            long term,
            List<Long> replicas,
            List<Long> voters,
            List<Long> learners,
            boolean changing) {
        public Group {
            replicas = List.copyOf(replicas);
            voters = List.copyOf(voters);
            learners = List.copyOf(learners);
        }
    }

    public NodeReport {
        nodes = List.copyOf(nodes);
        groups = List.copyOf(groups);
        counters = new TreeMap<>(counters);
        refusals = List.copyOf(refusals);
        links = List.copyOf(links);
    }

    /// How many groups have no leader that the reporting node knows of.
    public long leaderless() {
        return groups.stream().filter(group -> group.leader() == null).count();
    }

    /// How many groups a node leads.
    public long ledBy(long node) {
        return groups.stream()
                .filter(group -> group.leader() != null && group.leader() == node)
                .count();
    }
}
