package dev.quorate.app;

import dev.quorate.app.cluster.CommandFailure;
import dev.quorate.app.cluster.Engine;
import dev.quorate.node.Founders;
import dev.quorate.node.directory.StartRefused;
import dev.quorate.types.ClusterId;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `quorate init`: prepares the founders of a new cluster, one directory each.
@Command(
        name = "init",
        description = {
            "Prepares a new cluster: a certificate authority, and for each node a directory with"
                    + " its key, certificate, configuration and one-time right to found.",
            "Copy each directory to its machine and start it there; keep DIR/ca/ca.key secret.",
        })
final class InitCommand implements Callable<Integer> {
    private static final int REPLICAS = 3;
    private static final int ADDRESSES = 3;

    @SuppressWarnings("NullAway.Init") // set by picocli
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--dir",
            required = true,
            paramLabel = "DIR",
            description = "Where to put ca/ and node-1/, node-2/, ...")
    private Path directory = Path.of("");

    @Option(
            names = "--node",
            required = true,
            paramLabel = "LINKS,REDIS,ADMIN",
            description = "Addresses (host:port) of one node; once for each of 1 to 5 nodes.")
    private List<String> nodes = List.of();

    @Option(
            names = "--groups",
            defaultValue = "16",
            paramLabel = "G",
            description = "Number of groups (default: ${DEFAULT-VALUE}).")
    private int groups;

    @Option(
            names = "--replication-factor",
            paramLabel = "N",
            description = "Replicas of each group (default: 3, or one on every node of fewer).")
    private @Nullable Integer replicationFactor;

    @Option(
            names = "--engine",
            defaultValue = "rocksdb",
            description = "rocksdb or memory (default: ${DEFAULT-VALUE}).")
    private Engine engine = Engine.ROCKSDB;

    @Override
    public Integer call() throws IOException {
        Path home = directory.toAbsolutePath().normalize();
        List<Founders.Founder> founders = new ArrayList<>();
        for (String node : nodes) {
            String[] addresses = node.split(",", -1);
            if (addresses.length != ADDRESSES) {
                throw new CommandFailure(
                        "--node " + node + " is not three addresses LINKS,REDIS,ADMIN.");
            }
            founders.add(
                    new Founders.Founder(
                            home.resolve("node-" + (founders.size() + 1)),
                            addresses[0],
                            addresses[1],
                            addresses[2],
                            Map.of("engine.kind", engine.toString())));
        }
        int replicas =
                replicationFactor == null ? Math.min(REPLICAS, founders.size()) : replicationFactor;
        try {
            ClusterId cluster =
                    Founders.prepare(
                            new Founders.Plan(founders, groups, replicas, home.resolve("ca")));
            explain(cluster, founders);
            return 0;
        } catch (IllegalArgumentException | StartRefused e) {
            throw new CommandFailure("No cluster was made: " + e.getMessage() + ".", e);
        }
    }

    private void explain(ClusterId cluster, List<Founders.Founder> founders) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("Prepared cluster " + cluster + ".");
        out.println("On each node's machine:");
        for (Founders.Founder founder : founders) {
            out.println("  quorate start --dir " + founder.directory());
        }
        out.flush();
    }
}
