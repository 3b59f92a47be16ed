package dev.quorate.app.cluster;

import dev.quorate.node.Founders;
import dev.quorate.types.ClusterId;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Makes the directory of a `dev` cluster, or finds the one that is there.
public final class DevFounding {
    /// Packets that only the loopback interface carries: fewer, so cheaper.
    private static final String UDP_PAYLOAD_BYTES = "8900";

    private static final int REPLICAS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private DevFounding() {}

    /// The cluster in the directory, made if there is none. The caller holds the directory's lock.
    ///
    /// @param fresh whether to delete what is there first
    public static DevLayout open(DevOptions options, boolean fresh) throws IOException {
        Path home = options.directory();
        DevLayout there = fresh ? null : DevLayout.read(home);
        if (there != null) {
            there.mustMatch(options);
            return there;
        }
        empty(home, fresh);
        return make(options);
    }

    private static DevLayout make(DevOptions options) throws IOException {
        Path home = options.directory();
        int count = DevOptions.or(options.nodes(), DevOptions.NODES);
        int groups = DevOptions.or(options.groups(), DevOptions.GROUPS);
        Engine engine = DevOptions.or(options.engine(), Engine.ROCKSDB);
        int redisPort = DevOptions.or(options.redisPort(), DevOptions.REDIS_PORT);
        int adminPort = DevOptions.or(options.adminPort(), DevOptions.ADMIN_PORT);
        FreePorts ports = new FreePorts(new Random());
        List<DevLayout.Node> nodes = new ArrayList<>();
        List<Founders.Founder> founders = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int id = i + 1;
            DevLayout.Node node =
                    new DevLayout.Node(
                            id,
                            "node-" + id,
                            port(ports, redisPort, i, "the Redis port of node " + id),
                            port(ports, adminPort, i, "the admin port of node " + id),
                            ports.any());
            nodes.add(node);
            founders.add(
                    new Founders.Founder(
                            home.resolve(node.dir()),
                            "127.0.0.1:" + node.linksPort(),
                            node.redis(),
                            "127.0.0.1:" + node.adminPort(),
                            settings(options, engine)));
        }
        ClusterId cluster =
                Founders.prepare(
                        new Founders.Plan(
                                founders, groups, Math.min(REPLICAS, count), home.resolve("ca")));
        DevLayout layout = new DevLayout(cluster.toString(), groups, engine, nodes);
        layout.write(home);
        return layout;
    }

    private static Map<String, String> settings(DevOptions options, Engine engine) {
        Map<String, String> settings = new TreeMap<>(options.settings());
        settings.putIfAbsent("engine.kind", engine.toString());
        settings.putIfAbsent("links.udp-payload", UDP_PAYLOAD_BYTES);
        return settings;
    }

    private static int port(FreePorts ports, int first, int offset, String purpose) {
        return first == 0 ? ports.any() : ports.take(first + offset, purpose);
    }

    /// Deletes the nodes and the authority in a directory, and nothing else that may be there.
    private static void empty(Path home, boolean fresh) throws IOException {
        List<Path> parts;
        try (Stream<Path> children = Files.list(home)) {
            parts = children.filter(DevFounding::ours).sorted().toList();
        }
        // without the layout, and unasked, only what an interrupted founding left may be deleted
        if (!fresh && parts.stream().anyMatch(part -> Files.exists(part.resolve("catalog")))) {
            throw new CommandFailure(
                    home
                            + " holds nodes but no dev.json. Choose another --dir, or add --fresh"
                            + " to delete them.");
        }
        Files.deleteIfExists(home.resolve("dev.json"));
        for (Path part : parts) {
            PidFile.process(part).ifPresent(left -> NodeProcess.stop(left, PATIENCE));
            delete(part);
        }
    }

    private static boolean ours(Path child) {
        String name = String.valueOf(child.getFileName());
        return name.equals("ca") || name.matches("node-\\d+");
    }

    private static void delete(Path tree) throws IOException {
        Files.walkFileTree(
                tree,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException failure)
                            throws IOException {
                        if (failure instanceof NoSuchFileException) {
                            return FileVisitResult.CONTINUE;
                        }
                        throw failure;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path directory, @Nullable IOException failure) throws IOException {
                        if (failure != null) {
                            throw failure;
                        }
                        Files.deleteIfExists(directory);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
