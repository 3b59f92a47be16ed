package dev.quorate.app;

import dev.quorate.app.cluster.ClusterLocator;
import dev.quorate.app.cluster.CommandFailure;
import dev.quorate.app.cluster.DevCluster;
import dev.quorate.app.cluster.DevFounding;
import dev.quorate.app.cluster.DevLayout;
import dev.quorate.app.cluster.DevOptions;
import dev.quorate.app.cluster.DirectoryLock;
import dev.quorate.app.cluster.Engine;
import dev.quorate.app.cluster.ReadyFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `quorate dev`: a whole cluster on this machine, for trying things out.
@Command(
        name = "dev",
        description = {
            "Starts a cluster of real processes on this machine, encrypted and durable, and runs"
                    + " until Ctrl-C.",
            "Its data survives a stop; --fresh deletes it.",
        })
final class DevCommand implements Callable<Integer> {
    private static final Duration READY = Duration.ofMinutes(3);
    private static final String LOCK = "dev.lock";

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    @Option(names = "--nodes", paramLabel = "N", description = "Number of nodes (default: 3).")
    private @Nullable Integer nodes;

    @Option(names = "--groups", paramLabel = "G", description = "Number of groups (default: 16).")
    private @Nullable Integer groups;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Where the cluster lives (default: .quorate/dev).")
    private @Nullable Path directory;

    @Option(
            names = "--redis-port",
            paramLabel = "PORT",
            description = "Node i serves Redis clients at PORT + i - 1; 0: any (default: 7001).")
    private @Nullable Integer redisPort;

    @Option(
            names = "--admin-port",
            paramLabel = "PORT",
            description = "Node i serves its status at PORT + i - 1; 0: any (default: 8081).")
    private @Nullable Integer adminPort;

    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            description = "rocksdb (default), or memory: nodes replay their log.")
    private @Nullable Engine engine;

    @Option(names = "--fresh", description = "Deletes the cluster that was there before.")
    private boolean fresh;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A setting of every node of a new cluster; as often as needed.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = "--ready-file",
            paramLabel = "FILE",
            description = "Written, as JSON, when every group has a leader.")
    private @Nullable Path readyFile;

    @Override
    public Integer call() throws IOException {
        Path where = directory == null ? ClusterLocator.DEFAULT_DIRECTORY : directory;
        Path home = where.toAbsolutePath().normalize();
        DevOptions options = new DevOptions(home, nodes, groups, redisPort, adminPort, engine, settings);
        try (DirectoryLock _ = DirectoryLock.take(home, LOCK, inUse(home))) {
            if (readyFile != null) {
                Files.deleteIfExists(readyFile);
            }
            DevLayout layout = DevFounding.open(options, fresh);
            return run(new DevCluster(home, layout, this::say), layout);
        }
    }

    private static String inUse(Path home) {
        return "Another `quorate dev` is running the cluster in "
                + home
                + ". Stop it first, or choose another --dir.";
    }

    private int run(DevCluster cluster, DevLayout layout) throws IOException {
        Thread hook = Thread.ofPlatform().name("dev-stop").unstarted(() -> stop(cluster));
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            say(
                    "Starting "
                            + layout.nodes().size()
                            + " nodes with "
                            + layout.groups()
                            + " groups ...");
            cluster.start();
            cluster.awaitReady(READY);
            ReadyFile ready = cluster.readyFile();
            explain(ready);
            if (readyFile != null) {
                ready.write(readyFile);
            }
            cluster.watch(startCommand());
            return 0;
        } catch (IOException | CommandFailure e) {
            cluster.close();
            throw e;
        }
    }

    private void stop(DevCluster cluster) {
        say("Stopping all nodes ...");
        cluster.close();
    }

    private void explain(ReadyFile ready) {
        ReadyFile.Node first = ready.nodes().getFirst();
        ReadyFile.Node last = ready.nodes().getLast();
        String port = first.redis().substring(first.redis().lastIndexOf(':') + 1);
        say("Ready: cluster " + ready.clusterId());
        for (ReadyFile.Node node : ready.nodes()) {
            say(
                    "  node %d  pid %-7d redis %s  admin %s  %s"
                            .formatted(
                                    node.id(), node.pid(), node.redis(), node.admin(), node.dir()));
        }
        say("Try, in another terminal:");
        say("  redis-cli -c -p " + port + " set hello world");
        say("  redis-benchmark --cluster -p " + port + " -t set,get -n 100000 -P 16");
        say("  " + command() + " status" + dirOption());
        say("  kill -9 " + last.pid() + "    # node " + last.id() + " dies, the cluster goes on");
        say("  " + startCommand() + last.dir() + "    # and comes back");
        say("Ctrl-C stops all nodes; the data stays.");
    }

    private String dirOption() {
        return directory == null ? "" : " --dir " + directory;
    }

    private static String startCommand() {
        return command() + " start --dir ";
    }

    private static String command() {
        return System.getProperty("quorate.command", "quorate");
    }

    private void say(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
