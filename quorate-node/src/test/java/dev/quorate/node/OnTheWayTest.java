package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.transport.NodeIdentity;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// A cluster whose nodes sit behind others' addresses: all that they say to each other passes
/// somebody who loses some of it and writes the rest down, snapshots included. They listen at ports
/// that nobody knows, and that are others after each start.
///
/// On Linux, where all of 127.0.0.0/8 is this machine: snapshots are fetched from the host of the
/// links, from a port that both sides of the relay must have.
@EnabledOnOs(OS.LINUX)
class OnTheWayTest {
    private static final GroupId GROUP = new GroupId(1);
    private static final String SECRET = "the-launch-code-is-0000-1111";

    @TempDir Path directory;
    private final List<Eavesdropper> links = new ArrayList<>();
    private final List<Eavesdropper> bulks = new ArrayList<>();
    private Trio trio;

    @BeforeEach
    void start() throws IOException {
        InetAddress outside = InetAddress.getByName("127.0.0.2");
        for (int i = 0; i < 3; i++) {
            links.add(new Eavesdropper(new InetSocketAddress(outside, 0), i));
            bulks.add(new Eavesdropper(new InetSocketAddress(outside, 0), 10 + i));
        }
        trio =
                new Trio(
                        directory,
                        links.stream().map(relay -> text(relay.address())).toList(),
                        i ->
                                Map.of(
                                        "links.bulk-port",
                                                "" + bulks.get(i - 1).address().getPort(),
                                        "journal.segment", "8MiB",
                                        "raft.keep-entries", "50",
                                        "apply.flush-every", "50ms"));
        trio.sendSnapshotsOverTheNetwork();
        for (int i = 1; i <= 3; i++) {
            trio.listen(i, "127.0.0.1:0");
            begin(i);
        }
        awaitAllReady();
    }

    @AfterEach
    void close() {
        trio.close();
        links.forEach(Eavesdropper::close);
        bulks.forEach(Eavesdropper::close);
    }

    @Test
    void nothingThatAClusterSaysCanBeReadOnTheWay() throws IOException {
        // given writes and reads through all nodes, and one that is brought back by a snapshot
        try (TrioLoad load = new TrioLoad(trio, SECRET)) {
            load.awaitMore(200);
            int away = trio.followerOf(GROUP);
            trio.stop(away);
            long before = trio.firstIndex(away == 1 ? 2 : 1, GROUP);
            load.awaitMore(600);
            Trio.patiently().until(() -> trio.firstIndex(away == 1 ? 2 : 1, GROUP) > before + 100);
            begin(away);
            trio.awaitReady(away);
            load.awaitMore(100);
            assertThat(trio.node(away).status().events())
                    .extracting(NodeStatus.Noted::sentence)
                    .anyMatch(sentence -> sentence.contains("by a snapshot"));
            load.assertNothingIsLost();
        }

        // then it was there to be heard
        assertThat(links).allMatch(relay -> relay.recordedBytes() > 10_000);
        assertThat(bulks).anyMatch(relay -> relay.recordedBytes() > 10_000);
        assertThat(isInAFile(SECRET.getBytes(StandardCharsets.UTF_8))).isTrue();
        // and nobody heard it
        for (byte[] needle : plainText()) {
            assertThat(Stream.concat(links.stream(), bulks.stream()))
                    .as(() -> new String(needle, StandardCharsets.ISO_8859_1))
                    .noneMatch(relay -> relay.saw(needle));
        }
    }

    @Test
    void allNodesComeBackAtOnceElsewhereBehindTheAddressesTheyAreKnownBy() throws IOException {
        trio.write(1, GROUP, "before=1");
        List<Integer> ports = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            ports.add(trio.node(i).linksAddress().getPort());
            trio.stop(i);
        }

        for (int i = 1; i <= 3; i++) {
            begin(i);
        }

        awaitAllReady();
        for (int i = 1; i <= 3; i++) {
            assertThat(ports).doesNotContain(trio.node(i).linksAddress().getPort());
            assertThat(trio.read(i, GROUP, "before")).isEqualTo("1");
        }
    }

    private void begin(int i) {
        trio.begin(i);
        links.get(i - 1).passTo(trio.node(i).linksAddress());
        int bulk = bulks.get(i - 1).address().getPort();
        bulks.get(i - 1).passTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), bulk));
    }

    private void awaitAllReady() {
        for (int i = 1; i <= 3; i++) {
            trio.awaitReady(i);
        }
    }

    /// What the nodes say, and who they are.
    private List<byte[]> plainText() throws IOException {
        NodeIdentity identity = NodeIdentity.load(directory.resolve("n1"));
        ClusterId cluster = identity.name().cluster();
        return List.of(
                SECRET.getBytes(StandardCharsets.UTF_8),
                cluster.toString().getBytes(StandardCharsets.UTF_8),
                ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(cluster.high())
                        .putLong(cluster.low())
                        .array(),
                identity.spkiSha256().toByteArray(),
                "spiffe://".getBytes(StandardCharsets.UTF_8));
    }

    private boolean isInAFile(byte[] needle) throws IOException {
        String text = new String(needle, StandardCharsets.ISO_8859_1);
        try (Stream<Path> files = Files.list(trio.journal(1))) {
            for (Path file : files.toList()) {
                if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(text)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
