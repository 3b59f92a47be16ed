package dev.quorate.app;

import dev.quorate.app.cluster.CommandFailure;
import dev.quorate.node.config.ConfigRefused;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.node.config.Settings;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `quorate config`: is a node's configuration right, and what is in effect?
@Command(name = "config", description = "Checks or explains the configuration of a node.")
final class ConfigCommand implements Runnable {
    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Say what to do: config check, or config explain");
    }

    @Command(
            name = "check",
            description = "Says whether the node could start with its configuration.")
    int check(@Option(names = "--dir", required = true, paramLabel = "DIR") Path directory) {
        QuorateConfig config = load(directory);
        spec.commandLine()
                .getOut()
                .println(config.directory().resolve(QuorateConfig.FILE) + " is right.");
        return 0;
    }

    @Command(
            name = "explain",
            description = "Shows every setting: its value, where that comes from, what it does.")
    int explain(@Option(names = "--dir", required = true, paramLabel = "DIR") Path directory) {
        PrintWriter out = spec.commandLine().getOut();
        for (Settings.Effective effective : load(directory).explained()) {
            String value = effective.value().isEmpty() ? "(none)" : effective.value();
            out.println(
                    "%-24s %-22s %-14s %s"
                            .formatted(
                                    effective.setting().key(),
                                    value,
                                    effective.origin(),
                                    effective.setting().description()));
        }
        return 0;
    }

    private static QuorateConfig load(Path directory) {
        Path file = directory.resolve(QuorateConfig.FILE);
        if (!Files.exists(file)) {
            throw new CommandFailure("There is no " + file + ". Is --dir a node's directory?");
        }
        try {
            return QuorateConfig.load(directory);
        } catch (ConfigRefused e) {
            throw new CommandFailure(String.valueOf(e.getMessage()), e);
        }
    }
}
