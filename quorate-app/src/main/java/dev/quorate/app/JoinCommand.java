package dev.quorate.app;

import dev.quorate.app.cluster.CommandFailure;
import dev.quorate.app.cluster.DirectoryLock;
import dev.quorate.app.cluster.Engine;
import dev.quorate.node.Joiner;
import dev.quorate.node.config.ConfigRefused;
import dev.quorate.node.directory.StartRefused;
import dev.quorate.transport.EnrolmentRefused;
import dev.quorate.transport.EnrolmentReply.Retry;
import dev.quorate.transport.JoinToken;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `quorate join`: makes a directory the directory of a new node of a cluster that is there.
@Command(
        name = "join",
        description = {
            "Makes a new node of a cluster from a join token (`quorate token create`): checks the"
                + " cluster's authority by the token before saying anything, makes a key, and has"
                + " it certified.",
            "Interrupted, it is finished by the same command; `--cancel` gives it up. The node then"
                    + " runs with `quorate start --dir DIR`.",
        })
final class JoinCommand implements Callable<Integer> {
    private static final int TOKEN_BYTES_MAX = 16 * 1024;
    private static final Duration PAUSE = Duration.ofMillis(500);

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--dir",
            required = true,
            paramLabel = "DIR",
            description = "The directory of the node to be.")
    private Path directory = Path.of("");

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "The join token. Others may see it in the list of processes: better are"
                            + " --token-file, or QUORATE_TOKEN.")
    private @Nullable String token;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "A file with the join token; - for standard input.")
    private @Nullable String tokenFile;

    @Option(
            names = "--links",
            paramLabel = "HOST:PORT",
            description = "Where peers reach the node (UDP; TCP for certificates).")
    private String links = "";

    @Option(
            names = "--redis",
            paramLabel = "HOST:PORT",
            description = "Where Redis clients come in; none if not given.")
    private String redis = "";

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            description = "Where operators come in, a loopback address; none if not given.")
    private String admin = "";

    @Option(
            names = "--engine",
            defaultValue = "rocksdb",
            description = "rocksdb or memory (default: ${DEFAULT-VALUE}).")
    private Engine engine = Engine.ROCKSDB;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Further settings for its quorate.toml; as often as needed.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = "--label",
            paramLabel = "KEY=VALUE",
            description = "What placement may look at, such as zone=a; as often as needed.")
    private Map<String, String> labels = new LinkedHashMap<>();

    @Option(
            names = "--timeout",
            defaultValue = "PT1M",
            paramLabel = "DURATION",
            description = "How long to try to reach the cluster (default: ${DEFAULT-VALUE}).")
    private Duration timeout = Duration.ofMinutes(1);

    @Option(names = "--cancel", description = "Gives an unfinished join up, and deletes its key.")
    private boolean cancel;

    @Override
    public Integer call() throws IOException {
        Path home = directory.toAbsolutePath().normalize();
        Files.createDirectories(home);
        String refusal = "The node in " + home + " is running, or another `quorate join` is.";
        try (DirectoryLock _ = DirectoryLock.take(home, "node.lock", refusal)) {
            PrintWriter out = spec.commandLine().getOut();
            if (cancel) {
                out.println(
                        Joiner.cancel(home)
                                ? "The join was given up."
                                : "There was no unfinished join in " + home + ".");
            } else {
                Joiner.Joined joined = join(plan(home));
                out.println(
                        "Joined cluster "
                                + joined.cluster()
                                + " as node "
                                + joined.node().value()
                                + ". Start it with:");
                out.println("  quorate start --dir " + home);
            }
            out.flush();
            return 0;
        } catch (ConfigRefused | StartRefused e) {
            throw new CommandFailure(e.getMessage() + ".", e);
        }
    }

    private Joiner.Plan plan(Path home) throws IOException {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.put("engine.kind", engine.toString());
        try {
            return new Joiner.Plan(home, token(), links, redis, admin, all, labels);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure("No node joined: " + e.getMessage() + ".", e);
        }
    }

    private JoinToken token() throws IOException {
        String text = token;
        if (text == null && tokenFile != null) {
            text =
                    tokenFile.equals("-")
                            ? new String(
                                    System.in.readNBytes(TOKEN_BYTES_MAX), StandardCharsets.UTF_8)
                            : Files.readString(Path.of(tokenFile));
        }
        if (text == null) {
            text = System.getenv("QUORATE_TOKEN");
        }
        if (text == null) {
            throw new CommandFailure(
                    "A join token is needed: --token-file, --token or QUORATE_TOKEN. Make one on a"
                            + " node of the cluster with `quorate token create`.");
        }
        return JoinToken.parse(text);
    }

    /// Asks until there is a yes or a no.
    private Joiner.Joined join(Joiner.Plan plan) {
        long untilNanos = System.nanoTime() + timeout.toNanos();
        while (true) {
            try {
                return Joiner.join(plan);
            } catch (IOException e) {
                boolean never = e instanceof EnrolmentRefused no && no.retry() == Retry.NEVER;
                if (never || System.nanoTime() - untilNanos >= 0 || paused()) {
                    throw new CommandFailure(
                            "No node joined: "
                                    + e.getMessage()
                                    + (never
                                            ? ". Give this join up with --cancel."
                                            : ". The same command goes on with it."),
                            e);
                }
            }
        }
    }

    /// @return whether the pause was cut short
    private static boolean paused() {
        try {
            return new CountDownLatch(1).await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
