package dev.quorate.app;

import dev.quorate.app.admin.NodeReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/// Renders a [NodeReport] for people.
final class StatusTable {
    private static final int NAMED_MAX = 12;

    private StatusTable() {}

    /// The lines, each ended by a newline.
    static String of(NodeReport report) {
        StringBuilder text = new StringBuilder();
        text.append("cluster ").append(report.clusterId());
        text.append("  seen by node ").append(report.nodeId());
        text.append(" (").append(report.lifecycle()).append(", version ");
        text.append(report.version()).append(", up ").append(report.uptimeSeconds());
        text.append(" s)\n");
        if (report.cause() != null) {
            text.append(report.ready() ? "degraded: " : "not ready: ")
                    .append(report.cause())
                    .append('\n');
        }
        text.append('\n');
        appendNodes(report, text);
        text.append('\n');
        appendGroups(report, text);
        appendLinks(report, text);
        return text.toString();
    }

    private static void appendNodes(NodeReport report, StringBuilder text) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NODE", "REACH", "LINK", "STATE", "LEADS", "REPLICAS", "REDIS", "LINKS"));
        for (NodeReport.Node node : report.nodes()) {
            long replicas =
                    report.groups().stream()
                            .filter(group -> group.replicas().contains(node.id()))
                            .count();
            rows.add(
                    List.of(
                            Long.toString(node.id()),
                            Objects.requireNonNullElse(node.reach(), "?"),
                            node.linkUp() ? "up" : "down",
                            node.state(),
                            Long.toString(report.ledBy(node.id())),
                            Long.toString(replicas),
                            node.client(),
                            node.links()));
        }
        append(rows, text);
    }

    private static void appendLinks(NodeReport report, StringBuilder text) {
        if (report.links().isEmpty()) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("LINK TO", "REACH", "RTT ms", "OUT", "IN", "QUEUED", "DIALS", "LOST"));
        for (NodeReport.Link link : report.links()) {
            rows.add(
                    List.of(
                            Long.toString(link.peer()),
                            link.up() ? "up" : link.reach(),
                            String.format(Locale.ROOT, "%.2f", link.rttMicros() / 1000.0),
                            Long.toString(link.bytesOut()),
                            Long.toString(link.bytesIn()),
                            Long.toString(link.queuedBytes() + link.inFlightBytes()),
                            Long.toString(link.dials()),
                            Long.toString(link.losses())));
        }
        text.append('\n');
        append(rows, text);
    }

    private static void append(List<List<String>> rows, StringBuilder text) {
        int columns = rows.getFirst().size();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                line.append(row.get(column));
                line.repeat(' ', width(rows, column) - row.get(column).length() + 2);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
    }

    private static int width(List<List<String>> rows, int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }

    private static void appendGroups(NodeReport report, StringBuilder text) {
        long without = report.leaderless();
        text.append("groups: ").append(report.groups().size() - without);
        text.append(" with a leader, ").append(without).append(" without");
        if (without > 0) {
            List<String> named =
                    report.groups().stream()
                            .filter(group -> group.leader() == null)
                            .limit(NAMED_MAX)
                            .map(group -> Long.toString(group.id()))
                            .toList();
            text.append(" (").append(String.join(", ", named));
            text.append(without > NAMED_MAX ? ", …)" : ")");
        }
        text.append('\n');
        appendMembers(report, text);
    }

    /// Groups whose members are not simply those they were placed on.
    private static void appendMembers(NodeReport report, StringBuilder text) {
        int named = 0;
        for (NodeReport.Group group : report.groups()) {
            boolean plain =
                    !group.changing()
                            && group.learners().isEmpty()
                            && (group.voters().isEmpty()
                                    || Set.copyOf(group.voters())
                                            .equals(Set.copyOf(group.replicas())));
            if (!plain && named++ < NAMED_MAX) {
                text.append("group ").append(group.id());
                text.append(": voters ").append(join(group.voters()));
                text.append(", learners ").append(join(group.learners()));
                text.append(group.changing() ? ", its members are being changed\n" : "\n");
            }
        }
        if (named > NAMED_MAX) {
            text.append("… and ").append(named - NAMED_MAX).append(" groups like them\n");
        }
    }

    private static String join(List<Long> ids) {
        return ids.isEmpty()
                ? "none"
                : ids.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
