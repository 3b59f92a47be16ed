package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.core.KeptMetadata;
import dev.quorate.core.NodeEffect.DropMetadata;
import dev.quorate.core.NodeEffect.KeepMetadata;
import dev.quorate.core.NodeInput;
import dev.quorate.node.directory.MetadataFile;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.ReplicaId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Group 0's state on a disk that takes nothing for a while.
class MetadataLaneTest {
    private static final KeptMetadata FIRST = kept(7);

    @TempDir Path root;
    private final ConcurrentLinkedQueue<NodeInput> told = new ConcurrentLinkedQueue<>();
    private MetadataFile file;
    private Path obstacle;
    private MetadataLane lane;

    @BeforeEach
    void start() throws Exception {
        file = new MetadataFile(root.resolve("metadata"));
        // nothing can be written beside it: the place of the new file is taken
        obstacle = Files.createDirectories(root.resolve("metadata.new/full"));
        lane = MetadataLane.start(file, new NoSnapshots(), told::add);
    }

    @AfterEach
    void close() {
        lane.close();
    }

    @Test
    void aDiskWithoutRoomIsSaidSoAndWaitedOutAndNothingIsLost() throws Exception {
        // when the state cannot be kept
        lane.submit(new KeepMetadata(FIRST));

        // then the node has trouble to tell, and the core believes nothing
        await().until(() -> lane.trouble().contains("could not be kept"));
        assertThat(told).isEmpty();

        // and when there is room again
        Files.delete(obstacle);
        Files.delete(Objects.requireNonNull(obstacle.getParent()));

        // then it is kept without anybody asking again, and the trouble is over
        await().until(() -> lane.trouble().isEmpty());
        await().until(() -> !told.isEmpty());
        assertThat(told).containsExactly(new NodeInput.Flushed(GroupId.METADATA, 7));
        assertThat(file.load()).isEqualTo(FIRST);
    }

    @Test
    void whatIsDroppedMeanwhileIsNotKeptLater() throws Exception {
        lane.submit(new KeepMetadata(FIRST));
        await().until(() -> !lane.trouble().isEmpty());

        lane.submit(new DropMetadata());

        await().until(() -> lane.trouble().isEmpty());
        await().until(() -> !told.isEmpty());
        assertThat(told).containsExactly(new NodeInput.Flushed(GroupId.METADATA, 0));
        assertThat(file.load()).isNull();
    }

    private static KeptMetadata kept(long index) {
        return new KeptMetadata(
                new ReplicaId(1), new LogPosition(1, index), 1, Bytes.utf8("state"));
    }

    private static ConditionFactory await() {
        return Awaitility.await().atMost(Duration.ofSeconds(60));
    }

    /// Nobody takes or fetches snapshots here.
    private static final class NoSnapshots implements SnapshotDesk {
        @Override
        public void take(
                GroupId group, LogPosition position, long stampMicros, Checkpoint checkpoint) {
            checkpoint.close();
        }

        @Override
        public Content fetched(GroupId group, SnapshotMeta meta) {
            throw new IllegalStateException("there is no snapshot of " + group);
        }
    }
}
