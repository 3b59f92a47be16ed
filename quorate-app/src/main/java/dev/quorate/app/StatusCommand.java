package dev.quorate.app;

import dev.quorate.app.admin.AdminClient;
import dev.quorate.app.admin.NodeReport;
import dev.quorate.app.admin.ReportJson;
import dev.quorate.app.cluster.ClusterLocator;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `quorate status`: which nodes are up, and which groups have a leader.
@Command(
        name = "status",
        description = {
            "Shows the nodes and groups of a cluster, as the first node that answers sees them.",
            "Exit code 0 if all nodes are up and all groups have a leader, 3 if not.",
        })
final class StatusCommand implements Callable<Integer> {
    private static final int INCOMPLETE = 3;
    private static final Duration TIMEOUT = Duration.ofSeconds(3);

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Directory of a dev cluster or of one of its nodes.")
    private @Nullable Path directory;

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description = "Admin address of a node; several with commas. Also: QUORATE_ADMIN.")
    private @Nullable String admin;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "table (default) or json.")
    private Format format = Format.TABLE;

    /// How to print.
    enum Format {
        TABLE,
        JSON
    }

    @Override
    public Integer call() {
        List<String> complaints = new ArrayList<>();
        NodeReport report;
        try (AdminClient client = new AdminClient(TIMEOUT)) {
            report = ClusterLocator.find(directory, admin, environment()).ask(client, complaints);
        }
        PrintWriter out = spec.commandLine().getOut();
        switch (format) {
            case JSON -> out.println(ReportJson.write(report));
            case TABLE -> {
                out.print(StatusTable.of(report));
                complaints.forEach(complaint -> out.println("note: " + complaint));
            }
        }
        out.flush();
        boolean whole = report.ready() && report.nodes().stream().allMatch(NodeReport.Node::linkUp);
        return whole ? 0 : INCOMPLETE;
    }

    private static Map<String, String> environment() {
        return System.getenv();
    }
}
