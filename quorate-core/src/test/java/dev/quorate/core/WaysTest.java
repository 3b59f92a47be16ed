package dev.quorate.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.core.NodeInput.Reach;
import dev.quorate.raft.RaftEffect.RoleName;
import dev.quorate.types.GroupId;
import dev.quorate.types.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The ways that `docs/ARCHITECTURE.md` draws, followed through whole nodes: one write and one read
/// that reach a node which does not lead. Golden files in `src/test/resources/traces`, rewritten
/// with `-Dtraces.rewrite=true` and read as a diff.
class WaysTest {
    private static final GroupId G1 = new GroupId(1);

    private final ClusterHarness cluster = new ClusterHarness(3, 4);

    @Test
    void aWriteTakesTheWayThatIsDrawn() throws IOException {
        // given
        cluster.runUntilLed();
        cluster.runMillis(500);
        NodeId follower = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        cluster.startTrace();

        // when
        cluster.write(follower, G1, "a", Reach.FORWARD);

        // then
        compare("write.txt", cluster.trace());
    }

    @Test
    void aReadTakesTheWayThatIsDrawn() throws IOException {
        // given
        cluster.runUntilLed();
        cluster.runMillis(500);
        NodeId follower = cluster.nodeWithRole(G1, RoleName.FOLLOWER);
        cluster.startTrace();

        // when
        cluster.read(follower, G1);

        // then
        compare("read.txt", cluster.trace());
    }

    private static void compare(String name, List<String> trace) throws IOException {
        Path golden = Path.of("src/test/resources/traces", name);
        if (Boolean.getBoolean("traces.rewrite")) {
            Files.createDirectories(golden.getParent());
            Files.write(golden, trace);
        }
        assertThat(trace).isEqualTo(Files.readAllLines(golden));
    }
}
