package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.core.NodeEffect.Create;
import dev.quorate.core.NodeEffect.ForJournal;
import dev.quorate.core.NodeEffect.Persist;
import dev.quorate.core.NodeEffect.ReadLog;
import dev.quorate.core.NodeInput;
import dev.quorate.core.NodeInput.JournalFailed;
import dev.quorate.core.NodeInput.LogRead;
import dev.quorate.core.NodeInput.Persisted;
import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.storage.FileDisk;
import dev.quorate.storage.Journal;
import dev.quorate.storage.JournalOptions;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The journal's thread over real files that can fail.
class JournalLaneTest {
    private static final GroupId G1 = new GroupId(1);
    private static final NodeId N1 = new NodeId(1);
    private static final ReplicaId R1 = new ReplicaId(1);
    private static final JournalOptions OPTIONS =
            JournalOptions.of(new ClusterId(1, 2), N1).withSegments(64 << 10, 16 << 10);

    @TempDir Path directory;
    private final LinkedBlockingQueue<NodeInput> posted = new LinkedBlockingQueue<>();
    private FileDisk files;
    private TroubledDisk disk;
    private JournalLane lane;

    @BeforeEach
    void open() {
        files = FileDisk.open(directory);
        disk = new TroubledDisk(files);
        lane =
                JournalLane.start(
                        new OpenJournal(Journal.open(disk, OPTIONS), files::close), posted::add);
    }

    @AfterEach
    void close() {
        disk.full(false);
        lane.close();
    }

    @Test
    void whatIsPersistedIsThereAfterTheLaneClosed() throws Exception {
        lane.submit(List.of(create(1), persist(2, 1, "a")));
        lane.submit(List.of(persist(3, 2, "b")));
        awaitTicket(3);
        lane.close();

        try (FileDisk again = FileDisk.open(directory);
                Journal journal = Journal.open(again, OPTIONS)) {
            StoredReplica stored = journal.recovered().getFirst();
            assertThat(stored.log().lastIndex()).isEqualTo(2);
            assertThat(stored.log().hardState()).isEqualTo(new HardState(1, R1, 0));
        }
    }

    @Test
    void aTurnOfManyEffectsIsCommittedOnceAndCompletedOnce() throws Exception {
        lane.submit(List.of(create(1)));
        awaitTicket(1);
        // commits, not forces: going idle, the lane forces once more whenever it gets there
        long before = lane.commits();

        lane.submit(List.of(persist(2, 1, "a"), persist(3, 2, "b"), persist(4, 3, "c")));

        assertThat(next()).isEqualTo(new Persisted(4));
        assertThat(lane.commits()).isEqualTo(before + 1);
    }

    @Test
    void logReadsSeeWhatWasPersistedBefore() throws Exception {
        lane.submit(List.of(create(1), persist(2, 1, "a"), new ReadLog(G1, R1, 1, 1000)));

        assertThat(next()).isEqualTo(new Persisted(2));
        assertThat(next()).isEqualTo(new LogRead(G1, R1, List.of(entry(1, "a"))));
    }

    @Test
    void aFailedForceIsToldAndNothingIsAcknowledgedAnyMore() throws Exception {
        disk.breakDown();

        lane.submit(List.of(create(1)));
        lane.submit(List.of(persist(2, 1, "a")));

        assertThat(next())
                .isInstanceOfSatisfying(
                        JournalFailed.class, failed -> assertThat(failed.cause()).contains("gone"));
        lane.close();
        assertThat(posted).isEmpty();
    }

    @Test
    void aFullDiskIsWaitedOutWithNothingAcknowledged() throws Exception {
        disk.full(true);
        lane.submit(List.of(create(1)));
        long ticket = 1;
        // until the spare segments are used up
        while (!lane.diskFull()) {
            long index = ticket++;
            lane.submit(List.of(persist(ticket, index, "x".repeat(8 << 10))));
            long submitted = ticket;
            Awaitility.await().until(() -> lane.diskFull() || lastPersisted() >= submitted);
        }
        assertThat(lastPersisted()).isLessThan(ticket);

        disk.full(false);

        awaitTicket(ticket);
        assertThat(lane.diskFull()).isFalse();
    }

    private long lastPersisted() {
        return posted.stream()
                .mapToLong(input -> input instanceof Persisted(long ticket) ? ticket : 0)
                .max()
                .orElse(0);
    }

    private void awaitTicket(long ticket) {
        Awaitility.await().until(() -> lastPersisted() >= ticket);
        posted.clear();
    }

    private NodeInput next() throws InterruptedException {
        NodeInput input = posted.poll(20, TimeUnit.SECONDS);
        if (input == null) {
            throw new AssertionError("nothing was posted");
        }
        return input;
    }

    private static ForJournal create(long ticket) {
        Member member = new Member(N1, R1);
        return new Create(ticket, new ReplicaRecord(G1, member.replica(), List.of(member)));
    }

    private static ForJournal persist(long ticket, long index, String payload) {
        return new Persist(ticket, G1, new HardState(1, R1, 0), List.of(entry(index, payload)));
    }

    private static Entry entry(long index, String payload) {
        return new Entry(1, index, index, Entry.Kind.COMMAND, Bytes.utf8(payload));
    }
}
