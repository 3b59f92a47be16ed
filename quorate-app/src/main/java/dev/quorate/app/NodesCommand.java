package dev.quorate.app;

import dev.quorate.app.admin.NodesDocument;
import dev.quorate.app.admin.SecurityDocument.Done;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `quorate nodes`: who belongs to the cluster.
@Command(
        name = "nodes",
        description = "Lists the nodes of the cluster; removes them, or takes their leaving back.",
        subcommands = {
            NodesCommand.ListNodes.class,
            NodesCommand.Remove.class,
            NodesCommand.Stay.class,
        })
final class NodesCommand implements Callable<Integer> {
    @Mixin private AdminOptions options = new AdminOptions();

    @Override
    public Integer call() {
        return list(options);
    }

    private static int list(AdminOptions options) {
        NodesDocument document = options.first((client, door) -> client.nodes(door));
        options.print(document, table(document));
        return 0;
    }

    /// One line per node.
    static String table(NodesDocument document) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NODE", "STATE", "REACH", "LINK", "GROUPS", "LEADS", "REDIS", "LINKS"));
        for (NodesDocument.Node node : document.nodes()) {
            rows.add(
                    List.of(
                            Long.toString(node.id()),
                            node.state(),
                            node.reach(),
                            node.linkUp() ? "up" : "down",
                            Integer.toString(node.groups()),
                            Integer.toString(node.leads()),
                            node.client(),
                            node.links()));
        }
        return SecurityTables.table(rows);
    }

    /// `quorate nodes list`.
    @Command(name = "list", description = "Lists the nodes of the cluster.")
    static final class ListNodes implements Callable<Integer> {
        @Mixin private AdminOptions options = new AdminOptions();

        @Override
        public Integer call() {
            return list(options);
        }
    }

    /// `quorate nodes remove`.
    @Command(
            name = "remove",
            description = {
                "Gives up a node that will not return: it is let in no more, its replicas are"
                        + " replaced.",
                "A node that still runs should leave instead (`quorate leave`).",
            })
    static final class Remove implements Callable<Integer> {
        @Mixin private AdminOptions options = new AdminOptions();

        @Parameters(paramLabel = "NODE", description = "The node's number.")
        private long node;

        @Option(names = "--reason", paramLabel = "TEXT", description = "For the audit.")
        private String reason = "given up by an operator";

        @Option(
                names = "--force",
                description =
                        "Even if the node answers, or if groups lose their majority and with it"
                                + " what only that node holds.")
        private boolean force;

        @Override
        public Integer call() {
            Map<String, Object> said = new LinkedHashMap<>();
            said.put("reason", reason);
            said.put("force", force);
            Done done =
                    options.first((client, door) -> client.changeNode(door, node, "remove", said));
            options.print(done, done.done() + "\n");
            return 0;
        }
    }

    /// `quorate nodes stay`.
    @Command(name = "stay", description = "Takes back that a node leaves, while it is not empty.")
    static final class Stay implements Callable<Integer> {
        @Mixin private AdminOptions options = new AdminOptions();

        @Parameters(paramLabel = "NODE", description = "The node's number.")
        private long node;

        @Override
        public Integer call() {
            Done done =
                    options.first(
                            (client, door) -> client.changeNode(door, node, "stay", Map.of()));
            options.print(done, done.done() + "\n");
            return 0;
        }
    }
}
