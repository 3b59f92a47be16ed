package dev.quorate.node;

import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.types.VShardId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a node knows of its cluster at one instant. Immutable; a new one is published, whole,
/// whenever topology, routing or a leader changes.
///
/// @param epoch log index of group 0 that `nodes`, `groups` and `groupOfVShard` reflect; `0` while
///   nothing is known yet
/// @param nodes by id
/// @param groups by id, group 0 included
/// @param groupOfVShard the owning group of each vShard, [VShardId#COUNT] of them; empty while
///   nothing is known yet
public record ClusterView(
        ClusterId cluster,
        NodeId self,
        long epoch,
        List<Node> nodes,
        List<Group> groups,
        List<GroupId> groupOfVShard) {
    /// One node.
    ///
    /// @param client `host:port` of its front door; empty when it has none
    /// @param linkUp whether this node has a link to it just now (`true` for itself)
    /// @param reach what the cluster's failure detector makes of it
    public record Node(
            NodeId id, String state, String links, String client, boolean linkUp, Reach reach) {}

    /// Whether a node seems to be there. Hearsay: it changes nobody's membership.
    public enum Reach {
        /// Nobody has looked yet.
        UNKNOWN,
        /// It answers.
        ALIVE,
        /// It did not answer, and may still defend itself.
        SUSPECT,
        /// It did not defend itself in time.
        DEAD,
        /// It said goodbye.
        LEFT
    }

    /// One group.
    ///
    /// @param replicas the nodes it lives on; the first is the preferred leader
    /// @param leader null while nobody is known to lead
    /// @param term the term in which `leader` leads
    public record Group(GroupId id, List<NodeId> replicas, @Nullable NodeId leader, long term) {}

    public ClusterView {
        nodes = List.copyOf(nodes);
        groups = List.copyOf(groups);
        groupOfVShard = List.copyOf(groupOfVShard);
    }

    /// The group that owns a vShard, or null while nothing is known yet.
    public @Nullable Group groupOf(VShardId vshard) {
        if (groupOfVShard.isEmpty()) {
            return null;
        }
        return group(groupOfVShard.get(vshard.value()));
    }

    /// The group with this id, or null.
    public @Nullable Group group(GroupId id) {
        // groups are dense and sorted in all but exotic clusters
        int guess = Math.toIntExact(Math.min(id.value(), groups.size() - 1L));
        if (guess >= 0 && groups.get(guess).id().equals(id)) {
            return groups.get(guess);
        }
        for (Group group : groups) {
            if (group.id().equals(id)) {
                return group;
            }
        }
        return null;
    }

    /// The node with this id, or null.
    public @Nullable Node node(NodeId id) {
        for (Node node : nodes) {
            if (node.id().equals(id)) {
                return node;
            }
        }
        return null;
    }

    /// Whether every group has a leader that this node knows of.
    public boolean ready() {
        return !groupOfVShard.isEmpty()
                && groups.stream().allMatch(group -> group.leader() != null);
    }
}
