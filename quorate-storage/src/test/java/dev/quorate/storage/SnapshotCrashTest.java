package dev.quorate.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.core.StoredReplica;
import dev.quorate.raft.SnapshotMeta;
import dev.quorate.types.GroupId;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A crash between any two disk operations of the store of snapshots.
class SnapshotCrashTest {
    private static final GroupId G1 = new GroupId(1);
    private static final GroupId G2 = new GroupId(2);
    private static final long BUDGET = 1 << 20;

    private final byte[] content = new byte[150_000];
    private final byte[] other = new byte[90_000];

    SnapshotCrashTest() {
        new Random(1).nextBytes(content);
        new Random(2).nextBytes(other);
    }

    @Test
    void onlyWholeSnapshotsAreEverUsedAndNothingIsLeftBehind() {
        SnapshotMeta meta = SnapshotStoreTest.meta(content, 7);
        CrashDisk whole = new CrashDisk();
        live(whole, meta, new boolean[1]);
        for (int operation = 0; operation < whole.operations; operation++) {
            for (int fate = 0; fate < 4; fate++) {
                CrashDisk disk = new CrashDisk();
                disk.operationsUntilCrash = operation;
                boolean[] fetched = {false};
                try {
                    live(disk, meta, fetched);
                } catch (CrashDisk.Crash _) {
                    // that is what the test is about
                }
                if (fate == 0) {
                    disk.killProcess();
                } else {
                    disk.losePower(new Random(31L * operation + fate));
                }
                check(disk, meta, fetched[0], "operation %d, fate %d".formatted(operation, fate));
            }
        }
    }

    private void live(CrashDisk disk, SnapshotMeta meta, boolean[] fetched) {
        SnapshotStore store = SnapshotStore.open(disk, BUDGET, List.of());
        OutgoingSnapshot.Taken taken = take(store);
        try (IncomingSnapshot older = store.stage(G1, SnapshotStoreTest.meta(other, 3))) {
            older.write(other, 0, 70_000);
        }
        IncomingSnapshot incoming = store.stage(G1, meta);
        incoming.write(content, 0, 100_000);
        incoming.write(content, 100_000, 50_000);
        incoming.finish();
        fetched[0] = true;
        store.open(G2, taken.sha256(), 0);
        store.release(G2);
        take(store);
    }

    private OutgoingSnapshot.Taken take(SnapshotStore store) {
        try (OutgoingSnapshot outgoing = store.create(G2)) {
            outgoing.write(other, 0, other.length);
            return outgoing.finish();
        }
    }

    private void check(CrashDisk disk, SnapshotMeta meta, boolean fetched, String what) {
        List<StoredReplica> marked =
                fetched ? SnapshotStoreTest.installing(G1, meta) : List.<StoredReplica>of();
        SnapshotStore store = SnapshotStore.open(disk, BUDGET, marked);
        assertThat(disk.list()).as(what).noneMatch(f -> f.endsWith(".writing"));
        assertThat(disk.list()).as(what).noneMatch(f -> f.endsWith(".outgoing"));
        if (fetched) {
            assertThat(store.holds(G1, meta)).as(what).isTrue();
        } else {
            IncomingSnapshot again = store.stage(G1, meta);
            int offset = (int) again.offset();
            again.write(content, offset, content.length - offset);
            again.finish();
        }
        assertThat(SnapshotStoreTest.rest(store.reader(G1, meta))).as(what).isEqualTo(content);
        store.drop(G1);
        assertThat(store.usedBytes()).as(what).isZero();
        assertThat(disk.list()).as(what).isEmpty();
    }
}
