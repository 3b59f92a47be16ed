package dev.quorate.app;

import static org.awaitility.Awaitility.await;

import dev.quorate.app.admin.AdminClient;
import dev.quorate.app.admin.NodeReport;
import dev.quorate.app.cluster.NodeProcess;
import dev.quorate.app.cluster.ReadyFile;
import dev.quorate.node.Founders;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import redis.clients.jedis.JedisCluster;

/// Three nodes as three processes, each started, killed and configured by itself.
final class Fleet implements AutoCloseable {
    static final int NODES = 3;
    private static final Duration ANSWER = Duration.ofSeconds(5);
    private static final int PORT_MIN = 20_000;
    private static final int PORT_END = 30_000;
    private static final int ATTEMPTS = 100;

    private final List<ReadyFile.Node> nodes = new ArrayList<>();
    private final Map<Integer, NodeProcess> running = new TreeMap<>();

    /// Founds a cluster; nothing is started yet.
    ///
    /// @param settings of each node, by key of `quorate.toml`
    Fleet(Path directory, int groups, Map<String, String> settings) throws IOException {
        List<Founders.Founder> founders = new ArrayList<>();
        for (int i = 1; i <= NODES; i++) {
            Path home = directory.resolve("n" + i);
            String redis = "127.0.0.1:" + freePort();
            String admin = "127.0.0.1:" + freePort();
            founders.add(
                    new Founders.Founder(home, "127.0.0.1:" + freePort(), redis, admin, settings));
            nodes.add(new ReadyFile.Node(i, 0, redis, "http://" + admin, home.toString()));
        }
        Founders.prepare(new Founders.Plan(founders, groups, NODES, directory.resolve("ca")));
    }

    void startAll() throws IOException {
        for (int i = 1; i <= NODES; i++) {
            begin(i);
        }
        nodes.forEach(Clusters::awaitReady);
    }

    /// Starts a node and does not wait for it.
    void begin(int i) throws IOException {
        running.put(i, NodeProcess.start(home(i)));
    }

    void start(int i) throws IOException {
        begin(i);
        awaitReady(i);
    }

    void awaitReady(int i) {
        Clusters.awaitReady(node(i));
    }

    /// `kill -9`.
    void kill(int i) {
        Clusters.kill(pid(i));
    }

    boolean isAlive(int i) {
        return process(i).alive();
    }

    long pid(int i) {
        return process(i).pid();
    }

    String lastWords(int i) {
        return process(i).lastWords();
    }

    Path home(int i) {
        return Path.of(node(i).dir());
    }

    NodeReport report(int i) throws IOException {
        return Clusters.report(node(i));
    }

    JedisCluster jedis() {
        return Clusters.impatientJedis(new ReadyFile("", "", nodes));
    }

    /// Makes a node the leader of a group.
    void lead(int i, int group) {
        await("node " + i + " leads group " + group)
                .atMost(Clusters.READY)
                .ignoreExceptions()
                .until(() -> {
                    Long leader = leader(i, group);
                    if (leader != null && leader != i) {
                        try (AdminClient client = new AdminClient(ANSWER)) {
                            client.transfer(
                                    node((int) leader.longValue()).admin(), group, (long) i);
                        }
                    }
                    return leader != null && leader == i;
                });
    }

    /// Whether a node says that it leads a group; false as long as it says nothing.
    boolean leads(int i, int group) {
        try {
            return Long.valueOf(i).equals(leader(i, group));
        } catch (IOException silent) {
            return false;
        }
    }

    /// Where clients reach a node.
    String redis(int i) {
        return node(i).redis();
    }

    private Long leader(int seenBy, int group) throws IOException {
        return report(seenBy).groups().stream()
                .filter(one -> one.id() == group)
                .findFirst()
                .map(NodeReport.Group::leader)
                .orElse(null);
    }

    private ReadyFile.Node node(int i) {
        return nodes.get(i - 1);
    }

    private NodeProcess process(int i) {
        NodeProcess process = running.get(i);
        if (process == null) {
            throw new IllegalStateException("node " + i + " was never started");
        }
        return process;
    }

    @Override
    public void close() {
        running.values()
                .forEach(process ->
                        process.current()
                                .ifPresent(handle ->
                                        NodeProcess.stop(handle, Duration.ofSeconds(10))));
    }

    /// A port that is free now, and that the system gives to nobody who asks for any: a node that
    /// is away for a while finds it free when it comes back.
    private static int freePort() throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(PORT_MIN, PORT_END);
            InetAddress loopback = InetAddress.getLoopbackAddress();
            try (ServerSocket _ = new ServerSocket(port, 1, loopback);
                    DatagramSocket _ = new DatagramSocket(port, loopback)) {
                return port;
            } catch (BindException _) {
                // somebody's: try another one
            }
        }
        throw new IOException("no free port found");
    }
}
