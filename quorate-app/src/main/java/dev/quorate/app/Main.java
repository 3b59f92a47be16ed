package dev.quorate.app;

import dev.quorate.app.cluster.CommandFailure;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// The `quorate` command.
///
/// Exit codes: 0 done, 1 failed with a sentence on standard error, 2 the command line makes no
/// sense, 3 (of `status`) the cluster answers but something is missing.
@Command(
        name = "quorate",
        description = "Sharded, replicated, encrypted clusters: bring a state machine.",
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        subcommands = {
            DevCommand.class,
            StartCommand.class,
            StatusCommand.class,
            TransferCommand.class,
            NodesCommand.class,
            InitCommand.class,
            JoinCommand.class,
            LeaveCommand.class,
            CertCommand.class,
            TokenCommand.class,
            ConfigCommand.class,
            JournalCommand.class,
        },
        footer = {
            "",
            "Also: 'quorate sim' searches for bugs under simulated faults, 'quorate bench'"
                    + " measures.",
        })
public final class Main implements Runnable {
    /// The command failed; standard error says why.
    public static final int FAILED = 1;

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    private Main() {}

    /// Runs a command and exits.
    public static void main(String[] args) {
        int code = commandLine().execute(args);
        // a non-zero end must not wait for threads of a half-started node
        if (code != 0) {
            Runtime.getRuntime().exit(code);
        }
    }

    /// The command line, for `main` and for tests.
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpAutoWidth(true);
        line.setExecutionExceptionHandler(Main::explain);
        return line;
    }

    private static int explain(
            Exception failure, CommandLine line, CommandLine.ParseResult parsed) {
        if (failure instanceof CommandFailure) {
            line.getErr().println("quorate: " + failure.getMessage());
        } else {
            line.getErr()
                    .println(
                            "quorate "
                                    + String.join(" ", parsed.originalArgs())
                                    + " failed unexpectedly: "
                                    + failure.toString().lines().findFirst().orElse(""));
            for (StackTraceElement frame : failure.getStackTrace()) {
                line.getErr().println("    at " + frame);
            }
        }
        return FAILED;
    }

    /// Without a command there is nothing to do but to say so.
    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Say what to do, for example: %s dev"
                        .formatted(spec.name().toLowerCase(Locale.ROOT)));
    }
}
