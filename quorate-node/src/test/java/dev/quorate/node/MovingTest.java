package dev.quorate.node;

import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nodes that come back at other addresses while clients write. Only the one that moved is told
/// where it is: the others find out.
class MovingTest {
    @TempDir Path directory;
    private final Map<Integer, String> addresses = new TreeMap<>();
    private Trio trio;

    @BeforeEach
    void start() throws IOException {
        trio = new Trio(directory, Map.of("journal.segment", "8MiB"));
        trio.startAll();
        for (int i = 1; i <= 3; i++) {
            addresses.put(i, "127.0.0.1:" + trio.node(i).linksAddress().getPort());
        }
    }

    @AfterEach
    void close() {
        trio.close();
    }

    @Test
    void everyNodeMovesUnderLoadAndAllFindEachOther() throws IOException {
        try (TrioLoad load = new TrioLoad(trio, "kept")) {
            for (int i = 1; i <= 3; i++) {
                load.awaitMore(100);
                move(i);
                awaitAllFound();
            }
            load.awaitMore(100);

            // none of the old addresses is good for anything any more; and now two move at once
            move(1, 2);
            awaitAllFound();
            load.awaitMore(100);
            load.assertNothingIsLost();
        }
    }

    private void move(int... movers) throws IOException {
        for (int i : movers) {
            trio.stop(i);
            addresses.put(i, Trio.freeAddress());
            trio.listen(i, addresses.get(i));
        }
        for (int i : movers) {
            trio.begin(i);
        }
        for (int i : movers) {
            trio.awaitReady(i);
        }
    }

    private void awaitAllFound() {
        for (int i = 1; i <= 3; i++) {
            for (int j = 1; j <= 3; j++) {
                int seenBy = i;
                NodeId id = new NodeId(j);
                String address = addresses.get(j);
                Trio.patiently()
                        .until(
                                () -> trio.node(seenBy).view().node(id),
                                node ->
                                        node != null
                                                && node.links().equals(address)
                                                && node.linkUp());
            }
        }
    }
}
