package dev.quorate.app;

import dev.quorate.app.admin.AdminClient;
import dev.quorate.app.admin.NodeReport;
import dev.quorate.app.admin.ReportJson;
import dev.quorate.app.admin.WishReply;
import dev.quorate.app.cluster.ClusterLocator;
import dev.quorate.app.cluster.CommandFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `quorate transfer`: another node leads a group.
@Command(
        name = "transfer",
        description = {
            "Makes another node lead a group. Requests under way are sent on; none is lost.",
            "A group may go back to its preferred leader later.",
            "Exit code 0 once it leads, 1 if it was refused or is not known to lead.",
        })
final class TransferCommand implements Callable<Integer> {
    private static final Duration TIMEOUT = Duration.ofSeconds(8);

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "GROUP", description = "The group's number.")
    private long group;

    @Option(
            names = "--to",
            paramLabel = "NODE",
            description = "The node that is to lead; whichever is fittest if not given.")
    private @Nullable Long target;

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
    private StatusCommand.Format format = StatusCommand.Format.TABLE;

    @Override
    public Integer call() throws IOException {
        WishReply reply;
        try (AdminClient client = new AdminClient(TIMEOUT)) {
            reply = client.transfer(leadersAdmin(client), group, target);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                format == StatusCommand.Format.JSON
                        ? ReportJson.write(reply)
                        : reply.outcome().name().toLowerCase(Locale.ROOT)
                                + ": "
                                + reply.sentence());
        out.flush();
        return reply.outcome() == WishReply.Result.DONE ? 0 : Main.FAILED;
    }

    /// Where the leader takes wishes: only it can hand over.
    private String leadersAdmin(AdminClient client) {
        ClusterLocator cluster = ClusterLocator.find(directory, admin, System.getenv());
        NodeReport seen = cluster.ask(client, new ArrayList<>());
        NodeReport.Group wanted =
                seen.groups().stream().filter(one -> one.id() == group).findFirst().orElse(null);
        if (wanted == null) {
            throw new CommandFailure("There is no group " + group + " in this cluster.");
        }
        Long leader = wanted.leader();
        if (leader == null) {
            throw new CommandFailure(
                    "Nobody is known to lead group " + group + "; there is nothing to hand over.");
        }
        if (seen.nodeId() == leader) {
            return seen.admin();
        }
        List<String> complaints = new ArrayList<>();
        for (String url : cluster.admins()) {
            try {
                if (client.status(url).nodeId() == leader) {
                    return url;
                }
            } catch (IOException | IllegalArgumentException e) {
                complaints.add(String.valueOf(e.getMessage()));
            }
        }
        throw new CommandFailure(
                "Node "
                        + leader
                        + " leads group "
                        + group
                        + ", but none of the admin addresses is its own: name it with --admin."
                        + (complaints.isEmpty() ? "" : " " + String.join("; ", complaints)));
    }
}
