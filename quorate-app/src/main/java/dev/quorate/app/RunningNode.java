package dev.quorate.app;

import dev.quorate.app.admin.AdminServer;
import dev.quorate.app.admin.AdminToken;
import dev.quorate.app.admin.ClusterInfo;
import dev.quorate.app.admin.NodeReport;
import dev.quorate.app.admin.NodesService;
import dev.quorate.app.admin.SecurityService;
import dev.quorate.app.cluster.CommandFailure;
import dev.quorate.app.systemd.SystemdNotifier;
import dev.quorate.kv.KvStateMachines;
import dev.quorate.kv.door.KvServerOptions;
import dev.quorate.kv.engine.EngineFailure;
import dev.quorate.node.Lifecycle;
import dev.quorate.node.Quorate;
import dev.quorate.node.config.ConfigRefused;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.node.directory.NodeDirectory;
import dev.quorate.node.directory.StartRefused;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// A node with its doors: state machines, replication, Redis server (once the node is ready) and
/// admin interface, opened in this order and closed in the opposite one, after the node has handed
/// over what it leads. [#close] may be called from any thread, repeatedly.
final class RunningNode implements AutoCloseable {
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final Quorate quorate;
    private final @Nullable RedisDoor redis;
    private final @Nullable AdminServer admin;

    private RunningNode(QuorateConfig config) throws IOException {
        try {
            KvStateMachines machines = machines(config);
            parts.push(machines);
            quorate = Quorate.start(config, machines);
            parts.push(quorate);
            redis = redis(config);
            admin = admin(config);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /// Starts the node in a directory.
    ///
    /// @throws CommandFailure if it cannot start; the message says why
    static RunningNode start(Path directory) {
        try {
            return new RunningNode(QuorateConfig.load(directory));
        } catch (ConfigRefused | StartRefused | EngineFailure | IOException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()), e);
        } catch (IllegalStateException e) {
            // what the libraries below say when an address is taken
            throw new CommandFailure(
                    "The node in " + directory + " cannot start: " + e.getMessage(), e);
        }
    }

    private static KvStateMachines machines(QuorateConfig config) throws IOException {
        Path data = new NodeDirectory(config.directory()).data();
        Files.createDirectories(data);
        return config.doors().engine().equals("memory")
                ? KvStateMachines.memory(data)
                : KvStateMachines.rocks(data);
    }

    private @Nullable RedisDoor redis(QuorateConfig config) throws IOException {
        if (config.doors().redis().isEmpty()) {
            return null;
        }
        InetSocketAddress bind = address(config.doors().redis());
        RedisDoor door =
                RedisDoor.begin(
                        quorate,
                        KvServerOptions.at(bind.getHostString(), bind.getPort())
                                .withReadOnly(config.doors().readOnly()),
                        bind);
        parts.push(door);
        // before the door is shut: nobody should come to a leader that has none
        parts.push(quorate::drain);
        return door;
    }

    private @Nullable AdminServer admin(QuorateConfig config) throws IOException {
        if (config.doors().admin().isEmpty()) {
            return null;
        }
        InetSocketAddress bind = address(config.doors().admin());
        if (!bind.getAddress().isLoopbackAddress()) {
            throw new CommandFailure(
                    "admin.listen = "
                            + config.doors().admin()
                            + " is not a loopback address; the admin interface asks nobody who they"
                            + " are, so it is not offered to others.");
        }
        long self = quorate.view().self().value();
        AdminToken token = AdminToken.openOrCreate(config.directory());
        SecurityService security = new SecurityService(self, quorate.security(), token);
        NodesService nodes = new NodesService(self, quorate.membership(), token);
        AdminServer server =
                AdminServer.start(bind, new Seen(), security, nodes, new NodeWishes(quorate));
        parts.push(server);
        return server;
    }

    private static InetSocketAddress address(String text) {
        int colon = text.lastIndexOf(':');
        String host = text.substring(0, colon).replace("[", "").replace("]", "");
        InetSocketAddress address =
                new InetSocketAddress(host, Integer.parseInt(text.substring(colon + 1)));
        if (address.isUnresolved()) {
            throw new CommandFailure("The address " + text + " cannot be resolved.");
        }
        return address;
    }

    /// What the node says of itself now.
    private final class Seen implements AdminServer.Views {
        @Override
        public NodeReport report() {
            return Reports.of(quorate, redis, admin == null ? "" : admin.url());
        }

        @Override
        public ClusterInfo clusterInfo() {
            return Reports.clusterInfo(quorate);
        }
    }

    /// What systemd is told of.
    SystemdNotifier.Watch watch() {
        return new SystemdNotifier.Watch(
                quorate::lifecycle, () -> quorate.status().counts().turns());
    }

    /// One sentence for the log.
    String describe() {
        return "Node "
                + quorate.view().self()
                + " of cluster "
                + quorate.view().cluster()
                + " runs: operators at "
                + (admin == null ? "none" : admin.url())
                + ".";
    }

    /// Waits until the node has stopped or failed.
    Lifecycle awaitEnd() throws InterruptedException {
        CompletableFuture<Lifecycle> ended = quorate.ended();
        if (redis != null) {
            var _ = redis.failed().thenAccept(why -> ended.complete(new Lifecycle.Failed(why)));
        }
        try {
            return ended.get();
        } catch (ExecutionException | CancellationException e) {
            return new Lifecycle.Failed(e.toString());
        }
    }

    @Override
    public synchronized void close() throws IOException {
        IOException failed = null;
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                // the rest must be closed all the same
                failed =
                        failed == null
                                ? new IOException("the node did not close in order", e)
                                : failed;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }
}
