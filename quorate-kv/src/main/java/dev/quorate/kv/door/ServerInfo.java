package dev.quorate.kv.door;

import dev.quorate.kv.command.Reply;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `INFO`: what monitoring tools read about a server, in Redis's names.
final class ServerInfo {
    private static final List<String> SECTIONS =
            List.of(
                    "server",
                    "clients",
                    "memory",
                    "persistence",
                    "stats",
                    "replication",
                    "cluster",
                    "keyspace");

    private final KvServerOptions options;
    private final int port;
    private final long openedNanos;

    ServerInfo(KvServerOptions options, int port, long nowNanos) {
        this.options = options;
        this.port = port;
        this.openedNanos = nowNanos;
    }

    /// Whether the answer tells how many keys there are.
    boolean wantsKeyspace(List<String> sections) {
        return wants(sections, "keyspace");
    }

    /// The text for these sections; all of them if none is named.
    ///
    /// @param keys how many keys this node serves, if asked for
    Reply render(List<String> sections, KvCounters counters, Topology topology, long keys) {
        StringBuilder text = new StringBuilder();
        for (String section : SECTIONS) {
            if (wants(sections, section)) {
                if (!text.isEmpty()) {
                    text.append("\r\n");
                }
                text.append("# ").append(Character.toUpperCase(section.charAt(0)));
                text.append(section, 1, section.length()).append("\r\n");
                facts(section, counters, topology, keys)
                        .forEach((name, value) ->
                                text.append(name).append(':').append(value).append("\r\n"));
            }
        }
        return Reply.text(text.toString());
    }

    private static boolean wants(List<String> sections, String section) {
        return sections.isEmpty()
                || sections.contains(section)
                || sections.contains("all")
                || sections.contains("everything")
                || sections.contains("default");
    }

    private Map<String, Object> facts(
            String section, KvCounters counters, Topology topology, long keys) {
        Map<String, Object> facts = new LinkedHashMap<>();
        switch (section) {
            case "server" -> server(facts);
            case "clients" -> {
                facts.put("connected_clients", counters.connections());
                facts.put("maxclients", options.connectionsMax());
            }
            case "memory" -> memory(facts);
            case "persistence" -> {
                facts.put("loading", 0);
                facts.put("aof_enabled", 1);
            }
            case "stats" -> stats(facts, counters);
            case "replication" -> replication(facts, topology);
            case "cluster" -> facts.put("cluster_enabled", 1);
            case "keyspace" -> {
                if (keys > 0) {
                    facts.put("db0", "keys=" + keys + ",expires=0,avg_ttl=0");
                }
            }
            default -> throw new IllegalStateException("no section is called " + section);
        }
        return facts;
    }

    private void server(Map<String, Object> facts) {
        long upSeconds = (System.nanoTime() - openedNanos) / 1_000_000_000;
        facts.put("redis_version", Session.redisVersion());
        facts.put("server_name", "quorate");
        facts.put("redis_mode", "cluster");
        facts.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        facts.put("arch_bits", 64);
        facts.put("java_version", Runtime.version());
        facts.put("process_id", ProcessHandle.current().pid());
        facts.put("tcp_port", port);
        facts.put("uptime_in_seconds", upSeconds);
        facts.put("uptime_in_days", upSeconds / 86_400);
    }

    private static void memory(Map<String, Object> facts) {
        Runtime runtime = Runtime.getRuntime();
        facts.put("used_memory", runtime.totalMemory() - runtime.freeMemory());
        facts.put("total_heap_memory", runtime.totalMemory());
        facts.put("max_heap_memory", runtime.maxMemory());
        facts.put("maxmemory", 0);
        facts.put("maxmemory_policy", "noeviction");
    }

    private static void stats(Map<String, Object> facts, KvCounters counters) {
        facts.put("total_connections_received", counters.connectionsAccepted());
        facts.put("total_commands_processed", counters.commands());
        facts.put("total_net_input_bytes", counters.bytesIn());
        facts.put("total_net_output_bytes", counters.bytesOut());
        facts.put("rejected_connections", counters.connectionsRefused());
        facts.put("total_reads_processed", counters.reads());
        facts.put("total_writes_processed", counters.writes());
        facts.put("total_error_replies", counters.errors());
        facts.put("total_moved_replies", counters.moved());
        facts.put("total_unknown_replies", counters.unknown());
    }

    private static void replication(Map<String, Object> facts, Topology topology) {
        Topology.Node self = topology.self();
        boolean leads = !topology.rangesOf(self).isEmpty() || topology.leaderFor(self) == null;
        long replicas =
                topology.rangesOf(self).stream()
                        .flatMap(range -> range.replicas().stream())
                        .distinct()
                        .count();
        facts.put("role", leads ? "master" : "slave");
        facts.put("connected_slaves", replicas);
    }
}
