package dev.quorate.app;

import dev.quorate.app.cluster.CommandFailure;
import dev.quorate.app.cluster.DirectoryLock;
import dev.quorate.app.cluster.PidFile;
import dev.quorate.app.systemd.SystemdNotifier;
import dev.quorate.node.Lifecycle;
import dev.quorate.node.config.QuorateConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `quorate start`: this process becomes a node, until it is told to stop.
@Command(
        name = "start",
        description = {
            "Runs the node in a directory until SIGTERM or Ctrl-C.",
            "Logs to node.log there, and to standard error.",
        })
final class StartCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(StartCommand.class);

    @Option(
            names = "--dir",
            required = true,
            paramLabel = "DIR",
            description = "The node's directory.")
    private Path directory = Path.of("");

    @Option(names = "--quiet", description = "Logs to node.log only.")
    private boolean quiet;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path home = directory.toAbsolutePath().normalize();
        if (!Files.exists(home.resolve(QuorateConfig.FILE))) {
            throw new CommandFailure(
                    home
                            + " is not the directory of a node: it holds no "
                            + QuorateConfig.FILE
                            + ". `quorate init` and `quorate dev` make such directories.");
        }
        String refusal = "The node in " + home + " is running already.";
        try (DirectoryLock _ = DirectoryLock.take(home, "node.lock", refusal)) {
            NodeLog.to(home, !quiet);
            PidFile.writeOwn(home);
            try (RunningNode node = RunningNode.start(home);
                    SystemdNotifier _ = SystemdNotifier.start(System.getenv(), node.watch())) {
                return serve(home, node);
            }
        } catch (CommandFailure failure) {
            LOG.error("{}", failure.getMessage());
            throw failure;
        }
    }

    private static int serve(Path home, RunningNode node) throws InterruptedException, IOException {
        Thread hook = Thread.ofPlatform().name("stop").unstarted(() -> stop(home, node));
        Runtime.getRuntime().addShutdownHook(hook);
        LOG.info("{}", node.describe());
        return switch (node.awaitEnd()) {
            case Lifecycle.Failed(String reason) ->
                    throw new CommandFailure("The node failed: " + reason);
            case Lifecycle.Removed(String why) -> {
                LOG.warn("This node was removed from its cluster: {}", why);
                PidFile.removeOwn(home);
                yield 0;
            }
            case Lifecycle _ -> {
                // the process ends when the hook, which stopped the node, is through
                hook.join();
                yield 0;
            }
        };
    }

    private static void stop(Path home, RunningNode node) {
        LOG.info("Stopping.");
        try {
            node.close();
            PidFile.removeOwn(home);
            LOG.info("Stopped.");
        } catch (IOException | RuntimeException e) {
            LOG.error("The node did not stop in order", e);
        }
    }
}
