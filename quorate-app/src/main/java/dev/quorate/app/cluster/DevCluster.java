package dev.quorate.app.cluster;

import dev.quorate.app.admin.AdminClient;
import dev.quorate.app.admin.NodeReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A throw-away cluster on this machine: one process per node, started, watched and stopped
/// together.
///
/// One thread uses it, except that [#close] may be called from a shutdown hook.
public final class DevCluster implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final Path directory;
    private final DevLayout layout;
    private final Consumer<String> say;
    private final Map<Long, NodeProcess> processes = new LinkedHashMap<>();
    private final CountDownLatch stopping = new CountDownLatch(1);

    /// @param directory of the cluster; absolute
    /// @param say where to tell people what happens, a sentence at a time
    public DevCluster(Path directory, DevLayout layout, Consumer<String> say) {
        this.directory = directory;
        this.layout = layout;
        this.say = say;
    }

    /// Starts a process for each node. Nodes that an earlier `dev` left running are stopped first.
    public void start() throws IOException {
        for (DevLayout.Node node : layout.nodes()) {
            Optional<ProcessHandle> left = PidFile.process(directoryOf(node));
            if (left.isPresent()) {
                say.accept(
                        "Stopping node "
                                + node.id()
                                + " (pid "
                                + left.get().pid()
                                + "), which an earlier dev left running.");
                NodeProcess.stop(left.get(), PATIENCE);
            }
        }
        for (DevLayout.Node node : layout.nodes()) {
            mustBeFree(node.redisPort(), "the Redis port of node " + node.id());
            mustBeFree(node.adminPort(), "the admin port of node " + node.id());
            mustBeFree(node.linksPort(), "the link port of node " + node.id());
        }
        synchronized (processes) {
            for (DevLayout.Node node : layout.nodes()) {
                if (stopping.getCount() > 0) {
                    processes.put(node.id(), NodeProcess.start(directoryOf(node)));
                }
            }
        }
    }

    private static void mustBeFree(int port, String purpose) {
        if (!FreePorts.free(port)) {
            throw new CommandFailure(
                    "Port "
                            + port
                            + ", "
                            + purpose
                            + ", is in use. Stop what uses it, or make a"
                            + " cluster on other ports with --fresh and --redis-port or"
                            + " --admin-port.");
        }
    }

    /// Waits until every node knows a leader of every group.
    ///
    /// @throws CommandFailure if a node ends, or `limit` passes; the sentence says what is missing
    public void awaitReady(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try (AdminClient client = new AdminClient(ANSWER)) {
            while (true) {
                String missing = missing(client);
                if (missing.isEmpty()) {
                    return;
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new CommandFailure(
                            "The cluster is not ready after "
                                    + limit.toSeconds()
                                    + " s: "
                                    + missing
                                    + ". The logs are "
                                    + directory
                                    + "/*/node.log.");
                }
                if (pause()) {
                    throw new CommandFailure("Stopped before the cluster was ready.");
                }
            }
        }
    }

    private String missing(AdminClient client) {
        for (DevLayout.Node node : layout.nodes()) {
            NodeProcess process = process(node);
            if (!process.alive()) {
                throw new CommandFailure(
                        "Node " + node.id() + " ended while it started:\n" + process.lastWords());
            }
            try {
                NodeReport report = client.status(node.admin());
                if (!report.ready()) {
                    return "node " + node.id() + " says: " + report.cause();
                }
            } catch (IOException e) {
                return "node " + node.id() + " does not answer yet";
            }
        }
        return "";
    }

    /// What and where everything is.
    public ReadyFile readyFile() {
        List<ReadyFile.Node> nodes = new ArrayList<>();
        for (DevLayout.Node node : layout.nodes()) {
            nodes.add(
                    new ReadyFile.Node(
                            node.id(),
                            process(node).pid(),
                            node.redis(),
                            node.admin(),
                            directoryOf(node).toString()));
        }
        return new ReadyFile(layout.clusterId(), layout.nodes().getFirst().admin(), nodes);
    }

    /// Tells of nodes that end and of nodes that come back, until [#close].
    ///
    /// @param startCommand how to start a node again, without its directory
    public void watch(String startCommand) {
        Map<Long, Long> running = new LinkedHashMap<>();
        for (DevLayout.Node node : layout.nodes()) {
            running.put(node.id(), process(node).pid());
        }
        while (!pause()) {
            for (DevLayout.Node node : layout.nodes()) {
                long before = running.getOrDefault(node.id(), 0L);
                long now = process(node).current().map(ProcessHandle::pid).orElse(0L);
                if (before != 0 && now != before && stopping.getCount() > 0) {
                    say.accept(
                            "Node "
                                    + node.id()
                                    + " (pid "
                                    + before
                                    + ") ended. Start it again with: "
                                    + startCommand
                                    + directoryOf(node));
                }
                if (now != 0 && now != before) {
                    say.accept("Node " + node.id() + " is running again (pid " + now + ").");
                }
                running.put(node.id(), now);
            }
        }
    }

    /// Waits for the poll interval; true if the cluster is to stop.
    private boolean pause() {
        try {
            return stopping.await(POLL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private NodeProcess process(DevLayout.Node node) {
        synchronized (processes) {
            NodeProcess process = processes.get(node.id());
            if (process == null) {
                throw new CommandFailure("Node " + node.id() + " was not started.");
            }
            return process;
        }
    }

    private Path directoryOf(DevLayout.Node node) {
        return directory.resolve(node.dir());
    }

    /// Stops all nodes, those included that were started again by hand, and returns when they are
    /// gone.
    @Override
    public void close() {
        stopping.countDown();
        List<ProcessHandle> nodes = new ArrayList<>();
        synchronized (processes) {
            processes.values().forEach(process -> process.current().ifPresent(nodes::add));
        }
        try (ExecutorService stops = Executors.newVirtualThreadPerTaskExecutor()) {
            nodes.forEach(node -> stops.execute(() -> NodeProcess.stop(node, PATIENCE)));
        }
    }
}
