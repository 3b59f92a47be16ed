package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.Outcome;
import dev.quorate.api.ReadLevel;
import dev.quorate.core.NodeInput.Reach;
import dev.quorate.node.Founders.Founder;
import dev.quorate.node.Founders.Plan;
import dev.quorate.node.config.QuorateConfig;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import dev.quorate.wire.FeatureSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/// Three nodes in one process over real links and real files, with [DurableRegisters].
final class Trio implements AutoCloseable {
    static final int GROUPS = 3;
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Pattern LISTEN = Pattern.compile("(?s)(\\[links].*?listen = \")[^\"]*");

    private final Path directory;
    private final LocalTransfers transfers = new LocalTransfers();
    private final Map<Integer, Quorate> nodes = new ConcurrentSkipListMap<>();
    private final Map<Integer, FeatureSet> offered = new TreeMap<>();
    private boolean overTheNetwork;

    /// Founds the cluster; nothing is started yet.
    Trio(Path directory, Map<String, String> settings) throws IOException {
        this(directory, freeAddresses(), i -> settings);
    }

    /// The same with nodes that are called at these addresses.
    Trio(Path directory, List<String> addresses, IntFunction<Map<String, String>> settings)
            throws IOException {
        this.directory = directory;
        List<Founder> founders = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            Path own = directory.resolve("n" + i);
            founders.add(new Founder(own, addresses.get(i - 1), "", "", settings.apply(i)));
        }
        Founders.prepare(new Plan(founders, GROUPS, 3, directory.resolve("ca")));
    }

    /// From now on snapshots travel as they do in production.
    void sendSnapshotsOverTheNetwork() {
        overTheNetwork = true;
    }

    /// From its next start on, a node listens elsewhere. Nobody else is told.
    void listen(int i, String address) throws IOException {
        Path settings = directory.resolve("n" + i).resolve(QuorateConfig.FILE);
        Files.writeString(
                settings,
                LISTEN.matcher(Files.readString(settings))
                        .replaceFirst(found -> found.group(1) + address));
    }

    /// An address that nobody has.
    static String freeAddress() throws IOException {
        return "127.0.0.1:" + Ports.free();
    }

    private static List<String> freeAddresses() throws IOException {
        return Ports.free(3).stream().map(port -> "127.0.0.1:" + port).toList();
    }

    /// From its next start on, a node says that it understands no more than this.
    void offers(int i, FeatureSet understood) {
        offered.put(i, understood);
    }

    void startAll() {
        for (int i = 1; i <= 3; i++) {
            begin(i);
        }
        nodes.values().forEach(Trio::awaitReady);
    }

    /// Starts a node and waits until it is ready.
    void start(int i) {
        begin(i);
        awaitReady(node(i));
    }

    /// Starts a node and does not wait: one that lost data may not become ready.
    void begin(int i) {
        Path own = directory.resolve("n" + i);
        nodes.put(
                i,
                Quorate.start(
                        QuorateConfig.load(own, Map.of(), Map.of()),
                        group -> new DurableRegisters(own.resolve("data/" + group)),
                        overTheNetwork ? new BulkTransfer() : transfers.of(new NodeId(i)),
                        offered.getOrDefault(i, FeatureSet.OURS)));
    }

    void awaitReady(int i) {
        awaitReady(node(i));
    }

    private static void awaitReady(Quorate node) {
        assertThat(node.awaitReady(LIMIT)).as(() -> node.status().toString()).isTrue();
    }

    void stop(int i) {
        node(i).close();
        nodes.remove(i);
    }

    Quorate node(int i) {
        Quorate node = nodes.get(i);
        if (node == null) {
            throw new IllegalStateException("node " + i + " is down");
        }
        return node;
    }

    /// The journal of a node.
    Path journal(int i) {
        return directory.resolve("n" + i).resolve("journal");
    }

    LocalTransfers transfers() {
        return transfers;
    }

    /// The node that leads a group, as another one sees it.
    int leaderOf(GroupId group, int seenBy) {
        NodeId leader =
                patiently()
                        .until(
                                () -> {
                                    ClusterView.Group seen = node(seenBy).view().group(group);
                                    return seen == null ? null : seen.leader();
                                },
                                seen -> seen != null && nodes.containsKey((int) seen.value()));
        return (int) leader.value();
    }

    /// A node that follows in a group.
    int followerOf(GroupId group) {
        return leaderOf(group, nodes.keySet().iterator().next()) == 1 ? 2 : 1;
    }

    void write(int i, GroupId group, String command) {
        Bytes bytes = Bytes.utf8(command);
        // unknown is a lawful answer while leaders change; the write is safe to repeat
        patiently()
                .until(
                        () ->
                                node(i).group(group)
                                        .submit(bytes, Duration.ofSeconds(5), Reach.FORWARD)
                                        .join(),
                        outcome -> outcome instanceof Outcome.Applied);
    }

    String read(int i, GroupId group, String key) {
        return ask(i, group, key, ReadLevel.LINEARIZABLE, Reach.FORWARD).result().toUtf8();
    }

    /// Asks until there is an answer.
    Outcome.Applied ask(int i, GroupId group, String key, ReadLevel level, Reach reach) {
        return (Outcome.Applied)
                patiently()
                        .until(
                                () ->
                                        node(i).group(group)
                                                .ask(
                                                        Bytes.utf8(key),
                                                        level,
                                                        Duration.ofSeconds(5),
                                                        reach)
                                                .join(),
                                outcome -> outcome instanceof Outcome.Applied);
    }

    /// Where the log of a group's replica begins; 0 while its node does not say.
    long firstIndex(int i, GroupId group) {
        return node(i).status().groups().stream()
                .filter(one -> one.id().equals(group))
                .mapToLong(NodeStatus.Group::firstIndex)
                .findFirst()
                .orElse(0);
    }

    static ConditionFactory patiently() {
        return Awaitility.await()
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(LIMIT);
    }

    @Override
    public void close() {
        nodes.values().forEach(Quorate::close);
    }
}
