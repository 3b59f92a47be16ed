package dev.quorate.app;

import dev.quorate.app.admin.NodesDocument;
import dev.quorate.app.admin.SecurityDocument.Done;
import dev.quorate.app.cluster.CommandFailure;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `quorate leave`: a node is emptied and leaves its cluster.
@Command(
        name = "leave",
        aliases = "decommission",
        description = {
            "Has a node hand over what it leads and holds; once it is empty it belongs to the"
                    + " cluster no more, and stops by itself.",
            "Exit code 0 once it has left; 1 if it may not, or has not within the time: it goes on"
                    + " leaving then. `quorate nodes stay` takes it back.",
        })
final class LeaveCommand implements Callable<Integer> {
    private static final Duration LOOK = Duration.ofMillis(500);

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    @Mixin private AdminOptions options = new AdminOptions();

    @Parameters(
            arity = "0..1",
            paramLabel = "NODE",
            description = "The node's number; the one that is asked if not given.")
    private @Nullable Long node;

    @Option(
            names = "--timeout",
            defaultValue = "PT10M",
            paramLabel = "DURATION",
            description = "How long to wait (default: ${DEFAULT-VALUE}).")
    private Duration timeout = Duration.ofMinutes(10);

    @Option(names = "--no-wait", description = "Only begins it.")
    private boolean noWait;

    @Override
    public Integer call() {
        Long asked = node;
        long leaving =
                asked == null
                        ? options.first((client, door) -> client.nodes(door)).seenBy()
                        : asked;
        Done done =
                options.first(
                        (client, door) -> client.changeNode(door, leaving, "leave", Map.of()));
        if (noWait) {
            options.print(done, done.done() + "\n");
            return 0;
        }
        PrintWriter out = spec.commandLine().getOut();
        long untilNanos = System.nanoTime() + timeout.toNanos();
        int left = -1;
        while (true) {
            Optional<NodesDocument.Node> seen = look(leaving);
            if (seen.isEmpty()) {
                Done gone = new Done("Node " + leaving + " has left the cluster.");
                options.print(gone, gone.done() + "\n");
                return 0;
            }
            if (seen.get().groups() != left && !options.isJson()) {
                left = seen.get().groups();
                out.println("Node " + leaving + " still has a place in " + left + " groups.");
                out.flush();
            }
            if (System.nanoTime() - untilNanos >= 0 || interrupted()) {
                throw new CommandFailure(
                        "Node "
                                + leaving
                                + " has not left yet; it goes on leaving. See `quorate nodes`.");
            }
        }
    }

    /// The node as the cluster has it; empty once it is gone. A node that does not answer any more
    /// has stopped, which it does by itself only when it has left.
    private Optional<NodesDocument.Node> look(long leaving) {
        try {
            NodesDocument document = options.first((client, door) -> client.nodes(door));
            return document.nodes().stream().filter(one -> one.id() == leaving).findFirst();
        } catch (CommandFailure e) {
            if (options.hasLeft()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static boolean interrupted() {
        try {
            return new CountDownLatch(1).await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
