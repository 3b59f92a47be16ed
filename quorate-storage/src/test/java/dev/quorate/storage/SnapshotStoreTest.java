package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.core.StoredReplica;
import dev.quorate.raft.HardState;
import dev.quorate.raft.Restored;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.Bytes;
import dev.quorate.types.GroupId;
import dev.quorate.types.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Snapshots are streamed out and in, and only whole ones are ever used.
class SnapshotStoreTest {
    private static final GroupId G1 = new GroupId(1);
    private static final GroupId G2 = new GroupId(2);
    private static final long BUDGET = 10 << 20;

    private final CrashDisk disk = new CrashDisk();
    private SnapshotStore store = SnapshotStore.open(disk, BUDGET, List.of());

    @Test
    void whatWasTakenIsReadFromAnyOffset() {
        for (int size : new int[] {0, 1, 65_535, 65_536, 65_537, 300_000}) {
            byte[] content = content(size, size);
            OutgoingSnapshot.Taken taken = take(G1, content);

            assertThat(taken.sizeBytes()).isEqualTo(size);
            for (int offset : new int[] {0, size / 3, Math.max(0, size - 1), size}) {
                assertThat(rest(store.open(G1, taken.sha256(), offset)))
                        .as("%d of %d", offset, size)
                        .isEqualTo(Arrays.copyOfRange(content, offset, size));
            }
        }
    }

    @Test
    void whatWasFetchedIsReadAgainAfterACrash() {
        // given
        byte[] content = content(200_000, 1);
        SnapshotMeta meta = meta(content, 7);
        fetch(G1, meta, content);

        // when power is lost, and the journal says that it was being installed
        disk.losePower(new Random(3));
        store = SnapshotStore.open(disk, BUDGET, installing(G1, meta));

        // then
        assertThat(store.holds(G1, meta)).isTrue();
        assertThat(rest(store.reader(G1, meta))).isEqualTo(content);
        store.drop(G1);
        assertThat(store.holds(G1, meta)).isFalse();
        assertThat(disk.list()).isEmpty();
        assertThat(store.usedBytes()).isZero();
    }

    @Test
    void whatWasFetchedWholeIsServedToOthersUntilItIsDropped() {
        byte[] content = content(200_000, 3);
        SnapshotMeta meta = meta(content, 5);
        fetch(G1, meta, content);

        assertThat(rest(store.open(G1, meta.sha256(), 100_000)))
                .isEqualTo(Arrays.copyOfRange(content, 100_000, 200_000));
        store.drop(G1);
        assertThatThrownBy(() -> store.open(G1, meta.sha256(), 0))
                .isInstanceOf(SnapshotUnavailable.class);
    }

    @Test
    void aFetchGoesOnWhereItStopped() {
        // given
        byte[] content = content(400_000, 2);
        SnapshotMeta meta = meta(content, 7);
        try (IncomingSnapshot incoming = store.stage(G1, meta)) {
            incoming.write(content, 0, 250_000);
        }

        // when
        store = SnapshotStore.open(disk, BUDGET, List.of());
        IncomingSnapshot again = store.stage(G1, meta);

        // then only the chunk that was not full is fetched again
        int offset = (int) again.offset();
        assertThat(offset).isEqualTo(250_000 / 65_536 * 65_536);
        again.write(content, offset, content.length - offset);
        again.finish();
        assertThat(rest(store.reader(G1, meta))).isEqualTo(content);
    }

    @Test
    void aFetchSurvivesTheLossOfAnySectors() {
        byte[] content = content(400_000, 2);
        SnapshotMeta meta = meta(content, 7);
        for (int seed = 0; seed < 100; seed++) {
            store.drop(G1);
            IncomingSnapshot incoming = store.stage(G1, meta);
            incoming.write(content, 0, 350_000);
            disk.losePower(new Random(seed));
            store = SnapshotStore.open(disk, BUDGET, List.of());
            IncomingSnapshot again = store.stage(G1, meta);
            int offset = (int) again.offset();
            again.write(content, offset, content.length - offset);
            again.finish();
            assertThat(rest(store.reader(G1, meta))).as("seed %d", seed).isEqualTo(content);
        }
    }

    @Test
    void whatIsNotWhatWasAnnouncedIsDropped() {
        byte[] content = content(100_000, 1);
        SnapshotMeta meta = meta(content, 7);
        content[77_777] ^= 1;
        IncomingSnapshot incoming = store.stage(G1, meta);
        incoming.write(content, 0, content.length);

        assertThatThrownBy(incoming::finish)
                .isInstanceOf(SnapshotUnavailable.class)
                .hasMessageContaining("digest");

        assertThat(disk.list()).isEmpty();
        assertThat(store.stage(G1, meta).offset()).isZero();
    }

    @Test
    void moreThanWasAnnouncedIsRefused() {
        byte[] content = content(1000, 1);
        IncomingSnapshot incoming = store.stage(G1, meta(content, 7));
        assertThatThrownBy(() -> incoming.write(new byte[1001], 0, 1001))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(incoming::finish).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void rotIsNotServed() {
        byte[] content = content(200_000, 1);
        OutgoingSnapshot.Taken taken = take(G1, content);
        String file = disk.list().getFirst();
        byte[] bytes = disk.bytes(file);
        bytes[100_000] ^= 1;
        disk.replace(file, bytes);

        SnapshotReader reader = store.open(G1, taken.sha256(), 0);
        assertThat(reader.read(new byte[65_536], 0, 65_536)).isEqualTo(65_536);
        assertThatThrownBy(() -> reader.read(new byte[1], 0, 1))
                .isInstanceOf(SnapshotUnavailable.class)
                .hasMessageContaining("damaged");

        disk.replace(file, Arrays.copyOf(bytes, 70_000));
        assertThatThrownBy(() -> rest(store.open(G1, taken.sha256(), 150_000)))
                .isInstanceOf(SnapshotUnavailable.class);
    }

    @Test
    void aNewerFetchOfTheGroupReplacesTheOlderOne() {
        byte[] older = content(100_000, 1);
        byte[] newer = content(100_000, 2);
        IncomingSnapshot first = store.stage(G1, meta(older, 7));
        IncomingSnapshot second = store.stage(G1, meta(newer, 8));
        IncomingSnapshot other = store.stage(G2, meta(newer, 8));

        first.write(older, 0, older.length);
        assertThatThrownBy(first::finish).isInstanceOf(SnapshotUnavailable.class);
        second.write(newer, 0, newer.length);
        second.finish();
        other.close();

        assertThat(store.holds(G1, meta(older, 7))).isFalse();
        assertThat(rest(store.reader(G1, meta(newer, 8)))).isEqualTo(newer);
    }

    @Test
    void aSnapshotIsNotFetchedTwiceAtOnce() {
        SnapshotMeta meta = meta(content(10, 1), 7);
        store.stage(G1, meta);
        assertThatThrownBy(() -> store.stage(G1, meta)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void leftoversAreClearedAtTheStartAndStrangersAreLeftAlone() {
        // given one of each kind
        take(G1, content(10, 1));
        store.create(G1).write(new byte[100_000], 0, 100_000);
        byte[] content = content(100_000, 1);
        fetch(G1, meta(content, 7), content);
        fetch(G2, meta(content, 9), content);
        disk.preallocate("0000000000000001.segment", 100);
        disk.preallocate("g../../etc/passwd.outgoing", 100);
        assertThat(disk.list()).hasSize(6);

        // when
        store = SnapshotStore.open(disk, BUDGET, installing(G2, meta(content, 9)));

        // then
        assertThat(disk.list()).hasSize(4);
        assertThat(store.holds(G2, meta(content, 9))).isTrue();
        assertThat(store.holds(G1, meta(content, 7))).isFalse();
        IncomingSnapshot again = store.stage(G1, meta(content, 7));
        assertThat(again.isComplete()).isTrue();
        again.finish();
        assertThat(rest(store.reader(G1, meta(content, 7)))).isEqualTo(content);
    }

    @Test
    void whatIsReleasedIsGoneForReadersToo() {
        OutgoingSnapshot.Taken taken = take(G1, content(100_000, 1));
        SnapshotReader reader = store.open(G1, taken.sha256(), 0);
        store.release(G1);
        assertThatThrownBy(() -> reader.read(new byte[10], 0, 10))
                .isInstanceOf(SnapshotUnavailable.class);
        assertThatThrownBy(() -> store.open(G1, taken.sha256(), 0))
                .isInstanceOf(SnapshotUnavailable.class);
        assertThat(store.usedBytes()).isZero();
    }

    @Test
    void spaceIsBoundedAndIdleFetchesGiveWay() {
        store = SnapshotStore.open(disk, 300_000, List.of());
        byte[] content = content(200_000, 1);
        try (IncomingSnapshot idle = store.stage(G1, meta(content, 7))) {
            idle.write(content, 0, content.length);
        }
        take(G2, content);
        assertThat(disk.list()).hasSize(1);

        assertThatThrownBy(() -> store.stage(G1, meta(content, 7)))
                .isInstanceOf(Disk.DiskFull.class);
        OutgoingSnapshot outgoing = store.create(G1);
        assertThatThrownBy(() -> outgoing.write(content, 0, content.length))
                .isInstanceOf(Disk.DiskFull.class);
        outgoing.close();

        store.release(G2);
        assertThat(store.usedBytes()).isZero();
        assertThat(disk.list()).isEmpty();
        fetch(G1, meta(content, 7), content);
    }

    @Test
    void nothingThatAPeerSaysNamesAFileElsewhere(@TempDir Path directory) throws IOException {
        // given a peer that offers paths where digests should be
        Path inside = Files.createDirectory(directory.resolve("snapshots"));
        Files.writeString(directory.resolve("passwd"), "secret");
        try (FileDisk files = FileDisk.open(inside)) {
            SnapshotStore there = SnapshotStore.open(files, BUDGET, List.of());
            for (String path : List.of("../passwd", "/etc/passwd", "..\\passwd", "%2e%2e/passwd")) {
                byte[] digest = new byte[SnapshotMeta.DIGEST_BYTES];
                byte[] name = path.getBytes(StandardCharsets.UTF_8);
                System.arraycopy(name, 0, digest, digest.length - name.length, name.length);
                Bytes sha256 = Bytes.wrap(digest);
                SnapshotMeta meta =
                        new SnapshotMeta(
                                new LogPosition(1, Long.MAX_VALUE),
                                1,
                                Model.configuration(1),
                                100,
                                sha256);

                // when it is staged, and asked for
                try (IncomingSnapshot staged = there.stage(new GroupId(Long.MAX_VALUE), meta)) {
                    staged.write(new byte[60], 0, 60);
                }
                assertThatThrownBy(() -> there.open(G1, sha256, 0))
                        .isInstanceOf(SnapshotUnavailable.class);
            }

            // then it has a name of digits in the store's own directory, and nothing else is there
            assertThat(files.list())
                    .isNotEmpty()
                    .allMatch(file -> file.matches("g[0-9a-f]{16}-[0-9a-f-]{81}\\.staging"));
        }
        try (Stream<Path> all = Files.list(directory)) {
            assertThat(all.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("snapshots", "passwd");
        }
        assertThat(directory.resolve("passwd")).hasContent("secret");
    }

    @Test
    void realFilesWorkTheSame(@TempDir Path directory) {
        byte[] content = content(1_000_000, 5);
        SnapshotMeta meta = meta(content, 7);
        try (FileDisk files = FileDisk.open(directory)) {
            store = SnapshotStore.open(files, BUDGET, List.of());
            OutgoingSnapshot.Taken taken = take(G1, content);
            assertThat(taken.sha256()).isEqualTo(meta.sha256());
            SnapshotReader reader = store.open(G1, taken.sha256(), 0);
            try (IncomingSnapshot incoming = store.stage(G2, meta)) {
                byte[] part = new byte[70_000];
                for (int n = reader.read(part, 0, part.length); n > 0; ) {
                    incoming.write(part, 0, n);
                    n = reader.read(part, 0, part.length);
                }
                incoming.finish();
            }
            store.release(G1);
            assertThatThrownBy(() -> rest(store.open(G1, taken.sha256(), 0)))
                    .isInstanceOf(SnapshotUnavailable.class);
        }
        try (FileDisk files = FileDisk.open(directory)) {
            store = SnapshotStore.open(files, BUDGET, installing(G2, meta));
            assertThat(rest(store.reader(G2, meta))).isEqualTo(content);
            store.drop(G2);
            assertThat(files.list()).isEmpty();
        }
    }

    @Test
    void theBytesAreThoseOfTheDocument() {
        take(G1, Bytes.utf8("hi").toByteArray());
        byte[] bytes = disk.bytes(disk.list().getFirst());
        assertThat(disk.list().getFirst())
                .isEqualTo(
                        "g0000000000000001-8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59"
                                + "b2dc327aa4.outgoing");
        assertThat(SnapshotFormat.isHeader(ByteBuffer.wrap(bytes, 0, 24), G1)).isTrue();
        assertThat(bytes).hasSize(24 + 8 + 2).endsWith('h', 'i');
    }

    // ---- helpers -------------------------------------------------------------------------------

    private OutgoingSnapshot.Taken take(GroupId group, byte[] content) {
        try (OutgoingSnapshot outgoing = store.create(group)) {
            outgoing.write(content, 0, content.length / 2);
            outgoing.write(content, content.length / 2, content.length - content.length / 2);
            return outgoing.finish();
        }
    }

    private void fetch(GroupId group, SnapshotMeta meta, byte[] content) {
        try (IncomingSnapshot incoming = store.stage(group, meta)) {
            incoming.write(content, 0, content.length);
            incoming.finish();
        }
    }

    static byte[] rest(SnapshotReader reader) {
        ByteBuffer all = ByteBuffer.allocate((int) (reader.sizeBytes() - reader.offset()));
        byte[] part = new byte[10_000];
        for (int read = reader.read(part, 0, part.length); read >= 0; ) {
            all.put(part, 0, read);
            read = reader.read(part, 0, part.length);
        }
        return all.array();
    }

    private static byte[] content(int size, long seed) {
        byte[] content = new byte[size];
        new Random(seed).nextBytes(content);
        return content;
    }

    static SnapshotMeta meta(byte[] content, long index) {
        return new SnapshotMeta(
                new LogPosition(2, index),
                1000,
                Model.configuration(1),
                content.length,
                sha256(content));
    }

    private static Bytes sha256(byte[] content) {
        try {
            return Bytes.wrap(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    static List<StoredReplica> installing(GroupId group, SnapshotMeta meta) {
        return List.of(
                new StoredReplica(
                        Model.replica(group.value()),
                        new Restored(
                                HardState.INITIAL,
                                LogPosition.ZERO,
                                List.of(),
                                0,
                                0,
                                List.of(),
                                meta)));
    }
}
