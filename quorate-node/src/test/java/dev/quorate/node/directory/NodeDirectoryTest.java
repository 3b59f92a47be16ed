package dev.quorate.node.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.quorate.core.LostReplica;
import dev.quorate.core.ReplicaRecord;
import dev.quorate.node.directory.NodeDirectory.Begun;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Found, restart or refuse: what the files allow (rule R22), after a crash at any step too.
class NodeDirectoryTest {
    private static final ClusterId CLUSTER = new ClusterId(1, 2);
    private static final NodeId SELF = new NodeId(1);
    private static final Bytes PIN = Bytes.wrap(new byte[32]);
    private static final KnownPeer ME = new KnownPeer(SELF, PIN, "127.0.0.1:7");

    @TempDir Path root;
    private NodeDirectory directory;

    @BeforeEach
    void open() {
        directory = new NodeDirectory(root);
    }

    @Test
    void anEmptyDirectoryIsRefused() {
        assertThatThrownBy(directory::decide)
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("belongs to no cluster");
    }

    @Test
    void aTicketFoundsOnceAndThenTheNodeRestarts() throws IOException {
        ticket(CLUSTER).save(directory.ticket());

        Begun first = begin();
        assertThat(first.way()).isEqualTo(NodeDirectory.Way.FOUNDS);
        assertThat(first.catalog().bootEpoch()).isEqualTo(1);
        assertThat(first.replicas()).hasSize(1);
        assertThat(directory.ticket()).doesNotExist();

        Begun second = begin();
        assertThat(second.catalog().bootEpoch()).isEqualTo(2);
        assertThat(second.replicas()).isEqualTo(first.replicas());
        assertThat(second.catalog().founding()).isEqualTo(Bytes.utf8("batch"));
    }

    @Test
    void aJoinWithoutACatalogIsNotFinishedAndMayNotStart() throws IOException {
        new JoinMark(CLUSTER, PIN).save(directory.joining());

        assertThat(directory.isBlank()).isFalse();
        assertThatThrownBy(directory::decide)
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("run `quorate join` again");
    }

    @Test
    void aNodeThatHasJoinedStartsWithoutAJournalUntilItHasSomethingToLose() throws IOException {
        new JoinMark(CLUSTER, PIN).save(directory.joining());
        new ClusterCatalog(CLUSTER, SELF, 1, List.of(ME), Bytes.EMPTY).save(directory.catalog());

        Begun first = begin();
        assertThat(first.way()).isEqualTo(NodeDirectory.Way.JOINS);
        assertThat(first.replicas()).isEmpty();
        assertThat(first.catalog().bootEpoch()).isEqualTo(2);
        assertThat(begin().way()).isEqualTo(NodeDirectory.Way.JOINS);

        directory.endJoining();
        assertThatThrownBy(this::begin)
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("its data is lost");
    }

    @Test
    void aJoinOfOneClusterIsNotStartedAsANodeOfAnother() throws IOException {
        new JoinMark(new ClusterId(3, 4), PIN).save(directory.joining());
        new ClusterCatalog(CLUSTER, SELF, 1, List.of(ME), Bytes.EMPTY).save(directory.catalog());

        assertThatThrownBy(directory::decide)
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("but this directory belongs to cluster " + CLUSTER);
    }

    @Test
    void aNodeThatHasLeftNeverStartsAgain() throws IOException {
        ticket(CLUSTER).save(directory.ticket());
        begin();
        directory.leave(new LeftMark(CLUSTER, SELF, "it was emptied and has left"));

        assertThatThrownBy(directory::decide)
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("belongs to it no more: it was emptied and has left");
        assertThat(directory.isBlank()).isFalse();
    }

    @Test
    void aCrashBeforeTheCatalogLetsTheTicketFoundAgain() throws IOException {
        ticket(CLUSTER).save(directory.ticket());
        begin();
        Files.delete(directory.catalog());
        ticket(CLUSTER).save(directory.ticket());

        assertThat(begin().catalog().bootEpoch()).isEqualTo(1);
    }

    @Test
    void aCrashBeforeTheTicketIsRemovedLeavesARestart() throws IOException {
        ticket(CLUSTER).save(directory.ticket());
        begin();
        ticket(CLUSTER).save(directory.ticket());

        assertThat(begin().catalog().bootEpoch()).isEqualTo(2);
        assertThat(directory.ticket()).doesNotExist();
    }

    @Test
    void aTicketDoesNotFoundOverAJournalThatHasRun() throws IOException {
        ticket(CLUSTER).save(directory.ticket());
        begin();
        withJournal(journal -> {
            journal.append(GroupId.METADATA, new HardState(3, new ReplicaId(1), 0), List.of());
            journal.commit();
            return journal;
        });
        Files.delete(directory.catalog());
        ticket(CLUSTER).save(directory.ticket());

        assertThatThrownBy(this::begin)
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("a ticket founds only from nothing");
    }

    @Test
    void aTicketOfAnotherClusterIsRefused() throws IOException {
        ticket(CLUSTER).save(directory.ticket());
        begin();
        ticket(new ClusterId(3, 4)).save(directory.ticket());

        assertThatThrownBy(directory::decide)
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("but this directory belongs to n1 of cluster " + CLUSTER);
    }

    @Test
    void anotherKeyIsRefusedBeforeAndAfterTheFounding() throws IOException {
        ticket(CLUSTER).save(directory.ticket());
        Bytes other = Bytes.utf8("another key");
        assertThatThrownBy(() -> directory.requireKey(directory.decide(), other))
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("not the one that n1");
        begin();

        directory.requireKey(directory.decide(), PIN);
        assertThatThrownBy(() -> directory.requireKey(directory.decide(), other))
                .isInstanceOf(StartRefused.class);
    }

    @Test
    void anyDamageOfTheCatalogIsRefused() throws IOException {
        long seed = 11;
        Random random = new Random(seed);
        ticket(CLUSTER).save(directory.ticket());
        begin();
        byte[] good = Files.readAllBytes(directory.catalog());
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 + random.nextInt(255));
            Files.write(directory.catalog(), bad);
            assertThatThrownBy(directory::decide)
                    .as("seed %d, byte %d", seed, at)
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining(directory.catalog().toString());
            Files.write(directory.catalog(), Arrays.copyOf(good, at));
            assertThatThrownBy(directory::decide)
                    .as("cut at %d", at)
                    .isInstanceOf(StartRefused.class);
        }
    }

    @Test
    void aJournalThatIsGonePutsAllThatWasHostedInQuarantine() throws IOException {
        KnownPeer neighbour = new KnownPeer(new NodeId(2), Bytes.wrap(new byte[32]), "127.0.0.1:8");
        ticket(CLUSTER, List.of(ME, neighbour)).save(directory.ticket());
        begin();
        ReplicaRecord other =
                new ReplicaRecord(
                        new GroupId(7),
                        new ReplicaId(9),
                        List.of(new Member(SELF, new ReplicaId(9))));
        HostedReplicas hosted = HostedReplicas.open(directory.replicas(), CLUSTER, SELF);
        hosted.created(other);
        hosted.save();
        deleteJournal();

        for (int start = 0; start < 2; start++) {
            Begun begun = begin();
            assertThat(begun.replicas()).isEmpty();
            assertThat(begun.gone()).containsExactly(new ReplicaId(1), new ReplicaId(9));
            assertThat(begun.lost())
                    .extracting(LostReplica::group, LostReplica::replica)
                    .containsExactly(
                            tuple(GroupId.METADATA, new ReplicaId(1)),
                            tuple(new GroupId(7), new ReplicaId(9)));
            // also if it is lost once more, with all that says so
            deleteJournal();
        }
    }

    @Test
    void aJournalThatIsGoneIsRefusedIfThereIsNobodyToHealIt() throws IOException {
        ticket(CLUSTER).save(directory.ticket());
        begin();
        deleteJournal();

        assertThatThrownBy(this::begin)
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("its data is lost");
    }

    @Test
    void aJournalThatIsGoneIsRefusedIfNobodyKnowsWhatItHeld() throws IOException {
        ticket(CLUSTER).save(directory.ticket());
        begin();
        deleteJournal();
        Files.delete(directory.replicas());

        assertThatThrownBy(directory::decide)
                .isInstanceOf(StartRefused.class)
                .hasMessageContaining("nobody knows what it held");
    }

    @Test
    void aJournalThatWasPutBackDoesNotPassForOneThatForgotNothing() throws IOException {
        ticket(CLUSTER).save(directory.ticket());
        begin();
        HostedReplicas hosted = HostedReplicas.open(directory.replicas(), CLUSTER, SELF);
        ReplicaId later = new ReplicaId(9);
        hosted.created(new ReplicaRecord(new GroupId(7), later, List.of(new Member(SELF, later))));
        hosted.save();

        Begun begun = begin();

        assertThat(begun.lost()).extracting(LostReplica::replica).containsExactly(later);
        assertThat(begun.replicas()).hasSize(1);
    }

    @Test
    void anyDamageOfTheListIsRefused() throws IOException {
        ticket(CLUSTER).save(directory.ticket());
        begin();
        byte[] good = Files.readAllBytes(directory.replicas());
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 0x11;
            Files.write(directory.replicas(), bad);
            assertThatThrownBy(this::begin)
                    .as("byte %d", at)
                    .isInstanceOf(StartRefused.class)
                    .hasMessageContaining(directory.replicas().toString());
        }
    }

    private void deleteJournal() throws IOException {
        try (Stream<Path> files = Files.list(directory.journal())) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aTicketIsReadAsItWasWritten() throws IOException {
        FoundingTicket ticket = ticket(CLUSTER);
        ticket.save(directory.ticket());

        assertThat(FoundingTicket.load(directory.ticket())).isEqualTo(ticket);
    }

    private Begun begin() {
        StartDecision decision = directory.decide();
        return withJournal(journal -> directory.begin(decision, journal));
    }

    private interface Work<T> {
        T with(Journal journal);
    }

    private <T> T withJournal(Work<T> work) {
        JournalOptions options = JournalOptions.of(CLUSTER, SELF).withSegments(256 << 10, 16 << 10);
        try (FileDisk disk = FileDisk.open(directory.journal());
                Journal journal = Journal.open(disk, options)) {
            return work.with(journal);
        }
    }

    private static FoundingTicket ticket(ClusterId cluster) {
        return ticket(cluster, List.of(ME));
    }

    private static FoundingTicket ticket(ClusterId cluster, List<KnownPeer> peers) {
        Member member = new Member(SELF, new ReplicaId(1));
        return new FoundingTicket(cluster, SELF, PIN, List.of(member), peers, Bytes.utf8("batch"));
    }
}
