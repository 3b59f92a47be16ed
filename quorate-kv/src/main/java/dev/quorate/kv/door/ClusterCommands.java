package dev.quorate.kv.door;

import dev.quorate.kv.command.Reply;
import dev.quorate.types.Bytes;
import dev.quorate.types.KeySlot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `CLUSTER …`: the topology in the forms that clients read.
///
/// @see <a href="https://redis.io/docs/latest/commands/cluster-nodes/">CLUSTER NODES,
///   "Serialization format"</a>
final class ClusterCommands {
    private ClusterCommands() {}

    static Reply answer(List<Bytes> request, Topology topology) throws RefusedException {
        String subcommand = CommandTable.lower(request.get(1));
        int arity =
                switch (subcommand) {
                    case "slots", "shards", "nodes", "info", "myid", "myshardid" -> 2;
                    case "keyslot" -> 3;
                    case "reset",
                            "meet",
                            "forget",
                            "failover",
                            "replicate",
                            "addslots",
                            "delslots",
                            "addslotsrange",
                            "delslotsrange",
                            "flushslots",
                            "setslot",
                            "bumpepoch",
                            "saveconfig",
                            "set-config-epoch" ->
                            throw RefusedException.because(
                                    "ERR the cluster arranges itself: CLUSTER "
                                            + request.get(1).toUtf8()
                                            + " is refused");
                    default -> throw Session.unknownSubcommand("CLUSTER", request.get(1));
                };
        if (request.size() != arity) {
            throw RefusedException.arity("cluster|" + subcommand);
        }
        return switch (subcommand) {
            case "slots" -> slots(topology);
            case "shards" -> shards(topology);
            case "nodes" -> Reply.text(nodes(topology));
            case "info" -> Reply.text(info(topology));
            case "keyslot" -> new Reply.Int(KeySlot.of(request.get(2).toByteArray()));
            default -> Reply.text(topology.self().redisId());
        };
    }

    private static Reply slots(Topology topology) {
        List<Reply> entries = new ArrayList<>();
        for (Topology.Range range : topology.ranges()) {
            List<Reply> entry = new ArrayList<>();
            entry.add(new Reply.Int(range.first()));
            entry.add(new Reply.Int(range.last()));
            entry.add(slotNode(range.leader()));
            range.replicas().forEach(replica -> entry.add(slotNode(replica)));
            entries.add(new Reply.Sequence(entry));
        }
        return new Reply.Sequence(entries);
    }

    private static Reply slotNode(Topology.Node node) {
        return Reply.list(
                Reply.text(host(node)),
                new Reply.Int(port(node)),
                Reply.text(node.redisId()),
                Reply.list());
    }

    private static Reply shards(Topology topology) {
        Map<List<Topology.Node>, List<Reply>> slotsOf = new LinkedHashMap<>();
        for (Topology.Range range : topology.ranges()) {
            List<Topology.Node> members = new ArrayList<>();
            members.add(range.leader());
            members.addAll(range.replicas());
            List<Reply> slots = slotsOf.computeIfAbsent(members, _ -> new ArrayList<>());
            slots.add(new Reply.Int(range.first()));
            slots.add(new Reply.Int(range.last()));
        }
        List<Reply> shards = new ArrayList<>();
        slotsOf.forEach((members, slots) -> {
            List<Reply> nodes = new ArrayList<>();
            for (Topology.Node node : members) {
                nodes.add(shardNode(node, node.equals(members.getFirst())));
            }
            shards.add(
                    Reply.map(
                            Reply.text("slots"),
                            new Reply.Sequence(slots),
                            Reply.text("nodes"),
                            new Reply.Sequence(nodes)));
        });
        return new Reply.Sequence(shards);
    }

    private static Reply shardNode(Topology.Node node, boolean leads) {
        return Reply.map(
                Reply.text("id"),
                Reply.text(node.redisId()),
                Reply.text("port"),
                new Reply.Int(port(node)),
                Reply.text("ip"),
                Reply.text(host(node)),
                Reply.text("endpoint"),
                Reply.text(host(node)),
                Reply.text("role"),
                Reply.text(leads ? "master" : "replica"),
                Reply.text("replication-offset"),
                new Reply.Int(0),
                Reply.text("health"),
                Reply.text(node.linkUp() ? "online" : "fail"));
    }

    private static String nodes(Topology topology) {
        StringBuilder text = new StringBuilder();
        for (Topology.Node node : topology.nodes()) {
            List<Topology.Range> served = topology.rangesOf(node);
            Topology.Node master = served.isEmpty() ? topology.leaderFor(node) : null;
            text.append(node.redisId()).append(' ').append(host(node)).append(':');
            text.append(port(node)).append("@0 ").append(flags(topology, node, master));
            text.append(' ').append(master == null ? "-" : master.redisId());
            text.append(" 0 0 ").append(topology.view().epoch());
            text.append(node.linkUp() ? " connected" : " disconnected");
            for (Topology.Range range : served) {
                text.append(' ').append(range.first()).append('-').append(range.last());
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String flags(
            Topology topology, Topology.Node node, Topology.@Nullable Node master) {
        List<String> flags = new ArrayList<>();
        if (node.id().equals(topology.view().self())) {
            flags.add("myself");
        }
        flags.add(master == null ? "master" : "slave");
        if (!node.linkUp()) {
            flags.add("fail?");
        }
        if (node.address() == null) {
            flags.add("noaddr");
        }
        return String.join(",", flags);
    }

    private static String info(Topology topology) {
        int served = topology.slotsServed();
        long down = topology.nodes().stream().filter(node -> !node.linkUp()).count();
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("cluster_state", served == KeySlot.COUNT ? "ok" : "fail");
        facts.put("cluster_slots_assigned", served);
        facts.put("cluster_slots_ok", served);
        facts.put("cluster_slots_pfail", 0);
        facts.put("cluster_slots_fail", KeySlot.COUNT - served);
        facts.put("cluster_known_nodes", topology.nodes().size());
        facts.put("cluster_nodes_unreachable", down);
        facts.put("cluster_size", topology.leaders());
        facts.put("cluster_current_epoch", topology.view().epoch());
        facts.put("cluster_my_epoch", topology.view().epoch());
        return facts.entrySet().stream()
                .map(fact -> fact.getKey() + ":" + fact.getValue() + "\r\n")
                .collect(Collectors.joining());
    }

    private static String host(Topology.Node node) {
        return node.address() == null ? "" : node.address().host();
    }

    private static int port(Topology.Node node) {
        return node.address() == null ? 0 : node.address().port();
    }
}
