package dev.quorate.app;

import dev.quorate.app.admin.ClusterInfo;
import dev.quorate.app.admin.NodeReport;
import dev.quorate.kv.KvServer;
import dev.quorate.kv.door.KvCounters;
import dev.quorate.node.ClusterView;
import dev.quorate.node.Lifecycle;
import dev.quorate.node.NodeStatus;
import dev.quorate.node.Quorate;
import dev.quorate.transport.LinkStats;
import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Turns what a running node knows into the document that the admin interface serves.
final class Reports {
    private static final int NAMED_MAX = 8;

    private Reports() {}

    static NodeReport of(Quorate quorate, @Nullable RedisDoor door, String admin) {
        KvServer redis = door == null ? null : door.server();
        ClusterView view = quorate.view();
        NodeStatus status = quorate.status();
        Lifecycle lifecycle = status.lifecycle();
        boolean shut = door != null && redis == null;
        boolean ready = isReady(view, lifecycle) && !shut;
        return new NodeReport(
                Version.current(),
                view.cluster().toString(),
                view.self().value(),
                ProcessHandle.current().pid(),
                lifecycle.word(),
                ready ? mild(lifecycle) : cause(view, lifecycle, shut),
                ready,
                status.uptime().toSeconds(),
                redis == null ? "" : text(redis.address()),
                admin,
                view.nodes().stream().map(Reports::node).toList(),
                view.groups().stream().map(group -> group(group, hosted(status, group))).toList(),
                counters(status.counts(), redis),
                status.refusals().stream().map(NodeStatus.Noted::sentence).toList(),
                quorate.links().stream().map(Reports::link).toList());
    }

    private static boolean isReady(ClusterView view, Lifecycle lifecycle) {
        return view.ready() && lifecycle.serving() && !(lifecycle instanceof Lifecycle.Draining);
    }

    static ClusterInfo clusterInfo(Quorate quorate) {
        ClusterView view = quorate.view();
        NodeStatus status = quorate.status();
        Lifecycle lifecycle = status.lifecycle();
        return new ClusterInfo(
                view.cluster().toString(),
                view.self().value(),
                status.bootEpoch(),
                view.epoch(),
                lifecycle.word(),
                lifecycle.describe(),
                lifecycle.alive(),
                isReady(view, lifecycle),
                view.nodes().stream().map(Reports::node).toList(),
                status.groups().stream().map(Reports::replica).toList(),
                status.parts().stream()
                        .map(part -> new ClusterInfo.Subsystem(part.name(), part.trouble()))
                        .toList());
    }

    private static ClusterInfo.Replica replica(NodeStatus.Group group) {
        NodeId leader = group.leader();
        return new ClusterInfo.Replica(
                group.id().value(),
                group.role(),
                group.term(),
                leader == null ? null : Long.valueOf(leader.value()),
                ids(group.voters()),
                ids(group.learners()),
                group.lastIndex(),
                group.commitIndex(),
                group.appliedIndex(),
                group.trouble());
    }

    /// What is wrong with a node that serves all the same; null for nothing.
    private static @Nullable String mild(Lifecycle lifecycle) {
        return lifecycle instanceof Lifecycle.Degraded(String why) ? why : null;
    }

    private static String cause(ClusterView view, Lifecycle lifecycle, boolean shut) {
        if (!lifecycle.serving() || lifecycle instanceof Lifecycle.Draining) {
            return lifecycle.describe();
        }
        List<ClusterView.Group> leaderless =
                view.groups().stream().filter(group -> group.leader() == null).toList();
        if (leaderless.isEmpty() && shut) {
            return "the door for Redis clients is about to open";
        }
        if (leaderless.isEmpty()) {
            return "this node has not heard of its cluster's routing yet";
        }
        String named =
                leaderless.stream()
                        .limit(NAMED_MAX)
                        .map(group -> Long.toString(group.id().value()))
                        .collect(Collectors.joining(", "));
        return leaderless.size()
                + " groups have no leader that this node knows of: "
                + named
                + (leaderless.size() > NAMED_MAX ? ", …" : "");
    }

    private static NodeReport.Node node(ClusterView.Node node) {
        return new NodeReport.Node(
                node.id().value(),
                node.state(),
                node.links(),
                node.client(),
                node.linkUp(),
                node.reach().name().toLowerCase(Locale.ROOT));
    }

    private static NodeStatus.@Nullable Group hosted(NodeStatus status, ClusterView.Group group) {
        for (NodeStatus.Group one : status.groups()) {
            if (one.id().equals(group.id())) {
                return one;
            }
        }
        return null;
    }

    private static NodeReport.Group group(
            ClusterView.Group group, NodeStatus.@Nullable Group hosted) {
        NodeId leader = group.leader();
        return new NodeReport.Group(
                group.id().value(),
                leader == null ? null : Long.valueOf(leader.value()),
                group.term(),
                ids(group.replicas()),
                hosted == null ? List.of() : ids(hosted.voters()),
                hosted == null ? List.of() : ids(hosted.learners()),
                hosted != null && !hosted.outgoing().isEmpty());
    }

    private static List<Long> ids(List<NodeId> nodes) {
        return nodes.stream().map(NodeId::value).toList();
    }

    private static NodeReport.Link link(LinkStats link) {
        FeatureSet common = link.features();
        return new NodeReport.Link(
                link.peer().value(),
                link.up(),
                link.breaker().name().toLowerCase(Locale.ROOT),
                common == null ? 0 : common.protocol(),
                link.rttMicros(),
                link.bytesOut(),
                link.framesOut(),
                link.bytesIn(),
                link.framesIn(),
                link.queuedBytes(),
                link.inFlightBytes(),
                link.framesRefused(),
                link.dials(),
                link.losses());
    }

    private static Map<String, Long> counters(NodeStatus.Counts counts, @Nullable KvServer redis) {
        Map<String, Long> named = new TreeMap<>();
        named.put("node_turns", counts.turns());
        named.put("node_inputs", counts.inputs());
        named.put("requests_applied", counts.applied());
        named.put("requests_rejected", counts.rejected());
        named.put("requests_unknown", counts.unknown());
        named.put("requests_pending", (long) counts.pending());
        named.put("journal_commits", counts.commits());
        named.put("messages_sent", counts.sent());
        named.put("messages_unsent", counts.unsent());
        named.put("frames_received", counts.received());
        named.put("frames_dropped", counts.dropped());
        named.put("frames_malformed", counts.malformed());
        if (redis != null) {
            KvCounters kv = redis.counters();
            named.put("redis_connections", kv.connections());
            named.put("redis_connections_refused", kv.connectionsRefused());
            named.put("redis_commands", kv.commands());
            named.put("redis_writes", kv.writes());
            named.put("redis_reads", kv.reads());
            named.put("redis_errors", kv.errors());
            named.put("redis_moved", kv.moved());
            named.put("redis_unknown", kv.unknown());
        }
        return named;
    }

    /// `host:port`.
    static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
