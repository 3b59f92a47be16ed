package dev.quorate.node;

import dev.quorate.metadata.GroupInfo;
import dev.quorate.metadata.MetadataView;
import dev.quorate.metadata.NodeInfo;
import dev.quorate.metadata.NodeState;
import dev.quorate.node.ClusterView.Reach;
import dev.quorate.swim.Liveness;
import dev.quorate.swim.RoutingHints;
import dev.quorate.swim.Transition;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.types.VShardId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Puts together what readers see of the cluster, from the reactor's news. The reactor owns it;
/// readers get the immutable [ClusterView], replaced whole and at most once per turn.
final class ViewTracker {
    private record Leader(long term, @Nullable NodeId node) {}

    private final ClusterId cluster;
    private final NodeId self;
    private final Map<GroupId, Leader> leaders = new TreeMap<>();
    private final RoutingHints hints = new RoutingHints();
    private final Map<NodeId, Liveness> liveness = new TreeMap<>();
    private final LaneQueue<Transition> heard = new LaneQueue<>();
    private final TreeSet<NodeId> linked = new TreeSet<>();
    private final Map<GroupId, String> stopped = new TreeMap<>();
    private @Nullable MetadataView metadata;
    private List<GroupId> groupOfVShard = List.of();
    private boolean changed;
    private volatile ClusterView view;

    ViewTracker(ClusterId cluster, NodeId self) {
        this.cluster = cluster;
        this.self = self;
        view = new ClusterView(cluster, self, 0, List.of(), List.of(), List.of());
    }

    /// The newest view. Any thread.
    ClusterView view() {
        return view;
    }

    void metadataChanged(MetadataView after) {
        for (NodeInfo before :
                metadata == null ? List.<NodeInfo>of() : metadata.topology().nodes()) {
            if (after.topology().node(before.id()) == null) {
                hints.forget(before.id());
                liveness.remove(before.id());
            }
        }
        metadata = after;
        List<GroupId> owners = new ArrayList<>(VShardId.COUNT);
        for (int v = 0; v < VShardId.COUNT; v++) {
            GroupId owner = after.routing().groupOf(new VShardId(v));
            if (owner != null) {
                owners.add(owner);
            }
        }
        // half a table would be read by position, and wrongly
        groupOfVShard = owners.size() == VShardId.COUNT ? List.copyOf(owners) : List.of();
        changed = true;
    }

    void leaderChanged(GroupId group, long term, @Nullable NodeId leader) {
        leaders.put(group, new Leader(term, leader));
        hints.forget(group);
        if (leader != null) {
            hints.learn(group, leader, term);
        }
        changed = true;
    }

    void linkChanged(NodeId peer, boolean up) {
        changed |= up ? linked.add(peer) : linked.remove(peer);
    }

    /// What the failure detector makes of a node. Any thread; shows at the next [#publish].
    void livenessChanged(Transition transition) {
        heard.put(transition);
    }

    private void listen() {
        for (Transition next = heard.poll(); next != null; next = heard.poll()) {
            hints.changed(next);
            liveness.put(next.member(), next.after());
            changed = true;
        }
    }

    void groupStopped(GroupId group, String cause) {
        stopped.put(group, cause);
        changed = true;
    }

    /// Publishes a new view if there was news since the last one.
    ///
    /// @return whether there was
    boolean publish() {
        listen();
        if (!changed) {
            return false;
        }
        changed = false;
        if (metadata != null) {
            view =
                    new ClusterView(
                            cluster,
                            self,
                            metadata.index(),
                            nodes(metadata),
                            groups(metadata),
                            groupOfVShard);
        }
        return true;
    }

    /// What keeps this node from serving all it hosts; empty when nothing does.
    String trouble() {
        if (!stopped.isEmpty()) {
            Map.Entry<GroupId, String> first = stopped.entrySet().iterator().next();
            return stopped.size() + " stopped groups, " + first.getKey() + ": " + first.getValue();
        }
        if (groupOfVShard.isEmpty()) {
            return "the cluster's metadata is not known yet";
        }
        NodeInfo own = metadata == null ? null : metadata.topology().node(self);
        if (own != null && (own.state() == NodeState.JOINING || own.state() == NodeState.LEARNER)) {
            return "this node is not given its part of the data yet; the cluster has it as "
                    + own.state().name().toLowerCase(Locale.ROOT);
        }
        long leaderless =
                view.groups().stream()
                        .filter(group -> group.replicas().contains(self))
                        .filter(group -> group.leader() == null)
                        .count();
        return leaderless == 0 ? "" : leaderless + " groups of this node have no known leader";
    }

    private List<ClusterView.Node> nodes(MetadataView known) {
        List<ClusterView.Node> nodes = new ArrayList<>();
        for (NodeInfo node : known.topology().nodes()) {
            nodes.add(
                    new ClusterView.Node(
                            node.id(),
                            node.state().name().toLowerCase(Locale.ROOT),
                            node.linksAddress(),
                            node.clientAddress(),
                            node.id().equals(self) || linked.contains(node.id()),
                            reach(node.id())));
        }
        return nodes;
    }

    private Reach reach(NodeId node) {
        if (node.equals(self)) {
            return Reach.ALIVE;
        }
        return switch (liveness.get(node)) {
            case null -> linked.contains(node) ? Reach.ALIVE : Reach.UNKNOWN;
            case ALIVE -> Reach.ALIVE;
            case SUSPECT -> Reach.SUSPECT;
            case DEAD -> Reach.DEAD;
            case LEFT -> Reach.LEFT;
        };
    }

    private List<ClusterView.Group> groups(MetadataView known) {
        List<ClusterView.Group> groups = new ArrayList<>();
        for (GroupInfo group : known.routing().groups()) {
            Leader leader = leaders.getOrDefault(group.id(), new Leader(0, null));
            List<NodeId> replicas = new ArrayList<>();
            group.members().forEach(member -> replicas.add(member.node()));
            // who takes part in a group hears of its leader at first hand; others go by hints, and
            // a leader that seems dead is none to be sent to
            groups.add(
                    new ClusterView.Group(
                            group.id(),
                            replicas,
                            replicas.contains(self) ? leader.node() : hints.leaderOf(group.id()),
                            leader.term()));
        }
        return groups;
    }
}
