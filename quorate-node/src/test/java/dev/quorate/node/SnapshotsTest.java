package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.api.StateMachine.Checkpoint;
import dev.quorate.api.StateMachine.SnapshotWriter;
import dev.quorate.core.NodeEffect.FetchSnapshot;
import dev.quorate.core.NodeInput;
import dev.quorate.core.NodeInput.SnapshotFailed;
import dev.quorate.core.NodeInput.SnapshotFetched;
import dev.quorate.core.NodeInput.SnapshotTaken;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.storage.FileDisk;
import dev.quorate.storage.SnapshotStore;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Snapshots from one node's disk to another's, over a line that can break.
class SnapshotsTest {
    private static final GroupId GROUP = new GroupId(7);
    private static final NodeId N1 = new NodeId(1);
    private static final NodeId N2 = new NodeId(2);
    private static final NodeId N3 = new NodeId(3);

    @TempDir Path directory;
    private final LocalTransfers line = new LocalTransfers();
    private final LinkedBlockingQueue<NodeInput> posted = new LinkedBlockingQueue<>();
    private FileDisk leadersDisk;
    private FileDisk ownDisk;
    private Snapshots leaders;
    private Snapshots own;

    @BeforeEach
    void open() {
        leadersDisk = FileDisk.open(directory.resolve("1"));
        ownDisk = FileDisk.open(directory.resolve("2"));
        leaders = start(leadersDisk, N1);
        own = start(ownDisk, N2);
    }

    private Snapshots start(FileDisk disk, NodeId self) {
        return Snapshots.start(
                self, SnapshotStore.open(disk, 1L << 30, List.of()), line.of(self), posted::add);
    }

    @AfterEach
    void close() {
        own.close();
        leaders.close();
        ownDisk.close();
        leadersDisk.close();
    }

    @Test
    void whatIsTakenHereIsFetchedThereWhole() throws Exception {
        byte[] content = content(1, 300_000);
        SnapshotMeta meta = take(content, 5);

        own.fetch(new FetchSnapshot(GROUP, N1, meta));

        assertThat(next()).isEqualTo(new SnapshotFetched(GROUP, meta));
        assertThat(fetched(meta)).isEqualTo(content);
    }

    @Test
    void aTransferThatBreaksGoesOnWhereItEnded() throws Exception {
        SnapshotMeta meta = take(content(2, 400_000), 5);
        line.breakAfter(150_000);

        own.fetch(new FetchSnapshot(GROUP, N1, meta));

        assertThat(next()).isEqualTo(new SnapshotFetched(GROUP, meta));
        assertThat(line.begun()).isEqualTo(3);
        // what had not filled a chunk on the disk is carried again, and nothing else
        assertThat(line.carriedBytes()).isLessThan(400_000 + 2 * 130_000);
    }

    @Test
    void whatIsNotThereAnyMoreIsGivenUpOn() throws Exception {
        SnapshotMeta meta = take(content(3, 10_000), 5);
        leaders.release(GROUP);
        SnapshotMeta other = take(content(4, 20_000), 6);

        own.fetch(new FetchSnapshot(GROUP, N1, meta));

        assertThat(next())
                .isInstanceOfSatisfying(
                        SnapshotFailed.class,
                        failed -> {
                            assertThat(failed.meta()).isEqualTo(meta);
                            assertThat(failed.cause()).contains("n1", "no snapshot");
                        });
        own.fetch(new FetchSnapshot(GROUP, N1, other));
        assertThat(next()).isEqualTo(new SnapshotFetched(GROUP, other));
    }

    @Test
    void whenTheLeaderIsGoneANodeThatHasTheVerySnapshotServesIt() throws Exception {
        // given a follower that has just fetched it
        byte[] content = content(7, 300_000);
        SnapshotMeta meta = take(content, 5);
        own.fetch(new FetchSnapshot(GROUP, N1, meta));
        assertThat(next()).isEqualTo(new SnapshotFetched(GROUP, meta));

        // when another one wants what the leader offered, and the leader is gone
        line.leave(N1);
        try (FileDisk disk = FileDisk.open(directory.resolve("3"));
                Snapshots third = start(disk, N3)) {
            third.fetch(new FetchSnapshot(GROUP, N1, meta));

            // then it comes from the follower, and is what the leader said it is
            assertThat(next()).isEqualTo(new SnapshotFetched(GROUP, meta));
            assertThat(fetched(third, meta)).isEqualTo(content);

            // and what the follower does not have comes from nobody else
            third.dropFetched(GROUP);
            SnapshotMeta other = meta(content, 6, new Random(1));
            third.fetch(new FetchSnapshot(GROUP, N1, other));
            assertThat(next()).isInstanceOf(SnapshotFailed.class);
        }
    }

    @Test
    void aNewerSnapshotTakesThePlaceOfOneThatIsBeingFetched() throws Exception {
        SnapshotMeta old = take(content(5, 200_000), 5);
        SnapshotMeta newer = take(content(6, 200_000), 9);
        line.breakAfter(1);
        own.fetch(new FetchSnapshot(GROUP, N1, old));

        line.breakAfter(Long.MAX_VALUE);
        own.fetch(new FetchSnapshot(GROUP, N1, newer));

        // the old one may just have come, but is not told after the newer was asked for
        NodeInput first = next();
        if (first.equals(new SnapshotFetched(GROUP, old))) {
            first = next();
        }
        assertThat(first).isEqualTo(new SnapshotFetched(GROUP, newer));
        assertThat(fetched(newer)).isEqualTo(content(6, 200_000));

        own.dropFetched(GROUP);
        own.fetch(new FetchSnapshot(GROUP, N1, newer));
        assertThat(next()).isEqualTo(new SnapshotFetched(GROUP, newer));
    }

    @Test
    void aCheckpointThatCannotBeWrittenIsSaidSoAndClosed() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        leaders.take(
                GROUP,
                new LogPosition(1, 5),
                5,
                new Checkpoint() {
                    @Override
                    public void writeTo(SnapshotWriter out) {
                        throw new IllegalStateException("as asked");
                    }

                    @Override
                    public void close() {
                        closed.countDown();
                    }
                });

        assertThat(next())
                .isInstanceOfSatisfying(
                        SnapshotFailed.class,
                        failed -> {
                            assertThat(failed.meta()).isNull();
                            assertThat(failed.cause()).contains("as asked");
                        });
        assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void requestsOfStrangersAreRefusedWhateverTheyHold() {
        Random random = new Random(1);
        for (int round = 0; round < 500; round++) {
            byte[] request = new byte[random.nextInt(60)];
            random.nextBytes(request);
            if (round % 2 == 0) {
                request =
                        SnapshotRequest.of(GROUP, meta(new byte[5], 5, random))
                                .encode()
                                .toByteArray();
                request[random.nextInt(request.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Bytes asked = Bytes.wrap(request);
            assertThat(refused(asked)).as("round %s", round).isTrue();
        }
    }

    private boolean refused(Bytes request) {
        try {
            leaders.open(N2, request, 0).close();
            return false;
        } catch (SnapshotTransfer.NotServed expected) {
            return true;
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    private SnapshotMeta take(byte[] content, long index) throws InterruptedException {
        leaders.take(
                GROUP,
                new LogPosition(1, index),
                index,
                new Checkpoint() {
                    @Override
                    public void writeTo(SnapshotWriter out) {
                        out.write(content, 0, content.length);
                    }

                    @Override
                    public void close() {}
                });
        SnapshotTaken taken = (SnapshotTaken) next();
        assertThat(taken.sizeBytes()).isEqualTo(content.length);
        return new SnapshotMeta(
                taken.position(), index, members(), taken.sizeBytes(), taken.sha256());
    }

    private static SnapshotMeta meta(byte[] content, long index, Random random) {
        byte[] digest = new byte[SnapshotMeta.DIGEST_BYTES];
        random.nextBytes(digest);
        return new SnapshotMeta(
                new LogPosition(1, index), index, members(), content.length, Bytes.wrap(digest));
    }

    private static Configuration members() {
        return Configuration.of(
                List.of(
                        new Member(N1, new ReplicaId(1)),
                        new Member(N2, new ReplicaId(2)),
                        new Member(N3, new ReplicaId(3))));
    }

    private byte[] fetched(SnapshotMeta meta) {
        return fetched(own, meta);
    }

    private static byte[] fetched(Snapshots by, SnapshotMeta meta) {
        byte[] content = new byte[(int) meta.sizeBytes()];
        try (SnapshotDesk.Content in = by.fetched(GROUP, meta)) {
            int at = 0;
            for (int read = 0; read >= 0 && at < content.length; at += read) {
                read = in.read(content, at, content.length - at);
            }
        }
        return content;
    }

    private static byte[] content(long seed, int length) {
        byte[] content = new byte[length];
        new Random(seed).nextBytes(content);
        return content;
    }

    private NodeInput next() throws InterruptedException {
        NodeInput input = posted.poll(20, TimeUnit.SECONDS);
        if (input == null) {
            throw new AssertionError("nothing was posted");
        }
        return input;
    }
}
