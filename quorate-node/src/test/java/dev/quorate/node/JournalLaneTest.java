package dev.quorate.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.quorate.core.NodeEffect.Compact;
import dev.quorate.core.NodeEffect.Create;
import dev.quorate.core.NodeEffect.ForJournal;
import dev.quorate.core.NodeEffect.Persist;
import dev.quorate.core.NodeEffect.ReadLog;
import dev.quorate.core.NodeInput;
import dev.quorate.core.NodeInput.JournalFailed;
import dev.quorate.core.NodeInput.LogRead;
import dev.quorate.core.NodeInput.Persisted;
import dev.quorate.core.NodeInput.ReplicaLost;
import dev.quorate.core.NodeInput.Room;
import dev.quorate.core.ReplicaRecord;
import dev.quorate.core.StoredReplica;
import dev.quorate.node.directory.HostedReplicas;
import dev.quorate.raft.Configuration;
import dev.quorate.raft.Entry;
import dev.quorate.raft.HardState;
import dev.quorate.storage.FileDisk;
import dev.quorate.storage.GoneReplica;
import dev.quorate.storage.Journal;
import dev.quorate.storage.JournalOptions;
import dev.quorate.types.Bytes;
import dev.quorate.types.ClusterId;
import dev.quorate.types.GroupId;
import dev.quorate.types.Member;
import dev.quorate.types.NodeId;
import dev.quorate.types.ReplicaId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The journal's thread over real files that can fail.
class JournalLaneTest {
    private static final GroupId G1 = new GroupId(1);
    private static final GroupId G2 = new GroupId(2);
    private static final NodeId N1 = new NodeId(1);
    private static final ReplicaId R1 = new ReplicaId(1);
    private static final ReplicaId R2 = new ReplicaId(2);
    private static final JournalOptions OPTIONS =
            JournalOptions.of(new ClusterId(1, 2), N1).withSegments(64 << 10, 16 << 10);

    @TempDir Path directory;
    @TempDir Path elsewhere;
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
                        new OpenJournal(Journal.open(disk, OPTIONS), files::close),
                        hosted(),
                        posted::add);
    }

    private HostedReplicas hosted() {
        return HostedReplicas.open(elsewhere.resolve("replicas"), OPTIONS.cluster(), N1);
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
        while (lane.room() != Room.NONE) {
            long index = ticket++;
            lane.submit(List.of(persist(ticket, index, "x".repeat(8 << 10))));
            long submitted = ticket;
            Awaitility.await()
                    .until(() -> lane.room() == Room.NONE || lastPersisted() >= submitted);
        }
        assertThat(lastPersisted()).isLessThan(ticket);
        assertThat(posted).contains(new NodeInput.JournalRoom(Room.NONE));

        disk.full(false);

        awaitTicket(ticket);
        assertThat(lane.room()).isEqualTo(Room.ENOUGH);
    }

    @Test
    void roomThatComesBackIsNoticedWithoutAnyWrite() {
        lane.submit(List.of(create(1)));
        awaitTicket(1);
        disk.full(true);
        long index = 1;
        // until the journal has its reserve left, and no more
        while (lane.room() == Room.ENOUGH) {
            lane.submit(List.of(persist(index + 1, index, "x".repeat(8 << 10))));
            long submitted = ++index;
            Awaitility.await()
                    .until(() -> lastPersisted() >= submitted || lane.room() != Room.ENOUGH);
        }

        disk.full(false);

        Awaitility.await().until(() -> lane.room() == Room.ENOUGH);
    }

    @Test
    void aRottenEntryPutsItsReplicaInQuarantineAndTheOthersGoOn() throws Exception {
        lane.submit(List.of(create(1), createOther(2), persist(3, 1, "a rotten apple")));
        awaitTicket(3);
        flipBitOf("a rotten apple");

        lane.submit(List.of(new ReadLog(G1, R1, 1, 1000)));

        assertThat(next())
                .isInstanceOfSatisfying(
                        ReplicaLost.class,
                        lost -> {
                            assertThat(lost.replica().group()).isEqualTo(G1);
                            assertThat(lost.replica().replica()).isEqualTo(R1);
                            assertThat(lost.replica().cause()).contains("was sound and is not");
                        });
        // what the core sent before it heard of it is completed, and not taken
        lane.submit(List.of(persist(4, 2, "late"), new ReadLog(G1, R1, 1, 1000)));
        lane.submit(List.of(new Persist(5, G2, null, List.of(entry(1, "fine")))));
        awaitTicket(5);
        lane.submit(List.of(new ReadLog(G2, R2, 1, 1000)));
        assertThat(next()).isEqualTo(new LogRead(G2, R2, List.of(entry(1, "fine"))));
        lane.close();
        assertThat(hosted().known()).containsOnlyKeys(G1, G2);
        try (FileDisk again = FileDisk.open(directory);
                Journal journal = Journal.open(again, OPTIONS)) {
            assertThat(journal.gone())
                    .extracting(GoneReplica::replica, GoneReplica::end)
                    .containsExactly(tuple(R1, GoneReplica.End.QUARANTINED));
            assertThat(journal.recovered())
                    .extracting(stored -> stored.replica().group())
                    .containsExactly(G2);
        }
    }

    @Test
    void rotMetWhileASegmentIsEmptiedCostsOneReplicaAndTheLaneGoesOn() throws Exception {
        // given an entry that rots, in a segment that is full of what is not needed any more
        lane.submit(List.of(create(1), createOther(2), persist(3, 1, "a rotten apple")));
        awaitTicket(3);
        flipBitOf("a rotten apple");
        long ticket = 3;
        for (long index = 1; index <= 40; index++) {
            Entry entry = entry(index, "x".repeat(8 << 10));
            lane.submit(List.of(new Persist(++ticket, G2, null, List.of(entry))));
            awaitPersisted(ticket);
        }

        // when that is let go of, and the segment is to be emptied
        Configuration members = Configuration.of(List.of(new Member(N1, R2)));
        lane.submit(List.of(new Compact(G2, 39, 1, members)));

        // then
        Awaitility.await().until(() -> posted.stream().anyMatch(ReplicaLost.class::isInstance));
        assertThat(posted)
                .filteredOn(ReplicaLost.class::isInstance)
                .extracting(input -> ((ReplicaLost) input).replica().group())
                .containsExactly(G1);
        lane.submit(List.of(new Persist(++ticket, G2, null, List.of(entry(41, "fine")))));
        awaitTicket(ticket);
        lane.submit(List.of(new ReadLog(G2, R2, 41, 1000)));
        assertThat(next()).isEqualTo(new LogRead(G2, R2, List.of(entry(41, "fine"))));
    }

    @Test
    void anotherReplicaMayTakeTheLostOnesPlaceOnTheSameNode() throws Exception {
        lane.submit(List.of(create(1), persist(2, 1, "a rotten apple")));
        awaitTicket(2);
        flipBitOf("a rotten apple");
        lane.submit(List.of(new ReadLog(G1, R1, 1, 1000)));
        assertThat(next()).isInstanceOf(ReplicaLost.class);
        Member successor = new Member(N1, R2);

        lane.submit(
                List.of(
                        new Create(3, new ReplicaRecord(G1, R2, List.of(successor))),
                        persist(4, 1, "new")));
        awaitTicket(4);
        lane.submit(List.of(new ReadLog(G1, R1, 1, 1000)));

        assertThat(next()).isEqualTo(new LogRead(G1, R1, List.of(entry(1, "new"))));
        assertThat(hosted().known()).containsEntry(G1, R2);
    }

    @Test
    void aReplicaIsListedBeforeAnybodyHearsThatItExists() {
        lane.submit(List.of(create(1)));
        awaitTicket(1);

        assertThat(hosted().known()).containsEntry(G1, R1);
    }

    /// Turns over a bit of a stored text.
    private void flipBitOf(String text) throws IOException {
        byte[] pattern = text.getBytes(StandardCharsets.UTF_8);
        try (Stream<Path> all = Files.list(directory)) {
            for (Path file : all.filter(one -> one.toString().endsWith(".segment")).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                for (int at = 0; at + pattern.length <= bytes.length; at++) {
                    if (Arrays.equals(bytes, at, at + pattern.length, pattern, 0, pattern.length)) {
                        bytes[at] ^= 1;
                        Files.write(file, bytes);
                        return;
                    }
                }
            }
        }
        throw new AssertionError(text + " is in no segment");
    }

    private long lastPersisted() {
        return posted.stream()
                .mapToLong(input -> input instanceof Persisted(long ticket) ? ticket : 0)
                .max()
                .orElse(0);
    }

    private void awaitTicket(long ticket) {
        awaitPersisted(ticket);
        posted.clear();
    }

    private void awaitPersisted(long ticket) {
        Awaitility.await().until(() -> lastPersisted() >= ticket);
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

    private static ForJournal createOther(long ticket) {
        Member member = new Member(N1, R2);
        return new Create(ticket, new ReplicaRecord(G2, member.replica(), List.of(member)));
    }

    private static ForJournal persist(long ticket, long index, String payload) {
        return new Persist(ticket, G1, new HardState(1, R1, 0), List.of(entry(index, payload)));
    }

    private static Entry entry(long index, String payload) {
        return new Entry(1, index, index, Entry.Kind.COMMAND, Bytes.utf8(payload));
    }
}
